//! What a user wrote of the app, from a feedback event or a user report.

use serde_json::Value;

use super::{Event, lenient::text_of};

/// A feedback. Missing = not said.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct UserFeedback {
    /// Short id, `LOCAL-3`.
    pub issue: Option<String>,
    /// Slug or id of its project.
    pub project: Option<String>,
    /// What the user wrote.
    pub message: String,
    /// Who.
    pub name: Option<String>,
    /// E-mail address to answer to.
    pub email: Option<String>,
    /// RFC 3339.
    pub at: Option<String>,
    /// Page it was written on.
    pub url: Option<String>,
    /// The feedback's own event.
    pub event: Option<String>,
    /// The error event that it is about.
    pub about: Option<String>,
    /// Its replay.
    pub replay: Option<String>,
    /// `unresolved`, `resolved`, `ignored`.
    pub status: Option<String>,
}

impl UserFeedback {
    /// What an event of the type feedback says.
    pub fn of_event(event: &Event) -> Self {
        let empty = serde_json::Map::new();
        let said = event.contexts.get("feedback").and_then(Value::as_object).unwrap_or(&empty);
        let text = |key: &str| text_of(said, key);
        let id = |key: &str| text(key).map(|id| id.replace('-', ""));
        Self {
            message: text("message").unwrap_or_default(),
            name: text("name"),
            email: text("contact_email"),
            url: text("url").or_else(|| event.request.as_ref()?.url.clone()),
            about: id("associated_event_id"),
            replay: id("replay_id").or_else(|| event.replay_id.clone()),
            ..Self::default()
        }
    }

    /// What a user report (older SDKs) says.
    pub fn of_report(value: &Value) -> Self {
        let empty = serde_json::Map::new();
        let said = value.as_object().unwrap_or(&empty);
        let text = |key: &str| text_of(said, key);
        Self {
            message: text("comments").unwrap_or_default(),
            name: text("name"),
            email: text("email"),
            about: text("event_id").map(|id| id.replace('-', "")),
            ..Self::default()
        }
    }

    /// This, with what it lacks taken from `other`.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            issue: self.issue.or(other.issue),
            project: self.project.or(other.project),
            message: if self.message.is_empty() { other.message } else { self.message },
            name: self.name.or(other.name),
            email: self.email.or(other.email),
            at: self.at.or(other.at),
            url: self.url.or(other.url),
            event: self.event.or(other.event),
            about: self.about.or(other.about),
            replay: self.replay.or(other.replay),
            status: self.status.or(other.status),
        }
    }
}
