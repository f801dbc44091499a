//! Replays: what was recorded, and the recording.

use serde_json::Value;

use super::length;

/// A segment of a replay.
#[derive(Debug, Clone, PartialEq)]
pub struct Replay {
    /// From 0.
    pub segment: Option<u64>,
    /// Pages that were open in it.
    pub urls: usize,
    /// Errors that happened in it.
    pub errors: usize,
}

impl Replay {
    pub(super) fn read(value: &Value) -> Self {
        Self {
            segment: value.get("segment_id").and_then(Value::as_u64),
            urls: length(value, "urls"),
            errors: length(value, "error_ids"),
        }
    }
}

/// The head of a recording: `{"segment_id":0}`, a line end, and JSON or zlib.
#[derive(Debug, Clone, PartialEq)]
pub struct Recording {
    /// From 0.
    pub segment: Option<u64>,
    /// Whether what follows is compressed.
    pub compressed: bool,
    /// Events in it, where it is not compressed.
    pub events: Option<usize>,
}

impl Recording {
    pub(super) fn read(payload: &[u8]) -> Self {
        let mut parts = payload.splitn(2, |byte| *byte == b'\n');
        let head = parts.next().and_then(|head| serde_json::from_slice::<Value>(head).ok());
        let body = parts.next().unwrap_or_default();
        let compressed = body.first().is_some_and(|first| *first != b'[');
        let events = serde_json::from_slice::<Vec<serde::de::IgnoredAny>>(body).ok().map(|events| events.len());
        Self { segment: head.and_then(|head| head.get("segment_id")?.as_u64()), compressed, events }
    }
}
