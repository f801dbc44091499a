//! Issues: one of them, and what hangs on it.

use serde_json::Value;

use crate::{
    event::{Activity, Commit, Issue, IssueStatus, TagSpread, Tracked},
    sentry::{Failure, Kind, Organization, Read, Request},
};

const ISSUE: &str = "/organizations/{organization_id_or_slug}/issues/{issue_id}/";
const SHORT_ID: &str = "/organizations/{organization_id_or_slug}/shortids/{issue_id}/";
const TICKETS: &str = "/organizations/{organization_id_or_slug}/issues/{issue_id}/external-issues/";
const TAG: &str = "/organizations/{organization_id_or_slug}/issues/{issue_id}/tags/{key}/";
const COMMITS: &str = "/organizations/{organization_id_or_slug}/releases/{version}/commits/";
// Undocumented; Sentry's own pages and clients ask them.
const TAGS: &str = "/organizations/{organization_id_or_slug}/issues/{issue_id}/tags/";
const ACTIVITIES: &str = "/organizations/{organization_id_or_slug}/issues/{issue_id}/activities/";
const NOTES: &str = "/organizations/{organization_id_or_slug}/issues/{issue_id}/notes/";
const COMMITTERS: &str = "/projects/{organization_id_or_slug}/{project_id_or_slug}/events/{event_id}/committers/";

/// Entries of a list that are read.
const ENTRIES: usize = 100;
/// Commits that are read.
const MAX_COMMITS: usize = 10;
/// Tags that are asked for one by one where the server has no list of them.
const ONE_BY_ONE: [&str; 3] = ["browser", "release", "environment"];

impl Organization {
    /// An issue by its number or short id, with what only a tracker knows of it.
    pub async fn issue(&self, issue: &str) -> Result<(Issue, Tracked), Failure> {
        Ok(read_issue(&self.value(Request::get(ISSUE, &[issue])).await?))
    }

    /// The number of an issue with this short id; none = the organization has no such issue.
    pub async fn number_of(&self, short_id: &str) -> Result<Option<String>, Failure> {
        let answer = self.optional(Request::get(SHORT_ID, &[short_id])).await?.unwrap_or_default();
        Ok(answer.text("groupId").or_else(|| answer.at("group").text("id")))
    }

    /// Linked tickets of an issue: name and address.
    pub async fn tickets(&self, issue: &str) -> Result<Vec<(String, String)>, Failure> {
        let answer = self.value(Request::get(TICKETS, &[issue])).await?;
        let one = |ticket: &Value| Some((ticket.text("displayName")?, ticket.text("webUrl").unwrap_or_default()));
        Ok(answer.items().take(ENTRIES).filter_map(one).collect())
    }

    /// How the tags of an issue are spread. A server without the list of them is asked for the most useful ones.
    pub async fn tags(&self, issue: &str) -> Result<Vec<TagSpread>, Failure> {
        match self.value(Request::get(TAGS, &[issue])).await {
            Ok(answer) => Ok(answer.items().take(ENTRIES).filter_map(read_tag).collect()),
            Err(failure) if failure.kind == Kind::NotFound => {
                let one = async |key: &str| self.value(Request::get(TAG, &[issue, key])).await;
                let [a, b, c] = ONE_BY_ONE;
                let found = tokio::join!(one(a), one(b), one(c));
                let found: Vec<Value> = [found.0, found.1, found.2].into_iter().flatten().collect();
                if found.is_empty() { Err(failure) } else { Ok(found.iter().filter_map(read_tag).collect()) }
            }
            Err(failure) => Err(failure),
        }
    }

    /// What was done with an issue, newest first: for a server whose issue does not say it, and for long lists.
    pub async fn activity(&self, issue: &str) -> Result<Vec<Activity>, Failure> {
        match self.value(Request::get(ACTIVITIES, &[issue])).await {
            Ok(answer) => Ok(read_activity(&answer)),
            Err(failure) if failure.kind == Kind::NotFound => {
                Ok(read_activity(&self.value(Request::get(NOTES, &[issue])).await?))
            }
            Err(failure) => Err(failure),
        }
    }

    /// The commits that may have brought an event's fault; else those of its release. Both are asked for at once.
    pub async fn suspects(&self, project: &str, event: &str, release: Option<&str>) -> Result<Suspects, Failure> {
        let of_release = async {
            match release {
                Some(release) => Some(self.optional(Request::get(COMMITS, &[release])).await),
                None => None,
            }
        };
        let (asked, of_release) = tokio::join!(self.value(Request::get(COMMITTERS, &[project, event])), of_release);
        let suspects = asked.as_ref().map(suspects).unwrap_or_default();
        match (asked, of_release) {
            (Ok(_), _) if !suspects.is_empty() => Ok(Suspects { suspected: true, commits: suspects }),
            (Err(failure), _) if failure.kind != Kind::NotFound => Err(failure),
            (Err(failure), None) => Err(failure),
            (_, Some(of_release)) => {
                let answer = of_release?.unwrap_or_default();
                let commits = answer.items().take(MAX_COMMITS).filter_map(|it| read_commit(it, None)).collect();
                Ok(Suspects { suspected: false, commits })
            }
            (Ok(_), None) => Ok(Suspects::default()),
        }
    }
}

/// Commits.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Suspects {
    /// They are suspected by Sentry; else they are only those of the release.
    pub suspected: bool,
    /// Newest first.
    pub commits: Vec<Commit>,
}

/// Reads an issue of the API, whole or as a row of a list. Never fails; [`Tracked::missing`] names what is not there.
pub fn read_issue(value: &Value) -> (Issue, Tracked) {
    let mut missing = Vec::new();
    let mut text = |key: &str, name: &'static str| {
        value.text(key).unwrap_or_else(|| {
            missing.push(name);
            String::new()
        })
    };
    let (first_seen, last_seen) = (text("firstSeen", "first seen"), text("lastSeen", "last seen"));
    let (level, title) = (text("level", "level"), text("title", "title"));
    let mut number = |key: &str, name: &'static str| {
        value.count(key).unwrap_or_else(|| {
            missing.push(name);
            0
        })
    };
    let (count, users) = (number("count", "number of events"), number("userCount", "number of users"));
    let project = value.at("project");
    let version = |key: &str| value.at(key).text("version").or_else(|| value.text(key));
    let (first_release, last_release) = (version("firstRelease"), version("lastRelease"));
    let mut releases: Vec<String> = last_release.iter().chain(first_release.iter()).cloned().collect();
    releases.dedup();
    let issue = Issue {
        id: value.text("shortId").or_else(|| value.text("id")).unwrap_or_default(),
        title,
        culprit: value.text("culprit").unwrap_or_default(),
        level,
        kind: value.text("issueCategory").or_else(|| value.text("type")).unwrap_or_default(),
        platform: value.text("platform").or_else(|| project.text("platform")).unwrap_or_default(),
        status: status(value),
        count,
        users,
        first_seen,
        last_seen,
        releases,
        environments: Vec::new(),
        project: project.text("slug").or_else(|| project.text("id")).unwrap_or_default(),
        why_grouped: Vec::new(),
    };
    let tracked = Tracked {
        number: value.text("id").unwrap_or_default(),
        url: value.text("permalink"),
        project: project.text("slug"),
        project_name: project.text("name"),
        substatus: value.text("substatus"),
        status_details: details(value),
        priority: value.text("priority"),
        assigned: named(value.at("assignedTo")),
        issue_type: value.text("issueType"),
        category: value.text("issueCategory"),
        unhandled: value.truth("isUnhandled"),
        first_release,
        last_release,
        comments: value.count("numComments"),
        user_reports: value.count("userReportCount"),
        seen_by: value.at("seenBy").items().take(ENTRIES).filter_map(named).collect(),
        tickets: value.at("annotations").items().take(ENTRIES).filter_map(annotation).collect(),
        tags: value.at("tags").items().take(ENTRIES).filter_map(read_tag).collect(),
        activity: read_activity(value),
        missing,
    };
    (issue, tracked)
}

/// The status; a regressed issue is unresolved for Sentry.
fn status(value: &Value) -> IssueStatus {
    match (value.text("status").as_deref(), value.text("substatus").as_deref()) {
        (Some("resolved" | "resolvedInNextRelease"), _) => IssueStatus::Resolved,
        (Some("ignored" | "muted" | "archived"), _) => IssueStatus::Ignored,
        (_, Some("regressed")) => IssueStatus::Regressed,
        _ => IssueStatus::Unresolved,
    }
}

/// `statusDetails` in words.
fn details(value: &Value) -> Vec<String> {
    let said = value.at("statusDetails");
    let mut all = Vec::new();
    let mut add = |words: Option<String>| all.extend(words);
    add(said.text("inRelease").map(|release| format!("in release {release}")));
    add(said.truth("inNextRelease").filter(|yes| *yes).map(|_| "in the next release".to_owned()));
    let commit = said.at("inCommit");
    add(commit.text("id").or_else(|| commit.text("commit")).map(|id| format!("in commit {id}")));
    add(said.text("ignoreUntil").map(|time| format!("until {time}")));
    add(said.count("ignoreCount").map(|count| format!("until {count} more events")));
    add(said.count("ignoreUserCount").map(|count| format!("until {count} more users")));
    add(said.count("ignoreWindow").or_else(|| said.count("ignoreUserWindow")).map(|m| format!("within {m} minutes")));
    add(named(said.at("actor")).map(|name| format!("by {name}")));
    all
}

/// `team checkout`, or a person's name or e-mail address.
fn named(value: &Value) -> Option<String> {
    let name = value.text("name").or_else(|| value.text("email")).or_else(|| value.text("username"))?;
    Some(if value.text("type").as_deref() == Some("team") { format!("team {name}") } else { name })
}

/// `{displayName, url}`, or HTML as older servers write it.
fn annotation(value: &Value) -> Option<(String, String)> {
    match value {
        Value::String(html) => Some((html.clone(), String::new())),
        other => Some((other.text("displayName")?, other.text("url").unwrap_or_default())),
    }
}

fn read_tag(value: &Value) -> Option<TagSpread> {
    let top = value.at("topValues").items().take(ENTRIES);
    Some(TagSpread {
        key: value.text("key")?,
        total: value.count("totalValues"),
        values: value.count("uniqueValues"),
        top: top.filter_map(|it| Some((it.text("value").or_else(|| it.text("name"))?, it.count("count")?))).collect(),
    })
}

/// Activities of `{activity: […]}` or of a list.
fn read_activity(value: &Value) -> Vec<Activity> {
    let list = if value.is_array() { value } else { value.at("activity") };
    let one = |entry: &Value| {
        let data = entry.at("data");
        let said = ["text", "version", "assigneeEmail", "assignee", "commit", "reason"];
        let commit = data.at("commit").text("id");
        Some(Activity {
            kind: entry.text("type")?,
            at: entry.text("dateCreated").unwrap_or_default(),
            by: named(entry.at("user")),
            says: said.iter().find_map(|key| data.text(key)).or(commit),
        })
    };
    list.items().take(ENTRIES).filter_map(one).collect()
}

fn read_commit(value: &Value, author: Option<String>) -> Option<Commit> {
    Some(Commit {
        id: value.text("id")?,
        message: value.text("message").unwrap_or_default(),
        by: author.or_else(|| named(value.at("author"))),
        at: value.text("dateCreated"),
    })
}

fn suspects(answer: &Value) -> Vec<Commit> {
    let committers = answer.at("committers").items();
    let commits = committers.flat_map(|committer| {
        let author = named(committer.at("author"));
        committer.at("commits").items().filter_map(move |commit| read_commit(commit, author.clone()))
    });
    commits.take(MAX_COMMITS).collect()
}
