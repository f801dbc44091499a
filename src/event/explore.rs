//! Rows of events, spans, logs and the like, and the questions that are asked of them, as plain data (pure).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A row: field → value, in the order in which fields were asked for.
pub type Row = Map<String, Value>;

/// What is searched.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Dataset {
    /// Errors and messages.
    #[default]
    Errors,
    /// Spans, and transactions as the first of theirs.
    Spans,
    /// Lines of logs.
    Logs,
    /// Measurements.
    Metrics,
    /// Profiles; on Sentry, functions seen in them.
    Profiles,
    /// Replays.
    Replays,
    /// Check-ins of monitors; in the sink only.
    CheckIns,
}

impl Dataset {
    /// As it is written in arguments.
    pub fn word(self) -> &'static str {
        match self {
            Self::Errors => "errors",
            Self::Spans => "spans",
            Self::Logs => "logs",
            Self::Metrics => "metrics",
            Self::Profiles => "profiles",
            Self::Replays => "replays",
            Self::CheckIns => "check_ins",
        }
    }

    /// Types of the items of an envelope that hold them.
    pub fn items(self) -> &'static [&'static str] {
        match self {
            Self::Errors => &["event", "security"],
            Self::Spans => &["transaction", "span"],
            Self::Logs => &["log", "otel_log"],
            Self::Metrics => &["trace_metric"],
            Self::Profiles => &["profile", "profile_chunk"],
            Self::Replays => &["replay_event"],
            Self::CheckIns => &["check_in"],
        }
    }

    /// Fields shown where none is asked for, of what the sink keeps.
    pub fn fields(self) -> &'static [&'static str] {
        match self {
            Self::Errors => &["timestamp", "issue", "level", "title", "transaction", "release", "id"],
            Self::Spans => {
                &["timestamp", "span.duration", "span.op", "span.description", "span.status", "project", "trace", "id"]
            }
            Self::Logs => &["timestamp", "severity", "message", "trace"],
            Self::Metrics => &["timestamp", "metric.name", "metric.type", "value", "metric.unit", "trace"],
            Self::Profiles => &["timestamp", "transaction", "platform", "duration", "samples", "profiler.id", "id"],
            Self::Replays => &["started_at", "duration", "count_errors", "count_urls", "urls", "id"],
            Self::CheckIns => &["timestamp", "monitor.slug", "status", "duration", "environment", "id"],
        }
    }

    /// The field that a bare `p95()` or `avg()` means.
    pub fn measure(self) -> Option<&'static str> {
        match self {
            Self::Spans => Some("span.duration"),
            Self::Metrics => Some("value"),
            Self::Profiles | Self::Replays | Self::CheckIns => Some("duration"),
            Self::Errors | Self::Logs => None,
        }
    }
}

/// An aggregate: `count()`, `p95(span.duration)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aggregate {
    /// `count`, `p95`, ….
    pub function: String,
    /// What stands in the parentheses, at commas.
    pub arguments: Vec<String>,
}

impl Aggregate {
    /// Reads `name(arguments)`; none = it is a plain field.
    pub fn parse(field: &str) -> Option<Self> {
        let (function, rest) = field.trim().split_once('(')?;
        let inner = rest.strip_suffix(')')?;
        let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if function.is_empty() || !function.chars().all(word) {
            return None;
        }
        let arguments = inner.split(',').map(|part| part.trim().to_owned()).filter(|part| !part.is_empty());
        Some(Self { function: function.to_owned(), arguments: arguments.collect() })
    }
}

/// A page of rows.
#[derive(Debug, Clone, Default)]
pub struct Table {
    /// Fields, in order.
    pub fields: Vec<String>,
    /// Rows.
    pub rows: Vec<Row>,
    /// Rows in all pages, where that is known.
    pub total: Option<u64>,
    /// Cursor of the next page.
    pub next: Option<String>,
    /// What must be said of it.
    pub notes: Vec<String>,
}

/// Values over time.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Series {
    /// The aggregate: `count()`.
    pub name: String,
    /// Values of the fields that it is grouped by; empty = of all rows.
    pub group: Vec<(String, String)>,
    /// All groups that have no series of their own.
    pub is_other: bool,
    /// Unit, where the server says so.
    pub unit: Option<String>,
    /// Beginning of each stretch (milliseconds since the epoch), and its value; none = none was measured.
    pub values: Vec<(i64, Option<f64>)>,
    /// How long a stretch is, seconds.
    pub interval: u64,
    /// The last stretch is not over yet.
    pub open: bool,
}

#[cfg(test)]
mod tests {
    use super::Aggregate;

    #[test]
    fn tells_aggregates_from_fields() {
        let read = |text| Aggregate::parse(text).map(|found| (found.function, found.arguments.join("|")));
        for (text, expected) in [
            ("count()", Some(("count", ""))),
            ("p95(span.duration)", Some(("p95", "span.duration"))),
            ("avg(value, app.load,gauge)", Some(("avg", "value|app.load|gauge"))),
            ("title", None),
            ("tags[a(b)]", None),
            ("(x)", None),
        ] {
            let expected = expected.map(|(function, rest): (&str, &str)| (function.to_owned(), rest.to_owned()));
            assert_eq!(read(text), expected, "{text}");
        }
    }
}
