//! An issue of the embedded sink, and an event as the sink keeps it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Event;

/// A group of events with the same cause.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Issue {
    /// `LOCAL-3`.
    pub id: String,
    /// `ReferenceError: x is not defined`; untrusted text.
    pub title: String,
    /// Where: `checkout(src/cart.ts)`; untrusted text.
    pub culprit: String,
    /// Level of the newest event.
    pub level: String,
    /// Event kind: `error`, `message`, `csp`, `feedback`.
    pub kind: String,
    /// Platform of the newest event.
    pub platform: String,
    /// Its status.
    pub status: IssueStatus,
    /// Number of events.
    pub count: u64,
    /// Number of distinct users (by id, email, username or IP).
    pub users: u64,
    /// RFC 3339, UTC.
    pub first_seen: String,
    /// RFC 3339, UTC.
    pub last_seen: String,
    /// Releases seen, newest first, at most 10.
    pub releases: Vec<String>,
    /// Environments seen, at most 10.
    pub environments: Vec<String>,
    /// Project id of the DSN path.
    pub project: String,
    /// Why its events are grouped: the contributing values, one a line.
    pub why_grouped: Vec<String>,
}

/// Status of an issue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum IssueStatus {
    /// New or ongoing.
    Unresolved,
    /// Marked as fixed.
    Resolved,
    /// Marked to be left alone.
    Ignored,
    /// Was resolved, and came back.
    Regressed,
}

impl IssueStatus {
    /// As it is written in replies and queries.
    pub fn word(self) -> &'static str {
        match self {
            Self::Unresolved => "unresolved",
            Self::Resolved => "resolved",
            Self::Ignored => "ignored",
            Self::Regressed => "regressed",
        }
    }
}

/// An event as the sink keeps it.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredEvent {
    /// The event.
    pub event: Event,
    /// The issue it belongs to, `LOCAL-3`; transactions have none.
    pub issue: Option<String>,
    /// When the sink took it, milliseconds since the epoch.
    pub received_ms: i64,
    /// Project id of the DSN path.
    pub project: String,
}
