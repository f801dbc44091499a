//! A list of observations as Markdown: the most severe first, each with where it happened and what to do.

use super::{Text, frames};
use crate::event::{Csp, Fate, Fault, Frame, Observation, Request, SentEnvelope, What};

/// Characters of a message.
const MESSAGE: usize = 300;
/// Characters of an address.
const ADDRESS: usize = 160;
/// Faults that are shown with their code; the rest with their place only.
const WITH_CODE: usize = 3;
/// Frames of one stack.
const MAX_FRAMES: usize = 5;

/// Writes observations within about `budget` characters: the most severe first, of those the newest; what does not fit is
/// counted.
pub fn observations(text: &mut Text, list: &[Observation], budget: usize) {
    let mut sorted: Vec<&Observation> = list.iter().collect();
    sorted.sort_by_key(|it| (severity(&it.what), std::cmp::Reverse((it.step, it.at_ms))));
    let (mut left, mut with_code) = (budget, WITH_CODE);
    for (shown, observation) in sorted.iter().enumerate() {
        let fault = fault(&observation.what);
        let code = fault.filter(|_| with_code > 0).and_then(own_frame).and_then(frames::context);
        let head = format!("- {}{}{}", step(observation), words(&observation.what), times(observation.count));
        let mut lines = fault.map(stack).unwrap_or_default();
        let mut size = head.len() + lines.iter().map(|line| line.len() + 1).sum::<usize>();
        // Room for one line at least, then the stack, then the code: in this order things are worth their place.
        let code = code.filter(|code| size + code.len() + 120 <= left);
        size += code.as_ref().map_or(0, |code| code.len() + 120);
        if size > left {
            lines.truncate(1);
            size = head.len() + lines.iter().map(|line| line.len() + 1).sum::<usize>();
        }
        if size > left && shown > 0 {
            text.line(format!("- … and more: {}.", rest(sorted.get(shown..).unwrap_or_default())));
            return;
        }
        left = left.saturating_sub(size);
        text.line(head);
        let mut lines = lines.into_iter();
        if let Some(first) = lines.next() {
            text.line(first);
        }
        if let Some(code) = code {
            with_code -= 1;
            text.untrusted("page", &code);
        }
        lines.for_each(|line| text.line(line));
    }
}

/// One line on an observation, in our words: for lists of what is new, gone or still there.
pub fn observation_line(observation: &Observation) -> String {
    let place = fault(&observation.what).and_then(|fault| own_frame(fault).or(fault.frames.first()));
    let place = place.map(|frame| format!(" at {}", frames::place(frame))).unwrap_or_default();
    format!("{}{}{place}{}", step(observation), words(&observation.what), times(observation.count))
}

/// The order of severity, from 0.
fn severity(what: &What) -> u8 {
    match what {
        What::Crash { .. } => 0,
        What::UncaughtError(_) => 1,
        What::UnhandledRejection(_) => 2,
        // No fault of its own, but the way to all that the event tells.
        What::SentryEnvelope(SentEnvelope { issue: Some(_), .. }) => 3,
        What::CspViolation(_) => 4,
        What::HttpError(_) => 5,
        What::FailedRequest(_) => 6,
        What::ConsoleError(_) => 7,
        What::SentryEnvelope(SentEnvelope { fate: Fate::Accepted, .. }) => 10,
        What::SentryEnvelope(_) => 8,
        What::Dialog { .. } => 9,
    }
}

fn step(observation: &Observation) -> String {
    match observation.step {
        0 => String::new(),
        step => format!("step {step}: "),
    }
}

fn times(count: u32) -> String {
    if count > 1 { format!(" (×{count})") } else { String::new() }
}

fn fault(what: &What) -> Option<&Fault> {
    match what {
        What::UncaughtError(fault) | What::UnhandledRejection(fault) | What::ConsoleError(fault) => Some(fault),
        _ => None,
    }
}

fn words(what: &What) -> String {
    match what {
        What::UncaughtError(fault) => format!("uncaught error {}", message(fault)),
        What::UnhandledRejection(fault) => format!("unhandled rejection {}", message(fault)),
        What::ConsoleError(fault) => format!("console.error {}", message(fault)),
        What::FailedRequest(request) => failed(request),
        What::HttpError(request) => http_error(request),
        What::CspViolation(csp) => violation(csp),
        What::Crash { message } => format!("the page crashed: {}", Text::quoted(message, MESSAGE)),
        What::Dialog { dialog, message, answer } => {
            let answer = if answer == "accepted" { "accepted" } else { "dismissed" };
            format!("{} dialog {}, {answer} by fixloop", word(dialog), Text::quoted(message, MESSAGE))
        }
        What::SentryEnvelope(sent) => envelope(sent),
    }
}

fn message(fault: &Fault) -> String {
    let whole = match (fault.name.is_empty(), fault.message.is_empty()) {
        (true, _) => fault.message.clone(),
        (false, true) => fault.name.clone(),
        (false, false) => format!("{}: {}", fault.name, fault.message),
    };
    let mut out = Text::quoted(&whole, MESSAGE);
    for cause in fault.causes.iter().take(3) {
        out.push_str(&format!(", caused by {}", Text::quoted(cause, MESSAGE)));
    }
    out
}

/// The first frame of the app's own code.
fn own_frame(fault: &Fault) -> Option<&Frame> {
    fault.frames.iter().find(|frame| frame.in_app == Some(true) && frame.context_line.is_some())
}

/// The frames, one a line: the app's first one leads, since its code follows it.
fn stack(fault: &Fault) -> Vec<String> {
    let Some(top) = own_frame(fault).or(fault.frames.first()) else { return Vec::new() };
    let is_top = |frame: &Frame| std::ptr::eq(frame, top);
    let built = top.generated.is_none() && top.abs_path.as_deref().is_some_and(|path| path.starts_with("http"));
    let unmapped = if built && top.context_line.is_none() { " (built code: no source map was found)" } else { "" };
    let mut lines = vec![format!("  at {}{unmapped}", frames::place(top))];
    let others: Vec<&Frame> =
        fault.frames.iter().filter(|frame| !is_top(frame) && frame.in_app != Some(false)).collect();
    lines.extend(others.iter().take(MAX_FRAMES - 1).map(|frame| format!("  at {}", frames::place(frame))));
    let hidden = fault.frames.len().saturating_sub(lines.len());
    if hidden > 0 {
        let whose = if others.len() < MAX_FRAMES { " of packages" } else { "" };
        lines.push(format!("  … {hidden} more frame{}{whose}", if hidden == 1 { "" } else { "s" }));
    }
    lines
}

fn target(request: &Request) -> String {
    format!("{} {}", word(&request.method), Text::quoted(&request.url, ADDRESS))
}

fn http_error(request: &Request) -> String {
    let status = request.status.map_or_else(|| "an error".to_owned(), |status| status.to_string());
    format!("HTTP {status} for {}{}", target(request), kind(request))
}

fn failed(request: &Request) -> String {
    let error = request.error.as_deref().unwrap_or_default();
    let hint = match error {
        _ if error.contains("CONNECTION_REFUSED") => ": nothing listens there",
        _ if error.contains("NAME_NOT_RESOLVED") => ": the host name is not known",
        _ if error.contains("BLOCKED_BY") => ": the browser blocked it",
        _ if error.contains("CERT") => ": its certificate is not trusted",
        _ => "",
    };
    let error = if error.is_empty() { String::new() } else { format!(" with {}", Text::quoted(error, 80)) };
    format!("request failed{error}: {}{}{hint}", target(request), kind(request))
}

fn kind(request: &Request) -> String {
    request.destination.as_deref().map(|kind| format!(" ({})", word(kind))).unwrap_or_default()
}

fn violation(csp: &Csp) -> String {
    let verb = if csp.disposition == "report" { "would block" } else { "blocked" };
    let place = match csp.location.as_deref() {
        Some(location) => format!(", at {}", Text::quoted(location, ADDRESS)),
        None => String::new(),
    };
    let directive = word(&csp.directive);
    let blocked = Text::quoted(&csp.blocked_url, ADDRESS);
    format!("CSP {directive} {verb} {blocked}{place}: allow it in {directive}, or do without it")
}

fn envelope(sent: &SentEnvelope) -> String {
    let items = sent.items.iter().take(4).map(|item| word(item)).collect::<Vec<_>>().join(", ");
    let to = Text::quoted(&sent.to, ADDRESS);
    let status = sent.status.map(|status| format!(" (HTTP {status})")).unwrap_or_default();
    let fate = match (sent.fate, &sent.issue) {
        (Fate::Accepted, Some(issue)) => format!("accepted, in {}", word(issue)),
        (Fate::Accepted, None) => "accepted".to_owned(),
        (Fate::BlockedByCsp, _) => "blocked by CSP: allow its origin in connect-src".to_owned(),
        (Fate::NotFound, _) => {
            format!("not found{status}: no Sentry listens there; check the DSN or the tunnel's path")
        }
        (Fate::RedirectedToHtml, _) => {
            format!(
                "answered with a page or a redirect{status}: a route or middleware catches it; let its path through"
            )
        }
        (Fate::RateLimited, _) => format!("rate limited{status}: dropped"),
        (Fate::Rejected, _) => format!("rejected{status}: dropped"),
        (Fate::NetworkError, _) => "lost: no answer; is what it was sent to running?".to_owned(),
        (Fate::Unknown, _) => "no answer seen".to_owned(),
    };
    format!("Sentry envelope ({items}) to {to}: {fate}")
}

/// A word that a page can choose (a method, an item type): bare where it is only a word.
fn word(text: &str) -> String {
    let plain = !text.is_empty()
        && text.len() <= 40
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    if plain { text.to_owned() } else { Text::quoted(text, 40) }
}

/// `3 uncaught errors, 2 failed requests`.
fn rest(list: &[&Observation]) -> String {
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for observation in list {
        let name = match &observation.what {
            What::Crash { .. } => "crash",
            What::UncaughtError(_) => "uncaught error",
            What::UnhandledRejection(_) => "unhandled rejection",
            What::CspViolation(_) => "CSP violation",
            What::HttpError(_) => "HTTP error",
            What::FailedRequest(_) => "failed request",
            What::ConsoleError(_) => "console error",
            What::SentryEnvelope(_) => "Sentry envelope",
            What::Dialog { .. } => "dialog",
        };
        match counts.iter_mut().find(|(known, _)| *known == name) {
            Some((_, count)) => *count += 1,
            None => counts.push((name, 1)),
        }
    }
    let one = |(name, count): &(&str, usize)| match (*count, name.ends_with("sh")) {
        (1, _) => format!("1 {name}"),
        (count, true) => format!("{count} {name}es"),
        (count, false) => format!("{count} {name}s"),
    };
    counts.iter().map(one).collect::<Vec<_>>().join(", ")
}
