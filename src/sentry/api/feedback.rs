//! User feedback: issues of the category feedback with their latest event, and the user reports of older servers.

use serde_json::Value;

use super::event::read_event;
use crate::{
    event::UserFeedback,
    sentry::{Failure, Organization, Read, Request},
};

const ISSUES: &str = "/organizations/{organization_id_or_slug}/issues/";
const EVENT: &str = "/organizations/{organization_id_or_slug}/issues/{issue_id}/events/{event_id}/";
const REPORTS: &str = "/projects/{organization_id_or_slug}/{project_id_or_slug}/user-feedback/";

/// A page of feedback.
#[derive(Debug, Default)]
pub struct FeedbackPage {
    /// Newest first.
    pub rows: Vec<UserFeedback>,
    /// Cursor of the next page.
    pub next: Option<String>,
    /// What could not be asked for.
    pub problems: Vec<String>,
}

impl Organization {
    /// Feedback of the last 90 days: each is an issue; its latest event says page, replay and the event it is about.
    pub async fn feedback(
        &self,
        query: &str,
        project: Option<&str>,
        limit: usize,
        cursor: Option<&str>,
    ) -> Result<FeedbackPage, Failure> {
        let request = Request::get(ISSUES, &[])
            .query("query", format!("issue.category:feedback {query}").trim_end())
            .maybe("project", project)
            .query("statsPeriod", "90d")
            .query("sort", "date")
            .query("limit", limit)
            .maybe("cursor", cursor);
        let page = self.page(request).await?;
        let issues: Vec<&Value> = page.value.items().take(limit).collect();
        let ids: Vec<String> = issues.iter().map(|issue| issue.text("id").unwrap_or_default()).collect();
        let events = ids.iter().map(|id| self.value(Request::get(EVENT, &[id.as_str(), "latest"])));
        let events = futures_util::future::join_all(events).await;
        let mut found = FeedbackPage { next: page.next.clone(), ..FeedbackPage::default() };
        for (issue, event) in issues.into_iter().zip(events) {
            let mut feedback = of_issue(issue);
            match event {
                Ok(value) => {
                    let event = read_event(&value);
                    let own = UserFeedback::of_event(&event);
                    feedback.event = Some(event.event_id.clone()).filter(|id| !id.is_empty());
                    feedback = feedback.or(own);
                }
                Err(failure) => {
                    found.problems.push(format!("The event of one could not be asked for: {}", failure.what()));
                }
            }
            found.rows.push(feedback);
        }
        found.problems.dedup();
        Ok(found)
    }

    /// User reports of a project, as older servers keep them.
    pub async fn user_reports(&self, project: &str, cursor: Option<&str>) -> Result<FeedbackPage, Failure> {
        let page = self.page(Request::get(REPORTS, &[project]).maybe("cursor", cursor)).await?;
        let one = |value: &Value| UserFeedback {
            issue: value.at("issue").text("shortId").or_else(|| value.at("issue").text("id")),
            message: value.text("comments").unwrap_or_default(),
            name: value.text("name"),
            email: value.text("email"),
            at: value.text("dateCreated"),
            about: value.text("eventID").or_else(|| value.at("event").text("eventID")),
            project: Some(project.to_owned()),
            ..UserFeedback::default()
        };
        Ok(FeedbackPage { rows: page.value.items().map(one).collect(), next: page.next, problems: Vec::new() })
    }
}

fn of_issue(issue: &Value) -> UserFeedback {
    let said = issue.at("metadata");
    UserFeedback {
        issue: issue.text("shortId").or_else(|| issue.text("id")),
        project: issue.at("project").text("slug"),
        message: said.text("message").or_else(|| said.text("value")).unwrap_or_default(),
        name: said.text("name"),
        email: said.text("contact_email"),
        at: issue.text("lastSeen").or_else(|| issue.text("firstSeen")),
        status: issue.text("status"),
        ..UserFeedback::default()
    }
}
