//! What a request body says when it is a Sentry envelope: id and item types. Lenient, and only that: the sink parses.

use base64::Engine as _;
use serde_json::{Map, Value};

/// Items named of one envelope.
const MAX_ITEMS: usize = 50;

/// The header of an envelope, and its item types.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Header {
    /// Event id, 32 hex.
    pub event_id: Option<String>,
    /// Item types in order.
    pub items: Vec<String>,
}

/// Reads a body. `at_sentry`: it was sent to an address of Sentry's form; elsewhere (a tunnel) only a body with the DSN
/// in its first line is taken for an envelope.
pub fn read(body: &[u8], at_sentry: bool) -> Option<Header> {
    let header = object(line(body).0)?;
    let has = |key: &str| header.contains_key(key);
    if !has("dsn") && !at_sentry {
        return None;
    }
    let event_id = header.get("event_id").and_then(Value::as_str).map(|id| id.replace('-', "").to_ascii_lowercase());
    // `/store/` takes the bare event.
    if has("exception") || has("platform") || has("logentry") {
        return Some(Header { event_id, items: vec!["event".into()] });
    }
    Some(Header { event_id, items: items(body).0 })
}

/// Reads a body as BiDi's `network.getData` gives it: binary comes as base64, typed `string` by some drivers.
pub fn body_of(bytes: &Value) -> Vec<u8> {
    let text = bytes.get("value").and_then(Value::as_str).unwrap_or_default();
    let decode = || base64::engine::general_purpose::STANDARD.decode(text).ok();
    let is_base64 = bytes.get("type").and_then(Value::as_str) == Some("base64");
    // `{"` in base64; an envelope in clear begins with the brace itself.
    if is_base64 || text.starts_with("ey") { decode().unwrap_or_else(|| text.into()) } else { text.into() }
}

/// A body as it stands in Chrome's `goog:postData`: text as text, and binary as one character a byte. Only one of the two
/// ways to read it fits the lengths that the items say.
pub fn inline(text: &str) -> Vec<u8> {
    let as_text = text.as_bytes().to_vec();
    let as_bytes: Vec<u8> = text.chars().map_while(|c| u8::try_from(u32::from(c)).ok()).collect();
    let is_binary = !items(&as_text).1 && items(&as_bytes).1;
    if is_binary { as_bytes } else { as_text }
}

/// The types of the items, and whether each is as long as it says.
fn items(body: &[u8]) -> (Vec<String>, bool) {
    let (mut types, mut exact) = (Vec::new(), true);
    let mut rest = line(body).1;
    while !rest.is_empty() && types.len() < MAX_ITEMS {
        let (head, after) = line(rest);
        let Some(head) = object(head) else { return (types, false) };
        types.extend(head.get("type").and_then(Value::as_str).map(|ty| ty.chars().take(40).collect()));
        let length = head.get("length").and_then(Value::as_u64).and_then(|length| usize::try_from(length).ok());
        rest = match length {
            Some(length) => {
                let next = after.get(length..);
                exact &= next.is_some_and(|next| next.is_empty() || next.starts_with(b"\n"));
                let next = next.unwrap_or_default();
                next.strip_prefix(b"\n").unwrap_or(next)
            }
            None => line(after).1,
        };
    }
    (types, exact)
}

fn line(bytes: &[u8]) -> (&[u8], &[u8]) {
    match bytes.iter().position(|byte| *byte == b'\n') {
        Some(at) => (bytes.get(..at).unwrap_or_default(), bytes.get(at + 1..).unwrap_or_default()),
        None => (bytes, &[]),
    }
}

fn object(line: &[u8]) -> Option<Map<String, Value>> {
    match serde_json::from_slice(line) {
        Ok(Value::Object(object)) => Some(object),
        _ => None,
    }
}
