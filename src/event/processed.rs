//! What a server says of an event besides what the SDK sent: processing errors, notices, neighbours, release, user report.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    Frame,
    lenient::{items, text_of},
    parse_frame,
};

/// Threads kept of an event.
const MAX_THREADS: usize = 100;
/// Processing errors kept of an event.
const MAX_ERRORS: usize = 50;

/// A thread at the moment of an event.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Thread {
    /// Id.
    pub id: Option<String>,
    /// Name.
    pub name: Option<String>,
    /// `RUNNABLE`, `WAITING`, ….
    pub state: Option<String>,
    /// It is the one that crashed.
    pub crashed: bool,
    /// It is the one that ran.
    pub current: bool,
    /// Its frames, crash frame last; empty where they are those of the exception or of the event.
    pub frames: Vec<Frame>,
    /// Frames that were dropped when it was sent or read.
    pub omitted: usize,
}

/// Something that the server could not use, or do, when it processed an event.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ProcessingError {
    /// `js_invalid_source`, ….
    pub kind: String,
    /// In words.
    pub message: Option<String>,
    /// What it concerns: an address, a field.
    pub about: Option<String>,
}

/// A release, as the server knows it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ReleaseFacts {
    /// Its name.
    pub version: String,
    /// RFC 3339, when it was created, and released.
    pub created: Option<String>,
    /// RFC 3339.
    pub released: Option<String>,
    /// Number of commits.
    pub commits: Option<u64>,
    /// Number of deploys.
    pub deploys: Option<u64>,
    /// The last commit: id and message.
    pub last_commit: Option<(String, String)>,
    /// The last deploy: environment and time.
    pub last_deploy: Option<(String, String)>,
}

/// What a user wrote of a crash.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct UserReport {
    /// Name or e-mail address.
    pub by: Option<String>,
    /// In their words.
    pub comments: String,
}

/// What a server says of an event besides its payload. An event of the embedded sink has little of it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Processed {
    /// What went wrong when it was processed.
    pub errors: Vec<ProcessingError>,
    /// What the SDK should be changed to.
    pub notices: Vec<String>,
    /// Fields that were cut or taken out, as paths.
    pub scrubbed: Vec<String>,
    /// When the server got it: seconds since the epoch.
    pub received: Option<f64>,
    /// The next newer event of the issue.
    pub next: Option<String>,
    /// The next older event of the issue.
    pub previous: Option<String>,
    /// The project's number.
    pub project: Option<String>,
    /// The issue's number.
    pub issue: Option<String>,
    /// The release.
    pub release: Option<ReleaseFacts>,
    /// What a user wrote.
    pub report: Option<UserReport>,
    /// Evidence of an issue that is found and not thrown (a slow query, …): name and value.
    pub evidence: Vec<(String, String)>,
    /// Hashes that it is grouped by.
    pub hashes: Vec<String>,
}

/// Threads of a payload; the chosen one, whose frames are the event's own, has none.
pub(super) fn threads_of(value: Option<&Value>) -> Vec<Thread> {
    let Some(list) = value.map(items) else { return Vec::new() };
    let flag = |thread: &Value, key: &str| thread.get(key).and_then(Value::as_bool).unwrap_or(false);
    list.into_iter()
        .take(MAX_THREADS)
        .filter_map(|thread| {
            let map = thread.as_object()?;
            Some(Thread {
                id: text_of(map, "id"),
                name: text_of(map, "name"),
                state: text_of(map, "state"),
                crashed: flag(thread, "crashed"),
                current: flag(thread, "current"),
                frames: parse_frame::frames_of(map.get("stacktrace")),
                omitted: parse_frame::omitted_of(map.get("stacktrace")),
            })
        })
        .collect()
}

/// Processing errors of a payload, in the shape of Relay and of the API.
pub(super) fn errors_of(value: Option<&Value>) -> Vec<ProcessingError> {
    let list = value.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let one = |error: &Value| {
        let map = error.as_object()?;
        let data = map.get("data").and_then(Value::as_object).unwrap_or(map);
        let about = ["url", "source", "name", "image_path", "reason"].iter().filter_map(|key| text_of(data, key));
        let about = about.collect::<Vec<_>>().join(", ");
        Some(ProcessingError {
            kind: text_of(map, "type")?,
            message: text_of(map, "message"),
            about: (!about.is_empty()).then_some(about),
        })
    };
    list.iter().take(MAX_ERRORS).filter_map(one).collect()
}
