//! Spans, logs and metrics.

use serde_json::Value;

use super::{attribute, text};
use crate::event::lenient::time_of;

/// A span, of version 2 (`name`, `end_timestamp`, attributes) or of a transaction (`description`, `op`, `timestamp`).
#[derive(Debug, Clone, PartialEq)]
pub struct Span {
    /// What it did: `GET /api/x`.
    pub name: String,
    /// Operation: `http.client`.
    pub op: String,
    /// `ok`, `error`, `internal_error`, ….
    pub status: String,
    /// How long it took, milliseconds.
    pub millis: Option<f64>,
}

impl Span {
    pub(super) fn read(value: &Value) -> Self {
        let op = text(value, &["op"]);
        let time = |keys: &[&str]| keys.iter().find_map(|key| time_of(value.get(*key)));
        let (start, end) = (time(&["start_timestamp"]), time(&["end_timestamp", "timestamp"]));
        Self {
            name: text(value, &["name", "description"]),
            op: if op.is_empty() { attribute(value, "sentry.op") } else { op },
            status: text(value, &["status"]),
            millis: start.zip(end).map(|(start, end)| (end - start) * 1_000.0).filter(|millis| *millis >= 0.0),
        }
    }
}

/// A line of a log.
#[derive(Debug, Clone, PartialEq)]
pub struct Log {
    /// `error`, `info`, ….
    pub level: String,
    /// What it says.
    pub body: String,
    /// Trace it belongs to.
    pub trace_id: String,
}

impl Log {
    pub(super) fn read(value: &Value) -> Self {
        let body = value.get("body").map(|body| body.get("stringValue").unwrap_or(body));
        Self {
            level: text(value, &["level", "severity_text", "severityText"]),
            body: body.and_then(Value::as_str).unwrap_or_default().to_owned(),
            trace_id: text(value, &["trace_id", "traceId"]),
        }
    }
}

/// A measurement.
#[derive(Debug, Clone, PartialEq)]
pub struct Metric {
    /// Its name.
    pub name: String,
    /// `counter`, `gauge`, `distribution`.
    pub kind: String,
    /// Its value and unit.
    pub value: String,
}

impl Metric {
    pub(super) fn read(value: &Value) -> Self {
        let said = format!("{} {}", text(value, &["value"]), text(value, &["unit"]));
        Self { name: text(value, &["name"]), kind: text(value, &["type"]), value: said.trim().to_owned() }
    }
}
