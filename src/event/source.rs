//! Which Sentry is asked, and from when on (pure).

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, de};

use super::IssueRef;

/// Which Sentry is asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The embedded sink, for what it can have.
    #[default]
    Auto,
    /// The embedded sink.
    Local,
    /// The Sentry Web API, which this version does not speak: read, so that the error can say so.
    #[schemars(skip)]
    Sentry,
}

impl Source {
    /// The embedded sink's id of an issue, `LOCAL-3`; the error names what only Sentry can know.
    pub fn local(self, issue: &IssueRef) -> Result<String, String> {
        match issue.local() {
            Some(id) if self != Self::Sentry => Ok(id),
            Some(id) => Err(format!("{id} of source `sentry`")),
            None => Err(issue.to_string()),
        }
    }

    /// The error names Sentry where only it is wanted.
    pub fn must_be_local(self) -> Result<(), String> {
        if self == Self::Sentry { Err("Source `sentry`".to_owned()) } else { Ok(()) }
    }
}

/// A moment in the past, as an agent writes it: seconds ago, or RFC 3339.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Since {
    /// Seconds before now.
    Ago(f64),
    /// Milliseconds since the epoch.
    At(i64),
}

impl Since {
    /// Milliseconds since the epoch.
    pub fn millis(self, now_ms: i64) -> i64 {
        match self {
            #[expect(clippy::cast_possible_truncation, reason = "a float cast saturates")]
            Self::Ago(seconds) => now_ms.saturating_sub((seconds.abs() * 1000.0) as i64),
            Self::At(millis) => millis,
        }
    }
}

impl<'de> Deserialize<'de> for Since {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        let read = match &value {
            serde_json::Value::Number(number) => number.as_f64().map(Self::Ago),
            serde_json::Value::String(text) => match text.trim().trim_end_matches('s').parse::<f64>() {
                Ok(seconds) => Some(Self::Ago(seconds)),
                Err(_) => text.trim().parse::<jiff::Timestamp>().ok().map(|at| Self::At(at.as_millisecond())),
            },
            _ => None,
        };
        let read = read.filter(|since| !matches!(since, Self::Ago(seconds) if !seconds.is_finite()));
        read.ok_or_else(|| {
            de::Error::custom(format!("{value} is no moment: give seconds ago (60) or 2026-11-22T13:00:00Z"))
        })
    }
}

impl JsonSchema for Since {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Since".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string" })
    }
}
