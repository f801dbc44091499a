//! What came in an envelope besides events: each kind read leniently into a few fields, for one line in a reply. A field
//! that is missing or of another type is left out; an item that cannot be read is its type and size.
//!
//! Shapes: https://develop.sentry.dev/sdk/data-model/envelope-items/ and the bodies that SDKs 10 and 11 send.

mod feedback;
mod profile;
mod replay;
mod rows;
mod session;
mod spans;
mod telemetry;

use serde_json::Value;

pub use feedback::Feedback;
pub use profile::Profile;
pub use replay::{Recording, Replay};
pub use rows::{About, rows};
pub use session::Session;
pub use spans::spans_of;
pub use telemetry::{Log, Metric, Span};

/// Entries of one container that are read.
const ENTRIES: usize = 100;

/// An item of an envelope.
#[derive(Debug, Clone, PartialEq)]
pub enum Item {
    /// `span` (version 2 containers, and single spans), and the spans of a `transaction`.
    Spans(Vec<Span>, usize),
    /// `log`: the first of them, and how many there are.
    Logs(Vec<Log>, usize),
    /// `trace_metric`: the first of them, and how many there are.
    Metrics(Vec<Metric>, usize),
    /// `session`, `sessions`.
    Session(Session),
    /// `replay_event`.
    Replay(Replay),
    /// `replay_recording`: its header and size.
    Recording(Recording),
    /// `feedback`, `user_report`.
    Feedback(Feedback),
    /// `client_report`: quantity, category, reason.
    ClientReport(Vec<(u64, String, String)>),
    /// `check_in`: monitor, status, seconds.
    CheckIn(String, String, Option<f64>),
    /// `attachment`: file name, content type.
    Attachment(String, String),
    /// `profile`, `profile_chunk`.
    Profile(Profile),
    /// Anything else.
    Other,
}

impl Item {
    /// Reads an item of this type; `header` is its item header.
    pub fn read(ty: &str, header: &Value, payload: &[u8]) -> Self {
        // Two of them are no JSON as a whole.
        match ty {
            "replay_recording" => return Self::Recording(Recording::read(payload)),
            "attachment" => return Self::Attachment(text(header, &["filename"]), text(header, &["content_type"])),
            _ => {}
        }
        let Ok(value) = serde_json::from_slice::<Value>(payload) else { return Self::Other };
        match ty {
            "span" => list(&value, Span::read, Self::Spans),
            "transaction" => {
                let spans = value.get("spans").cloned().unwrap_or_else(|| Value::Array(Vec::new()));
                list(&spans, Span::read, Self::Spans)
            }
            "log" | "otel_log" => list(&value, Log::read, Self::Logs),
            "trace_metric" => list(&value, Metric::read, Self::Metrics),
            "session" | "sessions" => Self::Session(Session::read(&value)),
            "replay_event" => Self::Replay(Replay::read(&value)),
            "feedback" | "user_report" => Self::Feedback(Feedback::read(&value)),
            "client_report" => Self::ClientReport(discards(&value)),
            "check_in" => Self::CheckIn(
                text(&value, &["monitor_slug"]),
                text(&value, &["status"]),
                value.get("duration").and_then(Value::as_f64),
            ),
            "profile" | "profile_chunk" => Self::Profile(Profile::read(&value)),
            _ => Self::Other,
        }
    }
}

/// A container `{"items": […]}`, a plain list, or one entry alone.
fn list<T>(value: &Value, read: impl Fn(&Value) -> T, item: impl Fn(Vec<T>, usize) -> Item) -> Item {
    match value.get("items").unwrap_or(value) {
        Value::Array(all) => item(all.iter().take(ENTRIES).map(read).collect(), all.len()),
        Value::Object(_) => item(vec![read(value)], 1),
        _ => Item::Other,
    }
}

fn discards(value: &Value) -> Vec<(u64, String, String)> {
    let all = value.get("discarded_events").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let one = |it: &Value| {
        let quantity = it.get("quantity").and_then(Value::as_u64).unwrap_or(1);
        (quantity, text(it, &["category"]), text(it, &["reason"]))
    };
    all.iter().take(ENTRIES).map(one).collect()
}

/// The text or number at the first of these keys that has one; empty where none has.
fn text(value: &Value, keys: &[&str]) -> String {
    let said = keys.iter().filter_map(|key| match value.get(key)? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    });
    said.into_iter().next().unwrap_or_default()
}

/// The value of an attribute, written as `{"value": x, "type": t}` (version 2) or as it is.
fn attribute(value: &Value, name: &str) -> String {
    let Some(held) = value.get("attributes").or_else(|| value.get("data")).and_then(|all| all.get(name)) else {
        return String::new();
    };
    match held.get("value").unwrap_or(held) {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    }
}

/// Length of the list at this key.
fn length(value: &Value, key: &str) -> usize {
    value.get(key).and_then(Value::as_array).map_or(0, Vec::len)
}
