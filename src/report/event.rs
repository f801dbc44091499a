//! One event for a model: the blocks in the order in which they help, all in one untrusted fence; and its facts as data.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Attachment, Text, breadcrumbs::breadcrumbs, facts, lines::time, stack::stack};
use crate::{
    event::{Event, Frame, in_app::mark, items::Item},
    redact,
};

/// Characters for each block; together with the head they stay within the usual reply budget.
const MESSAGE: usize = 900;
const STACK: usize = 3_000;
const BREADCRUMBS: usize = 1_300;
const REQUEST: usize = 700;
const TAGS: usize = 400;
const CONTEXTS: usize = 700;

/// Characters for the stack of a short reply.
const BRIEF: usize = 1_500;

/// Characters of an id or a kind.
const ID: usize = 40;

/// In-app frames given as data.
const FRAMES: usize = 5;

/// What a reply says of an event, as data.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct EventFacts {
    /// 32 hex.
    pub event_id: String,
    /// RFC 3339, UTC.
    pub time: String,
    /// `error`, `message`, `csp`, ….
    pub kind: String,
    /// Whether the app caught it; none = not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub handled: Option<bool>,
    /// Where in the app's code, crash frame first, at most 5.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub frames: Vec<Place>,
    /// Release.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub release: Option<String>,
    /// Trace id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace_id: Option<String>,
    /// Replay id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replay_id: Option<String>,
}

/// A place in code.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Place {
    /// File as the frame names it.
    pub file: String,
    /// 1-based.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// 1-based.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
    /// Function.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub function: Option<String>,
    /// Whether a source map moved it to the source.
    pub mapped: bool,
}

impl EventFacts {
    /// The facts of an event whose frames have been source-mapped.
    pub fn of(event: &Event) -> Self {
        let last = event.exceptions.last();
        Self {
            event_id: Text::plain(&event.event_id, ID),
            time: time(event.timestamp, true),
            kind: Text::plain(event.kind(), ID),
            handled: last.and_then(|exception| exception.mechanism.as_ref()?.handled),
            frames: places(event),
            release: event.release.as_deref().map(|release| Text::plain(release, 100)),
            trace_id: event.trace.as_ref().map(|trace| Text::plain(&trace.trace_id, ID)),
            replay_id: event.replay_id.as_deref().map(|id| Text::plain(id, ID)),
        }
    }
}

/// The app's frames of the outermost exception that has frames, crash frame first.
fn places(event: &Event) -> Vec<Place> {
    let stacks = event.exceptions.iter().rev().map(|exception| exception.frames.as_slice());
    let Some(frames) = stacks.chain([event.frames.as_slice()]).find(|frames| !frames.is_empty()) else {
        return Vec::new();
    };
    let marks = mark(frames, &event.platform);
    let own = frames.iter().zip(marks).rev().filter(|(_, mark)| mark.in_app).map(|(frame, _)| frame);
    let mut places: Vec<Place> = own.filter_map(place).collect();
    places.dedup();
    places.truncate(FRAMES);
    places
}

fn place(frame: &Frame) -> Option<Place> {
    Some(Place {
        file: Text::plain(&redact::url(frame.filename.as_deref().or(frame.abs_path.as_deref())?), 300),
        line: frame.lineno,
        column: frame.colno,
        function: frame.function.as_deref().map(|function| Text::plain(function, 120)),
        mapped: frame.generated.is_some(),
    })
}

/// Writes the head of an event (our words, quoted values) and its blocks. `which`: words of ours before the head; `why`:
/// the values it was grouped by.
pub fn event(text: &mut Text, which: &str, event: &Event, why: &[String]) {
    text.line(format!("{which}{}", head(event)));
    let ids = ids(event);
    if !ids.is_empty() {
        text.line(ids);
    }
    if let Some(note) = mapping_note(event) {
        text.line(note);
    }
    text.untrusted("event", &blocks(event, why));
}

/// Writes an event in short: its stack alone.
pub fn event_brief(text: &mut Text, event: &Event) {
    text.line(head(event));
    if let Some(note) = mapping_note(event) {
        text.line(note);
    }
    let stack = stack(event, BRIEF);
    if !stack.is_empty() {
        text.untrusted("event", &stack);
    }
}

/// Writes what the sink kept of an item that is no event.
pub fn item_brief(text: &mut Text, event: &Event) {
    if let Some(payload) = event.extra.get("payload")
        && let Some(said) =
            super::item(&Item::read(event.kind(), &serde_json::Value::Null, payload.to_string().as_bytes()))
    {
        text.line(format!("It says: {said}."));
    }
    if let Some(payload) = event.extra.get("payload").filter(|payload| !payload.is_null()) {
        text.untrusted("item", &super::lines::one_line(&redact::json(payload).to_string(), BRIEF));
    }
}

fn head(event: &Event) -> String {
    let mut said = vec![format!("Event {} at {}", Text::word(&event.event_id, ID), time(event.timestamp, true))];
    let quoted = |name: &str, value: &Option<String>| value.as_ref().map(|v| format!("{name} {}", Text::quoted(v, 60)));
    said.extend(quoted("release", &event.release));
    said.extend(quoted("environment", &event.environment));
    said.extend(quoted("transaction", &event.transaction));
    if let Some(mechanism) = event.exceptions.last().and_then(|exception| exception.mechanism.as_ref()) {
        let handled = match mechanism.handled {
            Some(true) => "handled by the app",
            Some(false) => "unhandled",
            None => "",
        };
        let by = mechanism.ty.as_ref().map(|ty| format!(" ({})", Text::quoted(ty, 60))).unwrap_or_default();
        if !handled.is_empty() {
            said.push(format!("{handled}{by}"));
        }
    }
    if let Some(sdk) = &event.sdk {
        said.push(format!("SDK {}", Text::quoted(&format!("{} {}", sdk.name, sdk.version), 80)));
    }
    said.join(", ") + "."
}

fn ids(event: &Event) -> String {
    let trace = event.trace.as_ref().map(|trace| format!("trace {}", Text::quoted(&trace.trace_id, 40)));
    let replay = event.replay_id.as_ref().map(|replay| format!("replay {}", Text::quoted(replay, 40)));
    trace.into_iter().chain(replay).collect::<Vec<_>>().join(", ")
}

/// Says when the app's frames are still those of built code.
fn mapping_note(event: &Event) -> Option<&'static str> {
    let frames = || event.exceptions.iter().flat_map(|exception| &exception.frames).chain(&event.frames);
    let built = |frame: &&Frame| {
        let url = frame.abs_path.as_deref().or(frame.filename.as_deref()).unwrap_or_default();
        url.starts_with("http") && frame.generated.is_none()
    };
    let any = event.platform == "javascript" && frames().any(|frame| built(&frame));
    let none_mapped = frames().all(|frame| frame.generated.is_none());
    (any && none_mapped).then_some("No source map was found: frames are places in the code as the browser got it.")
}

/// All blocks of an event, as one untrusted text.
fn blocks(event: &Event, why: &[String]) -> String {
    let mut out = String::new();
    let mut block = |name: &str, body: Option<String>| {
        if let Some(body) = body.filter(|body| !body.trim().is_empty()) {
            let separator = if out.is_empty() { "" } else { "\n" };
            let newline = if body.trim_end().contains('\n') || body.starts_with(' ') { "\n" } else { " " };
            let end = if body.ends_with('\n') { "" } else { "\n" };
            out.push_str(&format!("{separator}{name}:{newline}{body}{end}"));
        }
    };
    block("Message", message(event));
    block("CSP report", csp(event));
    block("Stack, crash first (* = the app's code)", Some(stack(event, STACK)));
    block("Breadcrumbs, newest first", breadcrumbs(event, BREADCRUMBS));
    block("Request", facts::request(event, REQUEST));
    block("User", facts::user(event));
    block("Tags", facts::tags(event, TAGS));
    block("Contexts", facts::contexts(event, CONTEXTS));
    let why = why.iter().map(|line| format!("  {}\n", super::lines::one_line(line, 110)));
    block("Grouped by", (why.len() > 0).then(|| why.collect()));
    out
}

/// The message, where no exception says the same.
fn message(event: &Event) -> Option<String> {
    let feedback = event.contexts.get("feedback").and_then(|feedback| feedback.get("message")?.as_str());
    let message = feedback.or(event.formatted.as_deref()).or(event.message.as_deref())?;
    let said = event.exceptions.iter().any(|exception| exception.value.as_deref() == Some(message));
    (!said).then(|| {
        let mut lines = super::lines::Lines::new(MESSAGE);
        let all = message.lines().all(|line| lines.push(&super::lines::one_line(line, 300)));
        if !all {
            lines.note("…");
        }
        lines.finish()
    })
}

fn csp(event: &Event) -> Option<String> {
    let report = event.csp.as_ref()?;
    let mut lines = super::lines::Lines::new(1_000);
    for (key, value) in report.iter().filter(|(_, value)| !value.is_null()) {
        let said = value.as_str().map(redact::url).unwrap_or_else(|| value.to_string());
        lines.push(&format!("  {}: {}", super::lines::one_line(key, 40), super::lines::one_line(&said, 400)));
    }
    Some(lines.finish())
}

/// The link to the raw envelope that brought an event.
pub fn envelope_link(event_id: &str) -> Attachment {
    Attachment {
        uri: format!("fixloop://envelopes/{}", Text::plain(event_id, ID)),
        name: format!("envelope {}", Text::plain(event_id, ID)),
        mime: "application/x-sentry-envelope".to_owned(),
        description: "The raw envelope that brought this event".to_owned(),
        inline: None,
    }
}
