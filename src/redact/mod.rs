//! Secrets, and how they are left out: the one list of names, and the one mark that stands in for a value. Pure.
//!
//! Rooms that know the shape of what they show use [`url`], [`query`], [`json`] and [`shown`]; [`text`] is the last guard
//! over whole replies.

mod address;
mod names;
mod secret;
mod text;

use serde_json::Value;

pub use address::{query, url};
pub use names::is_secret;
pub use secret::Secret;
pub use text::text;

/// What stands in for a secret.
pub const REDACTED: &str = "[redacted]";
/// Entries of one list or map that are kept.
const ENTRIES: usize = 100;
/// Characters of a text that are kept.
const LONGEST: usize = 400;
/// Levels of JSON that are kept.
const DEPTH: usize = 6;

/// `value`, or [`REDACTED`] where `name` says that it is secret.
pub fn shown<'a>(name: &str, value: &'a str) -> &'a str {
    if is_secret(name) { REDACTED } else { value }
}

/// JSON with the values of secret names left out, at any depth up to 6; what is deeper is left out too.
pub fn json(value: &Value) -> Value {
    redacted(value, DEPTH)
}

fn redacted(value: &Value, depth: usize) -> Value {
    match value {
        Value::Object(_) | Value::Array(_) if depth == 0 => Value::String("…".to_owned()),
        Value::Object(map) => map
            .iter()
            .take(ENTRIES)
            .map(|(key, value)| {
                let hide = is_secret(key) && !matches!(value, Value::Null | Value::Bool(_));
                (key.clone(), if hide { REDACTED.into() } else { redacted(value, depth - 1) })
            })
            .collect(),
        Value::Array(list) => list.iter().take(ENTRIES).map(|value| redacted(value, depth - 1)).collect(),
        Value::String(said) if is_address(said) => Value::String(url(said)),
        Value::String(said) if said.chars().nth(LONGEST).is_some() => {
            Value::String(text(&said.chars().take(LONGEST).collect::<String>()) + "…")
        }
        Value::String(said) => Value::String(text(said)),
        other => other.clone(),
    }
}

fn is_address(text: &str) -> bool {
    text.contains("://") && !text.contains(char::is_whitespace)
}
