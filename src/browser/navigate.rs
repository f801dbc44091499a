//! The navigate step: to a URL, back, forward, reload.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use url::Url;

use super::{
    Step,
    bidi::Failure,
    observe::{Load, address},
    settle,
    tab::Page,
    words::quoted,
};
use crate::{
    error::{Result, ToolError},
    http,
};

/// How long a page may take until its document is read, unless the step says otherwise.
const NAVIGATE_LIMIT: Duration = Duration::from_secs(15);
/// How long images, styles and frames may take after that; then the step goes on with a note.
const LOAD_LIMIT: Duration = Duration::from_secs(5);

/// How long the navigation that took the place of another may take to show.
const OVERTAKEN: Duration = Duration::from_millis(500);

/// Where a navigation ended.
#[derive(Debug)]
pub struct Went {
    /// In a few words of ours.
    pub summary: String,
    /// HTTP status of the main document.
    pub status: Option<u16>,
}

/// Goes to `step.value`.
pub async fn go(page: &Page, step: &Step) -> Result<Went> {
    let to = step.value.as_deref().unwrap_or_default().trim();
    let limit = step.timeout_ms.map_or(NAVIGATE_LIMIT, |_| step.timeout());
    let context = page.front();
    let (method, params, words) = match to {
        "" => {
            return Err(ToolError::new(
                "A navigate step names no address.",
                "Put the URL, or back, forward or reload, into `value`.",
            ));
        }
        "reload" => {
            ("browsingContext.reload", json!({"context": context, "wait": "interactive"}), "reloaded".to_owned())
        }
        "back" => ("browsingContext.traverseHistory", json!({"context": context, "delta": -1}), "went back".to_owned()),
        "forward" => {
            ("browsingContext.traverseHistory", json!({"context": context, "delta": 1}), "went forward".to_owned())
        }
        place => {
            let url = allowed(place)?;
            let words = format!("went to {}", address::shown(url.as_str()));
            ("browsingContext.navigate", json!({"context": context, "url": url.as_str(), "wait": "interactive"}), words)
        }
    };
    let begun = Instant::now();
    let before = navigations(page);
    let sent = match page.send_within(method, params, limit).await {
        Err(failure) if is_overtaken(&failure) => overtaken(page, before, begun + limit, failure).await,
        sent => sent,
    };
    let answer = sent.map_err(|failure| failed(page, to, begun, &failure))?;
    let navigation = answer.get("navigation").and_then(Value::as_str).map(str::to_owned);
    let loaded = page.watch().until(|state| {
        let done = state.frames.get(state.frames.front()).is_none_or(|frame| frame.load == Load::Complete);
        done.then_some(())
    });
    let summary = match tokio::time::timeout(LOAD_LIMIT, loaded).await {
        Ok(()) => words,
        Err(_) => {
            let pending = settle::describe(&page.watch().lock(), begun);
            format!("{words}; not all of it loaded within {} s: {pending}", LOAD_LIMIT.as_secs())
        }
    };
    let state = page.watch().lock();
    let latest = || state.frames.get(state.frames.front()).and_then(|frame| frame.navigation.clone());
    // The page may have gone on by itself: what counts is where it is now.
    let status = [latest(), navigation].into_iter().flatten().find_map(|id| state.requests.status_of(&id));
    Ok(Went { summary, status })
}

/// An address in our words: quoted, without what looks secret.
fn shown(address: &str) -> String {
    quoted(&address::shown(address), 300)
}

fn navigations(page: &Page) -> u64 {
    let state = page.watch().lock();
    state.frames.get(state.frames.front()).map_or(0, |frame| frame.navigations)
}

/// Whether the browser gave the navigation up, perhaps for another one.
fn is_overtaken(failure: &Failure) -> bool {
    let words = ["concurrent navigation", "another navigation", "ERR_ABORTED", "NS_BINDING_ABORTED"];
    matches!(failure, Failure::Command { message, .. } if words.iter().any(|words| message.contains(words)))
}

/// A page that goes elsewhere by script while it is loaded: waits until that document is read. The failure, when no other
/// navigation has begun.
async fn overtaken(page: &Page, before: u64, deadline: Instant, failure: Failure) -> Result<Value, Failure> {
    // Ours is the first; its events may be a moment behind.
    let newer = page.watch().until(|state| {
        let front = state.frames.get(state.frames.front());
        front.is_some_and(|front| front.navigations >= before + 2).then_some(())
    });
    if tokio::time::timeout(OVERTAKEN, newer).await.is_err() {
        return Err(failure);
    }
    let read = page.watch().until(|state| {
        let front = state.frames.get(state.frames.front());
        front.is_none_or(|front| front.load >= Load::Interactive).then_some(())
    });
    let limit = deadline.saturating_duration_since(Instant::now());
    match tokio::time::timeout(limit, read).await {
        Ok(()) => Ok(Value::Null),
        Err(_) => Err(Failure::Timeout { method: "browsingContext.navigate".to_owned(), after: limit }),
    }
}

/// The address, when it is one that we open.
fn allowed(address: &str) -> Result<Url> {
    match Url::parse(address) {
        Ok(url) if url.scheme() == "about" && url.path() == "blank" => Ok(url),
        _ => http::page_address(address, &shown(address)),
    }
}

fn failed(page: &Page, to: &str, begun: Instant, failure: &Failure) -> ToolError {
    let shown = shown(to);
    match failure {
        Failure::Timeout { after, .. } => ToolError::new(
            format!(
                "{shown} did not load within {} ms: {}.",
                after.as_millis(),
                settle::describe(&page.watch().lock(), begun)
            ),
            "Is the server up, and does it answer? Give the step a longer timeout_ms if it is slow.",
        ),
        Failure::Command { message, .. }
            if message.contains("ERR_CONNECTION_REFUSED") || message.contains("NS_ERROR_CONNECTION_REFUSED") =>
        {
            ToolError::new(
                format!("Nothing listens at {shown} (connection refused)."),
                "Start the app's server, or correct the port.",
            )
        }
        Failure::Command { message, .. } if message.contains("no such history entry") => {
            ToolError::bare(format!("There is no page to go {to} to."))
        }
        Failure::Command { .. } => ToolError::bare(format!("Cannot open {shown}: {failure}.")),
        Failure::Closed { .. } | Failure::Crashed => failure.clone().into(),
    }
}
