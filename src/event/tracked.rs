//! What only a tracker knows of an issue: who works on it, what was done, releases, tickets, how its tags are spread.

use serde::Serialize;

/// What a Sentry server says of an issue besides what the embedded sink also knows. Nothing of it need be there.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Tracked {
    /// The issue's number, which the API takes.
    pub number: String,
    /// Address of its page.
    pub url: Option<String>,
    /// Slug of its project.
    pub project: Option<String>,
    /// Name of its project, where it says more than the slug.
    pub project_name: Option<String>,
    /// `ongoing`, `regressed`, `escalating`, `archived_forever`, ….
    pub substatus: Option<String>,
    /// What holds for its status: `in release 1.2`, `until 100 more events`, ….
    pub status_details: Vec<String>,
    /// `high`, `medium`, `low`.
    pub priority: Option<String>,
    /// The person or team that it is assigned to.
    pub assigned: Option<String>,
    /// `error`, `performance_n_plus_one_db_queries`, ….
    pub issue_type: Option<String>,
    /// `error`, `performance`, `feedback`, ….
    pub category: Option<String>,
    /// Whether an event of it was not handled.
    pub unhandled: Option<bool>,
    /// The first release with it.
    pub first_release: Option<String>,
    /// The last release with it.
    pub last_release: Option<String>,
    /// Number of comments.
    pub comments: Option<u64>,
    /// Number of users' reports.
    pub user_reports: Option<u64>,
    /// Who has seen it.
    pub seen_by: Vec<String>,
    /// Linked tickets: name and address.
    pub tickets: Vec<(String, String)>,
    /// Its tags.
    pub tags: Vec<TagSpread>,
    /// What was done with it, newest first.
    pub activity: Vec<Activity>,
    /// What the server did not say: `count`, `users`, `first seen`, ….
    pub missing: Vec<&'static str>,
}

/// How a tag's values are spread over the events of an issue.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct TagSpread {
    /// `browser`.
    pub key: String,
    /// Events that have it, where that is said.
    pub total: Option<u64>,
    /// Number of values, where that is said.
    pub values: Option<u64>,
    /// The most frequent values and their counts.
    pub top: Vec<(String, u64)>,
}

/// Something that was done with an issue.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Activity {
    /// `note`, `set_resolved`, `assigned`, `first_seen`, ….
    pub kind: String,
    /// RFC 3339.
    pub at: String,
    /// Who did it; none = Sentry itself.
    pub by: Option<String>,
    /// A comment's text, a release, an assignee, ….
    pub says: Option<String>,
}

/// A commit that may have brought a fault.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Commit {
    /// Its hash.
    pub id: String,
    /// Its message.
    pub message: String,
    /// Its author.
    pub by: Option<String>,
    /// RFC 3339.
    pub at: Option<String>,
}
