//! What became of envelopes on their way to a real Sentry, as plain data.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where a forwarded envelope is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ForwardState {
    /// It waits in the queue on disk.
    Queued,
    /// The other side took it.
    Sent,
    /// The other side will not have it; it was given up.
    Refused,
    /// It never left: the queue was full, or it waited for too long.
    Dropped,
}

impl ForwardState {
    /// As the store keeps it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sent => "sent",
            Self::Refused => "refused",
            Self::Dropped => "dropped",
        }
    }

    /// The state of a word of the store; what is not known counts as dropped.
    pub fn of(word: &str) -> Self {
        [Self::Queued, Self::Sent, Self::Refused]
            .into_iter()
            .find(|state| state.word() == word)
            .unwrap_or(Self::Dropped)
    }
}

/// The fate of one event's envelope at one DSN.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Forwarded {
    /// DSN, key masked.
    pub to: String,
    /// Where it is.
    pub state: ForwardState,
    /// Since when; RFC 3339.
    pub at: String,
    /// HTTP status of a refusal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http: Option<u16>,
    /// Why; may be the other side's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// What became of everything that was to go to one DSN.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ForwardCounts {
    /// DSN, key masked.
    pub to: String,
    /// What goes there: `all projects`, `project 7`, `tunnel`, or why nothing does.
    pub what: String,
    /// Envelopes waiting.
    pub queued: u64,
    /// Envelopes taken by the other side.
    pub sent: u64,
    /// Envelopes that the other side will not have.
    pub refused: u64,
    /// Envelopes that never left, by reason.
    pub dropped: Vec<(String, u64)>,
    /// Rate limits in force: category (`all` = every one) and until when, RFC 3339.
    pub limited: Vec<(String, String)>,
    /// What keeps the queue from going on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waiting: Option<String>,
    /// The last refusal; may be the other side's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_refusal: Option<String>,
}
