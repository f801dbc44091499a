//! The payload of a `replay_recording` item: a line `{"segment_id":0}`, then rrweb events as JSON, plain or in zlib.

use std::io::Read as _;

use flate2::read::ZlibDecoder;
use serde_json::Value;

/// Bytes of one segment that are unpacked; Relay's own limit.
const UNPACKED: u64 = 100 * 1024 * 1024;

/// A segment of a recording.
#[derive(Debug, Clone, PartialEq)]
pub struct Body {
    /// From 0.
    pub segment: Option<u64>,
    /// rrweb events.
    pub events: Vec<Value>,
}

/// Reads the payload; the error says why it cannot be read.
pub fn body(payload: &[u8]) -> Result<Body, String> {
    let mut parts = payload.splitn(2, |byte| *byte == b'\n');
    let head = parts.next().unwrap_or_default();
    let Some(body) = parts.next() else { return Err("it has no body".to_owned()) };
    let head: Value = serde_json::from_slice(head).map_err(|_| "its head is no JSON".to_owned())?;
    let segment = head.get("segment_id").and_then(Value::as_u64);
    let events = match body.first() {
        None => Vec::new(),
        Some(b'[') => serde_json::from_slice(body).map_err(|error| format!("it is no JSON: {error}"))?,
        Some(_) => {
            let mut plain = Vec::new();
            let mut decoder = ZlibDecoder::new(body).take(UNPACKED + 1);
            decoder.read_to_end(&mut plain).map_err(|_| "it is neither JSON nor zlib".to_owned())?;
            if plain.len() as u64 > UNPACKED {
                return Err(format!("it is larger than {} MB unpacked", UNPACKED >> 20));
            }
            serde_json::from_slice(&plain).map_err(|error| format!("it is no JSON: {error}"))?
        }
    };
    Ok(Body { segment, events })
}
