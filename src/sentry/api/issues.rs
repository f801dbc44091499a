//! Searches for issues, and the tag keys that a search may use.

use serde_json::Value;

use crate::{
    event::{IssueRow, Period},
    sentry::{Failure, Kind, Organization, Read, Request},
};

const ISSUES: &str = "/organizations/{organization_id_or_slug}/issues/";

/// A search for issues.
#[derive(Debug, Clone, Default)]
pub struct IssueSearch {
    /// In Sentry's syntax; empty = all, whatever their status.
    pub query: String,
    /// Project slug or id; none = all.
    pub project: Option<String>,
    /// Environment; none = all.
    pub environment: Option<String>,
    /// When events of it were seen; none = as far back as the server looks.
    pub period: Option<Period>,
    /// `date`, `new`, `freq`, `user`, `trends`, `inbox`, `recommended`.
    pub sort: &'static str,
    /// Page size, at most 100.
    pub limit: usize,
    /// Cursor of the page before.
    pub cursor: Option<String>,
}

/// A page of issues.
#[derive(Debug, Clone, Default)]
pub struct IssuesFound {
    /// The issues.
    pub rows: Vec<IssueRow>,
    /// How many there are in all pages, where the server says so.
    pub total: Option<u64>,
    /// Cursor of the next page.
    pub next: Option<String>,
}

impl Organization {
    /// A page of issues. A server too old to know projects by slug is asked again by id.
    pub async fn issues(&self, search: &IssueSearch) -> Result<IssuesFound, Failure> {
        let failure = match self.issues_of(search, search.project.as_deref()).await {
            Err(failure) if failure.kind == Kind::Refused => failure,
            done => return done,
        };
        let slug = search.project.as_deref().filter(|slug| !slug.bytes().all(|byte| byte.is_ascii_digit()));
        let Some(slug) = slug else { return Err(failure) };
        match self.project(slug).await {
            Ok(project) => self.issues_of(search, Some(&project.id)).await,
            Err(_) => Err(failure),
        }
    }

    async fn issues_of(&self, search: &IssueSearch, project: Option<&str>) -> Result<IssuesFound, Failure> {
        let lookup = is_short_id(&search.query).then_some(1);
        let request = Request::get(ISSUES, &[])
            .query("query", &search.query)
            .maybe("project", project)
            .maybe("environment", search.environment.as_deref())
            .period(search.period.as_ref())
            .query("sort", search.sort)
            .query("limit", search.limit)
            .maybe("shortIdLookup", lookup)
            .maybe("cursor", search.cursor.as_deref())
            // What a list does not show; without them the answer is quicker.
            .each("collapse", &["lifetime", "filtered"])
            .query("groupStatsPeriod", "");
        let page = self.page(request).await?;
        Ok(IssuesFound {
            rows: page.value.items().map(row).filter(|row| !row.id.is_empty()).collect(),
            total: page.hits,
            next: page.next,
        })
    }

    /// Keys of the tags that events of the organization have.
    pub async fn tag_keys(&self, project: Option<&str>) -> Result<Vec<String>, Failure> {
        let request = Request::get("/organizations/{organization_id_or_slug}/tags/", &[])
            .maybe("project", project)
            .query("statsPeriod", "90d");
        let answer = self.value(request).await?;
        Ok(answer.items().filter_map(|tag| tag.text("key")).collect())
    }
}

/// `FRONTEND-4K` alone: found whatever else the search says.
fn is_short_id(query: &str) -> bool {
    let query = query.trim();
    let good = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    query.contains('-')
        && query.chars().all(good)
        && query.chars().next().is_some_and(char::is_alphabetic)
        && !query.chars().any(|c| c.is_ascii_lowercase())
}

/// An issue of a list, or the short form of one.
pub(super) fn row(issue: &Value) -> IssueRow {
    let assignee = issue.at("assignedTo");
    let name = assignee.text("name").or_else(|| assignee.text("email"));
    let team = assignee.text("type").is_some_and(|kind| kind == "team");
    let number = issue.text("id").unwrap_or_default();
    IssueRow {
        id: issue.text("shortId").unwrap_or_else(|| number.clone()),
        number,
        title: issue.text("title").unwrap_or_default(),
        culprit: issue.text("culprit").unwrap_or_default(),
        status: issue.text("status").unwrap_or_else(|| "status unknown".to_owned()),
        substatus: issue.text("substatus"),
        level: issue.text("level").unwrap_or_default(),
        kind: issue.text("issueType").or_else(|| issue.text("type")).unwrap_or_default(),
        count: issue.count("count"),
        users: issue.count("userCount"),
        first_seen: issue.text("firstSeen"),
        last_seen: issue.text("lastSeen"),
        project: issue.at("project").text("slug"),
        assigned: name.map(|name| if team { format!("team {name}") } else { name }),
        priority: issue.text("priority"),
        unhandled: issue.truth("isUnhandled"),
    }
}
