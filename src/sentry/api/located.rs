//! Where an event is: its project, issue and replay, for what is asked by project and event id.

use serde_json::Value;

use super::replay::time;
use crate::sentry::{Failure, Organization, Read, Request};

const BY_ID: &str = "/organizations/{organization_id_or_slug}/eventids/{event_id}/";
const OF_ISSUE: &str = "/organizations/{organization_id_or_slug}/issues/{issue_id}/events/{event_id}/";

/// An event, as far as other requests need it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LocatedEvent {
    /// 32 hex characters.
    pub id: String,
    /// Slug or id of its project.
    pub project: Option<String>,
    /// Number or short id of its issue.
    pub issue: Option<String>,
    /// Title.
    pub title: Option<String>,
    /// Seconds since the epoch.
    pub at: Option<f64>,
    /// Its replay.
    pub replay: Option<String>,
    /// Its release.
    pub release: Option<String>,
    /// Processing errors that concern source maps: type, and the file.
    pub errors: Vec<(String, Option<String>)>,
}

impl Organization {
    /// An event by its id alone.
    pub async fn event_by_id(&self, id: &str) -> Result<LocatedEvent, Failure> {
        let value = self.value(Request::get(BY_ID, &[id])).await?;
        let mut event = located(value.at("event"), id);
        event.project = value.text("projectSlug").or(event.project);
        event.issue = value.text("groupId").or(event.issue);
        Ok(event)
    }

    /// An event of an issue: an id, `latest`, `oldest` or `recommended`.
    pub async fn event_of_issue(&self, issue: &str, event: &str) -> Result<LocatedEvent, Failure> {
        let value = self.value(Request::get(OF_ISSUE, &[issue, event])).await?;
        let mut event = located(&value, event);
        event.issue = Some(issue.to_owned());
        Ok(event)
    }
}

fn located(value: &Value, id: &str) -> LocatedEvent {
    let tag = |name: &str| value.at("tags").items().find(|tag| tag.text("key").as_deref() == Some(name))?.text("value");
    let replay = value.at("contexts").at("replay").text("replay_id").or_else(|| tag("replayId"));
    let errors = value.at("errors").items().filter_map(|error| {
        let ty = error.text("type").filter(|ty| ty.starts_with("js_"))?;
        let data = error.at("data");
        Some((ty, data.text("url").or_else(|| data.text("source"))))
    });
    LocatedEvent {
        id: value.text("eventID").unwrap_or_else(|| id.to_owned()),
        project: value.text("projectSlug").or_else(|| value.text("projectID")),
        issue: value.text("groupID"),
        title: value.text("title"),
        at: time(value, "dateCreated").or_else(|| time(value, "dateReceived")),
        replay: replay.map(|id| id.replace('-', "")).filter(|id| !id.is_empty()),
        release: value.at("release").text("version").or_else(|| tag("release")),
        errors: errors.collect(),
    }
}
