//! Sessions: one of them, or counts of many.

use serde_json::Value;

use super::text;

/// A session, or the sum of many.
#[derive(Debug, Clone, PartialEq)]
pub struct Session {
    /// Session id, which all updates of one session share; empty where it is not said, and of many.
    pub id: String,
    /// `ok`, `exited`, `crashed`, `abnormal`, `errored`; of many: the worst that was counted.
    pub status: String,
    /// Errors in it; of many: sessions that crashed or had errors.
    pub errors: u64,
    /// Release.
    pub release: String,
    /// How many sessions.
    pub sessions: u64,
    /// Each status that was counted, and how many have it; they add up to `sessions`.
    pub by_status: Vec<(String, u64)>,
}

impl Session {
    pub(super) fn read(value: &Value) -> Self {
        let release = value.get("attrs").map(|attrs| text(attrs, &["release"])).unwrap_or_default();
        let Some(groups) = value.get("aggregates").and_then(Value::as_array) else {
            let errors = value.get("errors").and_then(Value::as_u64).unwrap_or_default();
            let status = text(value, &["status"]);
            let by_status = vec![(status.clone(), 1)];
            return Self { id: text(value, &["sid"]), status, errors, release, sessions: 1, by_status };
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
        let by_status = [("crashed", crashed), ("errored", errored), ("abnormal", abnormal), ("exited", exited)];
        let by_status = by_status.into_iter().filter(|(_, sessions)| *sessions > 0);
        let by_status = by_status.map(|(status, sessions)| (status.to_owned(), sessions)).collect();
        Self { id: String::new(), status: status.to_owned(), errors, release, sessions, by_status }
    }
}
