//! Waiting until what an action set off is over: by events, never by fixed pauses, and always bounded.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{
    bidi::Failure,
    observe::{Load, Sent, State},
    tab::Page,
    words::quoted,
};

/// The script behind [`quiet`].
pub const SCRIPT: &str = include_str!("settle.js");
/// The longest that a step waits for the page to settle.
const LIMIT: Duration = Duration::from_secs(5);
/// A request that takes longer is taken for a long poll, and not waited for.
const PATIENCE: Duration = Duration::from_secs(3);
/// How long the document must not have changed, once it changed.
const QUIET_MS: u64 = 50;
/// A document that changes all the time is waited for no longer than this.
const RESTLESS_MS: u64 = 300;
/// How long a navigation that the document announced may take to begin.
const LEAVING: Duration = Duration::from_millis(500);
/// How long messages of the observer script may be under way.
const MESSAGES: Duration = Duration::from_millis(250);
/// How long an error SDK may take to send what it caught.
const SDK: Duration = Duration::from_millis(150);

/// What a page does that never comes back from its own script.
const SILENT: &str = "the page does not answer; its script may be in an endless loop";

/// Waits until the page has settled after an action at `acted`. Returns what was still going on at the limit; an error when
/// page or browser died.
pub async fn settle(page: &Page, acted: Instant) -> Result<Option<String>, Failure> {
    let deadline = Instant::now() + LIMIT;
    let mut announced = 0;
    while Instant::now() < deadline {
        if page.watch().lock().frames.is_front_closed() {
            return Ok(None);
        }
        within(deadline, page.watch().until(|state| (!is_loading(state, acted)).then_some(()))).await;
        match bounded(deadline, quiet(page, acted)).await {
            Ok(answer) if answer == "leaving" && announced < 2 => {
                announced += 1;
                let soon = (Instant::now() + LEAVING).min(deadline);
                within(soon, page.watch().until(|state| is_loading(state, acted).then_some(()))).await;
                continue;
            }
            // The events of the navigation that took the document away may be a moment behind.
            Err(failure) if failure.is_document_gone() => {
                let soon = (Instant::now() + Duration::from_millis(50)).min(deadline);
                within(soon, page.watch().until(|state| is_loading(state, acted).then_some(()))).await;
                continue;
            }
            Err(Failure::Timeout { .. }) => return Ok(Some(SILENT.to_owned())),
            Err(failure @ (Failure::Closed { .. } | Failure::Crashed)) => return Err(failure),
            // Nothing more can be known of this document.
            Err(Failure::Command { .. }) => return Ok(None),
            Ok(_) => {}
        }
        if !wait_for_requests(page, acted, deadline).await {
            let sdk = flush(page, deadline).await?;
            if sdk == Some(true) && wait_for_envelope(page, acted, deadline).await {
                flush(page, deadline).await?;
            }
            return Ok(sdk.is_none().then(|| SILENT.to_owned()));
        }
    }
    flush(page, deadline).await?;
    Ok(Some(describe(&page.watch().lock(), acted)))
}

/// An answer of the page until `deadline`.
async fn bounded<T>(deadline: Instant, work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let timeout = || Failure::Timeout { method: "the page".to_owned(), after: LIMIT };
    tokio::time::timeout_at(deadline.into(), work).await.unwrap_or_else(|_| Err(timeout()))
}

/// What the page is still waiting for, for people.
pub fn describe(state: &State, since: Instant) -> String {
    let pending: Vec<String> =
        state.requests.all().filter(|sent| sent.is_pending() && sent.begun >= since).map(shown).collect();
    let front = state.frames.get(state.frames.front()).map(|frame| frame.load);
    match (front, pending.as_slice()) {
        (Some(Load::Started), [document, ..]) => format!("no answer to {document}"),
        (_, [first, rest @ ..]) if rest.len() > 2 => format!("no answer to {first} and {} more", rest.len()),
        (_, [_, ..]) => format!("no answer to {}", pending.join(", ")),
        (Some(Load::Started), []) => "no answer to the request for the document".to_owned(),
        (Some(Load::Committed), []) => "its document is not read to the end".to_owned(),
        _ => "the page keeps changing".to_owned(),
    }
}

/// Method and address are chosen by the page.
fn shown(sent: &Sent) -> String {
    quoted(&sent.shown(), 160)
}

async fn within(deadline: Instant, work: impl Future<Output = ()>) -> bool {
    tokio::time::timeout_at(deadline.into(), work).await.is_ok()
}

/// Whether a navigation that began after `acted` is under way in the tab in front.
fn is_loading(state: &State, acted: Instant) -> bool {
    let front = state.frames.front();
    let is_loading = |frame: &super::observe::Frame| {
        frame.load != Load::Complete
            && frame.navigated.is_some_and(|at| at >= acted)
            && state.frames.tab_of(&frame.id) == front
    };
    state.frames.all().any(is_loading)
}

/// Waits for two painted frames, and until the document has stopped changing.
async fn quiet(page: &Page, acted: Instant) -> Result<String, Failure> {
    let ago = u64::try_from(acted.elapsed().as_millis()).unwrap_or_default() + 1;
    let function = "(ago, quiet, limit) => globalThis.__fixloopQuiet(ago, quiet, limit)";
    let answer = page.call_in(&page.front(), function, json!([ago, QUIET_MS, RESTLESS_MS])).await?;
    Ok(answer.as_str().unwrap_or_default().to_owned())
}

/// Waits for the requests that began since `acted`. Says whether there were any to wait for.
async fn wait_for_requests(page: &Page, acted: Instant, deadline: Instant) -> bool {
    let oldest = {
        let state = page.watch().lock();
        state.requests.all().filter(|sent| is_awaited(sent, acted)).map(|sent| sent.begun).min()
    };
    let Some(oldest) = oldest else { return false };
    let until = (oldest + PATIENCE).min(deadline);
    let done = page.watch().until(|state| (!state.requests.all().any(|sent| is_awaited(sent, acted))).then_some(()));
    within(until, done).await;
    true
}

fn is_awaited(sent: &Sent, acted: Instant) -> bool {
    let is_idle =
        matches!(sent.destination.as_str(), "image" | "font" | "audio" | "video" | "media" | "track" | "manifest");
    let is_beacon = matches!(sent.destination.as_str(), "ping" | "beacon" | "report");
    let is_relevant = !(sent.endless || is_idle || is_beacon) || sent.is_envelope() || sent.reading;
    (sent.is_pending() || sent.reading) && is_relevant && sent.begun >= acted && sent.begun.elapsed() < PATIENCE
}

/// Waits until every message that the documents have sent has arrived. Says whether an error SDK is in the page; nothing when
/// the page does not answer.
async fn flush(page: &Page, deadline: Instant) -> Result<Option<bool>, Failure> {
    let (front, frames) = {
        let state = page.watch().lock();
        let front = state.frames.front().to_owned();
        let frames: Vec<String> = state
            .frames
            .all()
            .map(|frame| frame.id.clone())
            .filter(|id| state.frames.tab_of(id) == front)
            .take(8)
            .collect();
        (front, frames)
    };
    let deadline = deadline.max(Instant::now() + MESSAGES);
    let asked = frames.iter().map(|frame| bounded(deadline, sent_by(page, frame)));
    let answers = futures_util::future::join_all(asked).await;
    let sendings = || answers.iter().flatten().flatten();
    let awaited: Vec<(String, u64)> = sendings().map(|answer| (answer.realm.clone(), answer.sent)).collect();
    let arrived =
        page.watch().until(|state| awaited.iter().all(|(realm, sent)| state.received(realm) >= *sent).then_some(()));
    within(Instant::now() + MESSAGES, arrived).await;
    match frames.iter().zip(answers).find(|(frame, _)| **frame == front) {
        Some((_, Ok(answer))) => Ok(Some(answer.is_some_and(|answer| answer.sdk))),
        Some((_, Err(Failure::Timeout { .. }))) => Ok(None),
        Some((_, Err(failure @ (Failure::Closed { .. } | Failure::Crashed)))) => Err(failure),
        Some((_, Err(Failure::Command { .. }))) | None => Ok(Some(false)),
    }
}

struct Sending {
    realm: String,
    sent: u64,
    sdk: bool,
}

async fn sent_by(page: &Page, frame: &str) -> Result<Option<Sending>, Failure> {
    let params = json!({
        "functionDeclaration": "() => { const sent = globalThis[Symbol.for('fixloop.sent')]; \
            return (sent ? sent() : 0) + (globalThis.__SENTRY__ ? 0.5 : 0); }",
        "awaitPromise": false,
        "target": {"context": frame},
    });
    let answer = page.send("script.callFunction", params).await?;
    let number = answer.pointer("/result/value").and_then(Value::as_f64);
    Ok(number.zip(answer.get("realm").and_then(Value::as_str)).map(|(number, realm)| sending(number, realm)))
}

fn sending(number: f64, realm: &str) -> Sending {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a small count that our own script keeps"
    )]
    let sent = number.max(0.0) as u64;
    Sending { realm: realm.to_owned(), sent, sdk: number.fract() > 0.0 }
}

/// When the step has seen an error and an SDK is there: waits for the envelope that it sends, and its answer.
async fn wait_for_envelope(page: &Page, acted: Instant, deadline: Instant) -> bool {
    if !page.watch().lock().has_error() {
        return false;
    }
    let sent = page.watch().until(|state| {
        let is_its = |sent: &Sent| sent.begun >= acted && sent.is_envelope();
        (state.requests.all().any(is_its) || state.has_lost_envelope()).then_some(())
    });
    if within((Instant::now() + SDK).min(deadline), sent).await {
        wait_for_requests(page, acted, deadline).await;
    }
    true
}
