//! What network and console said of late: for reading, and for expectations like `POST /api/pay 200`.

use std::time::Instant;

use crate::{
    browser::{
        observe::{Progress, Sent, State},
        tab::Page,
        words::quoted,
    },
    error::{Result, ToolError},
};

/// Requests that an error lists.
const LISTED: usize = 8;

/// A request that is expected: `POST /api/pay 200`. Method and status may be left out; the address only has to be part of
/// the request's.
#[derive(Debug, PartialEq, Eq)]
struct Wanted<'a> {
    method: Option<&'a str>,
    address: &'a str,
    status: Option<Status>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Status {
    Exactly(u16),
    /// `2xx`: the hundreds.
    Class(u16),
}

impl<'a> Wanted<'a> {
    fn parse(text: &'a str) -> Result<Self> {
        let mut words: Vec<&str> = text.split_whitespace().collect();
        let method =
            words.first().copied().filter(|word| word.len() > 1 && word.bytes().all(|b| b.is_ascii_uppercase()));
        if method.is_some() {
            words.remove(0);
        }
        let status = words.last().and_then(|word| Status::parse(word));
        if status.is_some() {
            words.pop();
        }
        match words.as_slice() {
            [address] => Ok(Self { method, address, status }),
            _ => Err(ToolError::new(
                format!("{} is no request to expect.", quoted(text, 120)),
                "Write it as METHOD PART-OF-ADDRESS STATUS, method and status if you like: POST /api/pay 200.",
            )),
        }
    }

    fn is(&self, sent: &Sent) -> bool {
        self.method.is_none_or(|method| method == sent.method) && sent.url.contains(self.address)
    }
}

impl Status {
    fn parse(word: &str) -> Option<Self> {
        if word.len() != 3 {
            return None;
        }
        match word.strip_suffix("xx") {
            Some(class) => class.parse().ok().filter(|class| (1..=5).contains(class)).map(Self::Class),
            None => word.parse().ok().filter(|status| (100..=599).contains(status)).map(Self::Exactly),
        }
    }

    fn is(self, status: u16) -> bool {
        match self {
            Self::Exactly(wanted) => wanted == status,
            Self::Class(class) => status / 100 == class,
        }
    }
}

/// Waits for a request that was begun since the last step that did something.
pub(super) async fn expect(page: &Page, text: &str, deadline: Instant) -> Result<()> {
    let begun = Instant::now();
    let wanted = Wanted::parse(text)?;
    let met = page.watch().until(|state| {
        let since = state.acting_since();
        let found = state.requests.all().any(|sent| {
            let answered = match (&sent.progress, wanted.status) {
                (Progress::Answered(status), Some(want)) => want.is(*status),
                (Progress::Answered(_), None) => true,
                _ => false,
            };
            sent.begun >= since && wanted.is(sent) && answered
        });
        found.then_some(())
    });
    if tokio::time::timeout_at(deadline.into(), met).await.is_ok() {
        return Ok(());
    }
    let state = page.watch().lock();
    Err(instead(&state, &wanted, begun.elapsed().as_millis()))
}

/// What there was instead: the same request with another answer, else what was sent at all.
fn instead(state: &State, wanted: &Wanted<'_>, ms: u128) -> ToolError {
    let since = state.acting_since();
    let sent: Vec<&Sent> = state.requests.all().filter(|sent| sent.begun >= since).collect();
    let alike: Vec<&Sent> = sent.iter().copied().filter(|sent| wanted.is(sent)).collect();
    if !alike.is_empty() {
        let list: Vec<String> = alike.iter().rev().take(LISTED).map(|sent| quoted(&line(sent), 200)).collect();
        return ToolError::bare(format!("It was sent but answered otherwise: {} (waited {ms} ms).", list.join(", ")));
    }
    let when = if state.looks_back() { "so far" } else { "since the last act" };
    let what = format!("No such request was sent {when} (waited {ms} ms).");
    if sent.is_empty() {
        return ToolError::new(what, "None at all was sent.");
    }
    let more = sent.len().saturating_sub(LISTED);
    let list: Vec<String> = sent.iter().rev().take(LISTED).map(|sent| quoted(&line(sent), 160)).collect();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    ToolError::new(what, format!("Sent were: {}{more}.", list.join(", ")))
}

/// `POST http://127.0.0.1:3000/api/pay → 500`
fn line(sent: &Sent) -> String {
    let became = match &sent.progress {
        Progress::Pending => "no answer yet".to_owned(),
        Progress::Answered(status) => status.to_string(),
        Progress::Failed(error) if error.is_empty() => "blocked by the browser".to_owned(),
        Progress::Failed(error) => error.clone(),
    };
    format!("{} → {became}", sent.shown())
}

/// Console lines of the session, oldest first.
pub(super) fn console(page: &Page) -> String {
    let state = page.watch().lock();
    let lines: Vec<String> = state.console.lines().map(|line| format!("[{}] {}", line.level, line.text)).collect();
    lines.join("\n")
}

/// Requests since the document in front was asked for, oldest first.
pub(super) fn network(page: &Page) -> String {
    let state = page.watch().lock();
    let navigation = state.frames.get(state.frames.front()).and_then(|frame| frame.navigation.clone());
    let all: Vec<&Sent> = state.requests.all().collect();
    let document = all.iter().position(|sent| sent.navigation.is_some() && sent.navigation == navigation);
    let since = all.get(document.unwrap_or(0)..).unwrap_or_default();
    let kind =
        |sent: &Sent| if sent.destination.is_empty() { String::new() } else { format!(" ({})", sent.destination) };
    since.iter().map(|sent| format!("{}{}", line(sent), kind(sent))).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_read() {
        let class = |class| Some(Status::Class(class));
        for (text, method, address, status) in [
            ("POST /api/pay 200", Some("POST"), "/api/pay", Some(Status::Exactly(200))),
            ("/api/pay", None, "/api/pay", None),
            ("GET /a", Some("GET"), "/a", None),
            ("/a 2xx", None, "/a", class(2)),
            ("/orders/200", None, "/orders/200", None),
        ] {
            assert_eq!(Wanted::parse(text).ok(), Some(Wanted { method, address, status }), "{text}");
        }
        for text in ["", "POST", "POST a b 200"] {
            assert!(Wanted::parse(text).is_err(), "{text}");
        }
    }
}
