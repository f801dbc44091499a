//! An issue as one line of a list, whichever Sentry it is in.

use schemars::JsonSchema;
use serde::Serialize;

use super::Issue;

/// An issue as one line of a list. What its server did not say is none.
#[derive(Debug, Clone, Default, PartialEq, Serialize, JsonSchema)]
pub struct IssueRow {
    /// `LOCAL-3` or `FRONTEND-4K`
    pub id: String,
    /// The number that Sentry's API takes.
    #[serde(skip)]
    pub number: String,
    /// Untrusted text
    pub title: String,
    /// Where; untrusted text
    pub culprit: String,
    /// `unresolved`, `resolved`, `ignored`, `regressed`, …
    pub status: String,
    /// `ongoing`, `escalating`, …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub substatus: Option<String>,
    /// Of the newest event
    pub level: String,
    /// `error`, `csp`, `performance_slow_db_query`, …
    pub kind: String,
    /// Events; none = not said
    pub count: Option<u64>,
    /// Users; none = not said
    pub users: Option<u64>,
    /// RFC 3339
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_seen: Option<String>,
    /// RFC 3339
    pub last_seen: Option<String>,
    /// Slug
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// Person or team
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assigned: Option<String>,
    /// `high`, `medium`, `low`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<String>,
    /// An event of it was not handled
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unhandled: Option<bool>,
}

impl From<Issue> for IssueRow {
    fn from(issue: Issue) -> Self {
        Self {
            id: issue.id,
            title: issue.title,
            culprit: issue.culprit,
            status: issue.status.word().to_owned(),
            level: issue.level,
            kind: issue.kind,
            count: Some(issue.count),
            users: Some(issue.users),
            first_seen: Some(issue.first_seen),
            last_seen: Some(issue.last_seen),
            ..Self::default()
        }
    }
}
