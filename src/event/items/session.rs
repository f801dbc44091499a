//! Sessions: one of them, or counts of many.

use serde_json::Value;

use super::text;

/// A session, or the sum of many.
#[derive(Debug, Clone, PartialEq)]
pub struct Session {
    /// `ok`, `exited`, `crashed`, `abnormal`, `errored`; of many: the worst that was counted.
    pub status: String,
    /// Errors in it; of many: sessions that crashed or had errors.
    pub errors: u64,
    /// Release.
    pub release: String,
    /// How many sessions.
    pub sessions: u64,
}

impl Session {
    pub(super) fn read(value: &Value) -> Self {
        let release = value.get("attrs").map(|attrs| text(attrs, &["release"])).unwrap_or_default();
        let Some(groups) = value.get("aggregates").and_then(Value::as_array) else {
            let errors = value.get("errors").and_then(Value::as_u64).unwrap_or_default();
            return Self { status: text(value, &["status"]), errors, release, sessions: 1 };
        };
        let sum = |key: &str| groups.iter().filter_map(|group| group.get(key)?.as_u64()).fold(0, u64::saturating_add);
        let [crashed, errored, abnormal, exited] = ["crashed", "errored", "abnormal", "exited"].map(sum);
        let status = match (crashed, abnormal, errored) {
            (1.., _, _) => "crashed",
            (_, 1.., _) => "abnormal",
            (_, _, 1..) => "errored",
            _ => "exited",
        };
        let errors = crashed.saturating_add(errored);
        let sessions = errors.saturating_add(abnormal).saturating_add(exited);
        Self { status: status.to_owned(), errors, release, sessions }
    }
}
