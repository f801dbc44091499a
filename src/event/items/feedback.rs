//! What users wrote.

use serde_json::Value;

use super::text;

/// A feedback, or a user report of older SDKs.
#[derive(Debug, Clone, PartialEq)]
pub struct Feedback {
    /// What the user wrote.
    pub message: String,
    /// Page it was written on.
    pub url: String,
    /// Event it is about.
    pub event_id: String,
}

impl Feedback {
    pub(super) fn read(value: &Value) -> Self {
        let held = value.get("contexts").and_then(|contexts| contexts.get("feedback"));
        match held {
            Some(held) => Self {
                message: text(held, &["message"]),
                url: text(held, &["url"]),
                event_id: text(held, &["associated_event_id"]),
            },
            None => Self {
                message: text(value, &["comments"]),
                url: text(value, &["url"]),
                event_id: text(value, &["event_id"]),
            },
        }
    }
}
