//! Did traffic flow: outcomes, sessions, and the newest error.

use crate::{
    event::{Period, ingestion::Outcome},
    sentry::{Failure, Organization, Read, Request},
};

const STATS: &str = "/organizations/{organization_id_or_slug}/stats_v2/";
const SESSIONS: &str = "/organizations/{organization_id_or_slug}/sessions/";
const EVENTS: &str = "/organizations/{organization_id_or_slug}/events/";

/// Sessions by status, and the share that did not crash.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sessions {
    /// `healthy`, `errored`, `crashed`, `abnormal`, `unhandled`: how many.
    pub by_status: Vec<(String, u64)>,
}

/// The newest error.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LastError {
    /// RFC 3339.
    pub at: String,
    /// Short id of its issue.
    pub issue: Option<String>,
    /// Untrusted.
    pub title: String,
}

impl Organization {
    /// What was accepted and what was dropped; `project` is a number.
    pub async fn outcomes(&self, project: Option<&str>, period: &Period) -> Result<Vec<Outcome>, Failure> {
        let request = Request::get(STATS, &[])
            .period(Some(period))
            .query("interval", interval(period))
            .each("groupBy", &["outcome", "category", "reason"])
            .query("field", "sum(quantity)")
            .query("project", project.unwrap_or("-1"));
        let value = self.value(request).await?;
        let outcomes = value.at("groups").items().filter_map(|group| {
            let by = group.at("by");
            let quantity = group.at("totals").count("sum(quantity)").filter(|quantity| *quantity > 0)?;
            Some(Outcome {
                outcome: by.text("outcome")?,
                category: by.text("category").unwrap_or_else(|| "unknown".to_owned()),
                reason: by.text("reason").filter(|reason| reason != "none").unwrap_or_default(),
                quantity,
            })
        });
        Ok(outcomes.collect())
    }

    /// Sessions by status.
    pub async fn sessions(&self, project: Option<&str>, period: &Period) -> Result<Sessions, Failure> {
        let request = Request::get(SESSIONS, &[])
            .period(Some(period))
            .query("interval", interval(period))
            .query("field", "sum(session)")
            .query("groupBy", "session.status")
            .query("includeSeries", 0)
            .maybe("project", project);
        let value = self.value(request).await?;
        let by_status = value.at("groups").items().filter_map(|group| {
            Some((group.at("by").text("session.status")?, group.at("totals").count("sum(session)")?))
        });
        Ok(Sessions { by_status: by_status.filter(|(_, sessions)| *sessions > 0).collect() })
    }

    /// The newest error; none = there was none.
    pub async fn last_error(&self, project: Option<&str>, period: &Period) -> Result<Option<LastError>, Failure> {
        let request = Request::get(EVENTS, &[])
            .period(Some(period))
            .query("dataset", "errors")
            .each("field", &["timestamp", "issue", "title"])
            .query("sort", "-timestamp")
            .query("per_page", 1)
            .maybe("project", project);
        let value = self.value(request).await?;
        let newest = value.at("data").items().next().and_then(|row| {
            Some(LastError {
                at: row.text("timestamp")?,
                issue: row.text("issue"),
                title: row.text("title").unwrap_or_default(),
            })
        });
        Ok(newest)
    }
}

/// An hour is the shortest that the server has; a day for longer periods, since it gives 10,000 values at most.
fn interval(period: &Period) -> &'static str {
    let (start, end) = period.bounds(jiff::Timestamp::now().as_millisecond());
    if end.saturating_sub(start) > 3 * 86_400_000 { "1d" } else { "1h" }
}
