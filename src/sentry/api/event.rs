//! Events: one of an issue, one by its id, and those of an issue.

use serde_json::Value;

use super::payload::payload;
use crate::{
    event::{Event, Generated, Processed, ReleaseFacts, UserReport},
    sentry::{Failure, Organization, Read, Request},
};

const OF_ISSUE: &str = "/organizations/{organization_id_or_slug}/issues/{issue_id}/events/{event_id}/";
const OF_PROJECT: &str = "/projects/{organization_id_or_slug}/{project_id_or_slug}/events/{event_id}/";
const BY_ID: &str = "/organizations/{organization_id_or_slug}/eventids/{event_id}/";
const EVENTS: &str = "/organizations/{organization_id_or_slug}/issues/{issue_id}/events/";

/// Paths kept of what was scrubbed.
const SCRUBBED: usize = 20;

/// Where an event was found by its id alone.
#[derive(Debug, Clone, PartialEq)]
pub struct EventPlace {
    /// Slug of its project.
    pub project: Option<String>,
    /// Number of its issue.
    pub issue: Option<String>,
    /// The event, where the answer brought it.
    pub event: Option<Event>,
}

impl Organization {
    /// An event of an issue: an id, `latest`, `oldest` or `recommended`.
    pub async fn issue_event(&self, issue: &str, event: &str) -> Result<Event, Failure> {
        Ok(read_event(&self.value(Request::get(OF_ISSUE, &[issue, event])).await?))
    }

    /// An event of a project.
    pub async fn project_event(&self, project: &str, event: &str) -> Result<Event, Failure> {
        Ok(read_event(&self.value(Request::get(OF_PROJECT, &[project, event])).await?))
    }

    /// Where an event is, by its id alone; none = the organization has no such event.
    pub async fn event_place(&self, event: &str) -> Result<Option<EventPlace>, Failure> {
        let Some(answer) = self.optional(Request::get(BY_ID, &[event])).await? else { return Ok(None) };
        let found = answer.at("event");
        Ok(Some(EventPlace {
            project: answer.text("projectSlug"),
            issue: answer.text("groupId").or_else(|| found.text("groupID")),
            event: found.is_object().then(|| read_event(found)).filter(|event| !event.event_id.is_empty()),
        }))
    }

    /// The id of a recent event of an issue that begins with `begin`.
    pub async fn event_like(&self, issue: &str, begin: &str) -> Result<Option<String>, Failure> {
        let page = self.page(Request::get(EVENTS, &[issue]).query("per_page", 100)).await?;
        let mut ids = page.value.items().filter_map(|event| event.text("eventID").or_else(|| event.text("id")));
        Ok(ids.find(|id| id.starts_with(begin)))
    }

    /// The id of the newest event of an issue that a search matches; none = there is none in the last 90 days.
    pub async fn newest_event(&self, issue: &str, query: &str) -> Result<Option<String>, Failure> {
        let request = Request::get(EVENTS, &[issue]).query("query", query).query("statsPeriod", "90d");
        let page = self.page(request.query("per_page", 1)).await?;
        let newest = page.value.items().next().and_then(|event| event.text("eventID").or_else(|| event.text("id")));
        Ok(newest)
    }
}

/// Reads an event of the API. Never fails: what is missing or odd is left out.
pub fn read_event(value: &Value) -> Event {
    let mut event = Event::from_value(&payload(value));
    mapped_by_sentry(&mut event, value);
    let errors = std::mem::take(&mut event.processed.errors);
    let received = payload_time(value.at("dateReceived"));
    event.processed = Processed {
        errors,
        notices: value.at("sdkUpdates").items().filter_map(notice).collect(),
        scrubbed: scrubbed(value.at("_meta")),
        received,
        next: value.text("nextEventID"),
        previous: value.text("previousEventID"),
        project: value.text("projectSlug").or_else(|| value.text("projectID")),
        issue: value.text("groupID"),
        release: release(value.at("release")),
        report: report(value.at("userReport")),
        evidence: evidence(value.at("occurrence")),
        hashes: value.texts("fingerprints"),
    };
    // Compatible servers may give a title only.
    if event.message.is_none() && event.exceptions.is_empty() {
        event.message = value.text("title").filter(|title| !title.starts_with('<'));
    }
    event
}

/// Sentry has moved a frame where it keeps the raw one at the same position with another place.
fn mapped_by_sentry(event: &mut Event, value: &Value) {
    let entries = value.at("entries").items();
    let all = entries.filter(|entry| entry.text("type").as_deref() == Some("exception"));
    let values: Vec<&Value> = all.flat_map(|entry| entry.at("data").at("values").items()).collect();
    for (exception, value) in event.exceptions.iter_mut().zip(values) {
        let raw: Vec<&Value> = value.at("rawStacktrace").at("frames").items().collect();
        if exception.omitted > 0 || raw.len() != exception.frames.len() {
            continue;
        }
        for (frame, raw) in exception.frames.iter_mut().zip(raw) {
            let number = |key: &str| raw.count(key).and_then(|number| u32::try_from(number).ok());
            let abs_path = raw.text("absPath").or_else(|| raw.text("filename")).unwrap_or_default();
            if number("lineNo") == frame.lineno && Some(&abs_path) == frame.abs_path.as_ref() {
                continue;
            }
            frame.generated = Some(Box::new(Generated {
                abs_path,
                lineno: number("lineNo").unwrap_or_default(),
                colno: number("colNo").unwrap_or_default(),
                function: raw.text("function"),
            }));
        }
    }
}

fn payload_time(value: &Value) -> Option<f64> {
    let event = Event::from_value(&serde_json::json!({"timestamp": value}));
    Some(event.timestamp).filter(|time| *time > 0.0)
}

fn release(value: &Value) -> Option<ReleaseFacts> {
    let (commit, deploy) = (value.at("lastCommit"), value.at("lastDeploy"));
    Some(ReleaseFacts {
        version: value.text("version")?,
        created: value.text("dateCreated"),
        released: value.text("dateReleased"),
        commits: value.count("commitCount"),
        deploys: value.count("deployCount"),
        last_commit: commit.text("id").map(|id| (id, commit.text("message").unwrap_or_default())),
        last_deploy: deploy.text("environment").map(|name| (name, deploy.text("dateFinished").unwrap_or_default())),
    })
}

fn report(value: &Value) -> Option<UserReport> {
    let comments = value.text("comments")?;
    Some(UserReport { by: value.text("name").or_else(|| value.text("email")), comments })
}

fn evidence(occurrence: &Value) -> Vec<(String, String)> {
    let subtitle = occurrence.text("subtitle").map(|text| ("subtitle".to_owned(), text));
    let shown = occurrence.at("evidenceDisplay").items();
    let shown = shown.filter_map(|item| Some((item.text("name")?, item.text("value")?)));
    subtitle.into_iter().chain(shown).take(30).collect()
}

/// `Use sentry.javascript.react 9.4.0`.
fn notice(value: &Value) -> Option<String> {
    let named = |keys: &[&str]| keys.iter().find_map(|key| value.text(key));
    Some(match value.text("type").as_deref() {
        Some("updateSdk") => {
            format!("update {} to {}", named(&["sdkName"])?, named(&["newSdkVersion"])?)
        }
        Some("changeSdk") => format!("change the SDK to {}", named(&["newSdkName"])?),
        Some("enableIntegration") => {
            format!("enable the integration {}", named(&["integrationName", "integrationUrl"])?)
        }
        Some(other) => other.to_owned(),
        None => return None,
    })
}

/// Paths of the fields that `_meta` says were changed: cut, replaced, removed, or invalid.
fn scrubbed(meta: &Value) -> Vec<String> {
    let mut found = Vec::new();
    walk(meta, String::new(), 12, &mut found);
    found
}

fn walk(meta: &Value, path: String, depth: usize, found: &mut Vec<String>) {
    let (Some(map), Some(depth)) = (meta.as_object(), depth.checked_sub(1)) else { return };
    for (key, below) in map {
        if found.len() >= SCRUBBED {
            return;
        }
        if key.is_empty() {
            let has = |key: &str| below.at(key).as_array().is_some_and(|list| !list.is_empty());
            if has("rem") || has("err") || below.at("len").is_u64() {
                found.push(if path.is_empty() { "event".to_owned() } else { path.clone() });
            }
            continue;
        }
        let next = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        walk(below, next, depth, found);
    }
}
