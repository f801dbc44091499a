//! One event for a model: the blocks in the order in which they help, all in one untrusted fence; and its facts as data.

use schemars::JsonSchema;
use serde::Serialize;

use super::{
    Attachment, Beside, Text, breadcrumbs, facts,
    lines::{one_line, time},
    section::{self, Block, Row, Section, View},
    stack::{self, Detail, stack},
    tracked,
};
use crate::{
    event::{Event, Frame, InWorkspace, Tracked, in_app::mark, items::Item},
    redact,
};

/// Breadcrumbs shown where the call does not ask for them alone: those around the fault.
const BREADCRUMBS: usize = 6;

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
    /// Whether it is this file of the workspace.
    pub found: bool,
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
    let found = match &frame.workspace {
        Some(InWorkspace::File(path, _)) => Some(path.as_str()),
        _ => None,
    };
    Some(Place {
        file: Text::plain(&redact::url(found.or(frame.filename.as_deref()).or(frame.abs_path.as_deref())?), 300),
        found: found.is_some(),
        line: frame.lineno,
        column: frame.colno,
        function: frame.function.as_deref().map(|function| Text::plain(function, 120)),
        mapped: frame.generated.is_some(),
    })
}

/// What is known of an event beside it: why it is grouped, and what a tracker says of its issue.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Around<'a> {
    /// The values it was grouped by.
    pub why: &'a [String],
    /// What a tracker says of its issue.
    pub tracked: Option<&'a Tracked>,
    /// What was asked for beside both.
    pub beside: Option<&'a Beside>,
}

/// Writes the head of an event (our words, quoted values) and all its sections. `which`: words of ours before the head;
/// `why`: the values it was grouped by.
pub fn event(text: &mut Text, which: &str, event: &Event, why: &[String]) {
    event_view(text, which, event, &Around { why, ..Around::default() }, &View::default());
}

/// Writes the head of an event and the sections that the view wants.
pub fn event_view(text: &mut Text, which: &str, event: &Event, around: &Around<'_>, view: &View) {
    if view.is_some() {
        // Who asks for some sections has seen the rest.
        let at = time(event.timestamp, false);
        let at = if at.is_empty() { at } else { format!(" at {at}") };
        text.line(format!("Event {}{at}.", Text::word(&event.event_id, ID)));
    } else {
        text.line(format!("{which}{}", head(event)));
        let ids = ids(event);
        if !ids.is_empty() {
            text.line(ids);
        }
    }
    if let Some(note) = mapping_note(event).filter(|_| view.has(Section::Stack)) {
        text.line(note);
    }
    let written = section::write(view, blocks(event, around, view));
    if written.text.is_empty() {
        return text.line(if view.is_some() {
            "It has nothing in the sections asked for."
        } else {
            "It says nothing else."
        });
    }
    text.untrusted("event", &written.text);
    section::say_rest(text, &written.rest, &event.event_id);
}

/// Writes what is known of an issue without an event: how its tags are spread, and what was done with it.
pub fn no_event(text: &mut Text, around: &Around<'_>, view: &View) {
    let written = section::write(view, blocks(&Event::default(), around, view));
    if !written.text.is_empty() {
        text.untrusted("issue", &written.text);
        section::say_rest(text, &written.rest, "");
    }
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
        text.untrusted("item", &one_line(&redact::json(payload).to_string(), BRIEF));
    }
}

fn head(event: &Event) -> String {
    let mut said = vec![format!("Event {}", Text::word(&event.event_id, ID))];
    if let (Some(first), true) = (said.first_mut(), event.timestamp > 0.0) {
        first.push_str(&format!(" at {}", time(event.timestamp, true)));
    }
    let quoted = |name: &str, value: &Option<String>| value.as_ref().map(|v| format!("{name} {}", Text::quoted(v, 60)));
    said.extend(tracked::received(event));
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
    let trace = event.trace.as_ref().map(|trace| format!("trace {}", Text::word(&trace.trace_id, 40)));
    let replay = event.replay_id.as_ref().map(|replay| format!("replay {}", Text::word(replay, 40)));
    let span = event.trace.as_ref().and_then(|trace| trace.span_id.as_ref());
    let span = span.map(|span| format!("span {}", Text::word(span, 40)));
    let near = |name: &str, id: &Option<String>| id.as_ref().map(|id| format!("{name} event {}", Text::word(id, 40)));
    let processed = &event.processed;
    let near = near("next", &processed.next).into_iter().chain(near("previous", &processed.previous));
    trace.into_iter().chain(span).chain(replay).chain(near).collect::<Vec<_>>().join(", ")
}

/// Says when the app's frames are still those of built code.
fn mapping_note(event: &Event) -> Option<&'static str> {
    let frames = || event.exceptions.iter().flat_map(|exception| &exception.frames).chain(&event.frames);
    let built = |frame: &&Frame| {
        let url = frame.abs_path.as_deref().or(frame.filename.as_deref()).unwrap_or_default();
        let source = [".ts", ".tsx", ".jsx", ".vue", ".svelte"].iter().any(|end| url.ends_with(end));
        let found = matches!(frame.workspace, Some(InWorkspace::File(..)));
        frame.in_app != Some(false) && url.starts_with("http") && !source && !found && frame.generated.is_none()
    };
    let any = event.platform == "javascript" && frames().any(|frame| built(&frame));
    let none_mapped = frames().all(|frame| frame.generated.is_none());
    (any && none_mapped).then_some("No source map was found: frames are places in the code as the browser got it.")
}

/// All sections of an event that it has something of.
fn blocks(event: &Event, around: &Around<'_>, view: &View) -> Vec<Block> {
    let wide = view.is_some();
    let (none, nothing) = (Tracked::default(), Beside::default());
    let tracked = around.tracked.unwrap_or(&none);
    let why = around.why.iter().map(|line| Row::one(format!("  {}", one_line(line, 110)))).collect();
    let crumbs = breadcrumbs::rows(event, if wide { 1_000 } else { breadcrumbs::LINE });
    let most = if wide { usize::MAX } else { BREADCRUMBS };
    let detail = if wide { Detail::Whole } else { Detail::Folded };
    let tags = facts::tags(event, &tracked.tags, wide);
    vec![
        Block::lines(Section::Message, "Message", message(event, wide)),
        Block::lines(Section::Stack, stack::title(event), stack::rows(event, detail)),
        tracked::threads(event, wide),
        Block { most, ..Block::lines(Section::Breadcrumbs, "Breadcrumbs, newest first", crumbs) },
        Block::lines(Section::Request, "Request", facts::request(event, wide)),
        Block::lines(Section::User, "User", facts::user(event, wide)),
        Block { joiner: (!wide).then_some(", "), ..Block::lines(Section::Tags, "Tags", tags) },
        Block {
            joiner: (!wide).then_some("; "),
            ..Block::lines(Section::Contexts, "Contexts", facts::contexts(event, wide))
        },
        tracked::release(event, around.beside.unwrap_or(&nothing), wide),
        tracked::activity(event, tracked, wide),
        tracked::problems(event, wide),
        Block::lines(Section::Grouping, "Grouped by", why),
    ]
}

/// The message, where no exception says the same; a CSP report; evidence.
fn message(event: &Event, wide: bool) -> Vec<Row> {
    let feedback = event.contexts.get("feedback").and_then(|feedback| feedback.get("message")?.as_str());
    let message = feedback.or(event.formatted.as_deref()).or(event.message.as_deref()).unwrap_or_default();
    let said = event.exceptions.iter().any(|exception| exception.value.as_deref() == Some(message));
    let lines = message.lines().filter(|_| !said).take(200);
    let mut rows: Vec<Row> = lines.map(|line| Row::one(one_line(line, if wide { 3_000 } else { 300 }))).collect();
    if wide {
        // A long message of an exception is cut in the stack: here is more of it.
        let long = event.exceptions.iter().rev().filter_map(|exception| exception.value.as_deref());
        let long = long.filter(|value| value.chars().count() > 300).flat_map(str::lines).take(200);
        rows.extend(long.map(|line| Row::one(one_line(line, 3_000))));
    }
    for (key, value) in event.csp.iter().flatten().filter(|(_, value)| !value.is_null()) {
        let said = value.as_str().map(redact::url).unwrap_or_else(|| value.to_string());
        rows.push(Row::one(format!("  {}: {}", one_line(key, 40), one_line(&said, 400))));
    }
    rows.extend(tracked::evidence(event));
    rows
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
