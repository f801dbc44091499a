//! `update_issue`: status, assignee, priority, merge and comment of an issue, or of all that a query finds.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::shared::{
    changed::{Change, Report},
    changing::{self, Work},
    place::{self, IssuePlace, Place},
};
use crate::{
    ctx::Ctx,
    error::{Result, ToolError},
    event::{IssueRef, IssueState, IssueStatus, ResolvedIn, Source, Until},
    mcp::{Call, Hints, Tool, Toolset},
    report::Text,
    sentry::{Organization, api::IssueChange},
    sink::IssueQuery,
};

/// The tool.
pub struct UpdateIssue;

/// Characters of a comment that Sentry takes.
const COMMENT: usize = 4_096;

/// Its arguments.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// `LOCAL-3`, number, short id or URL
    issue: Option<IssueRef>,
    /// Instead of `issue`: all that match
    query: Option<String>,
    /// Most issues a query may change; default 20, at most 100
    limit: Option<u16>,
    status: Option<Status>,
    /// Resolved in: next, latest, a release, commit:OWNER/REPO@SHA
    r#in: Option<String>,
    /// forever, escalating, 7d, 100 events/24h, 50 users/7d
    archive: Option<String>,
    /// Username, email, user:ID, team:SLUG, team:ID, or none
    assign: Option<String>,
    priority: Option<Priority>,
    /// Issues to merge with it
    #[serde(default)]
    merge: Vec<IssueRef>,
    /// Text to add
    comment: Option<String>,
    /// Say what would change
    #[serde(default)]
    dry_run: bool,
    #[serde(default)]
    source: Source,
}

/// New status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Status {
    Resolved,
    #[serde(alias = "archived")]
    Ignored,
    Unresolved,
}

/// New priority.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Priority {
    High,
    Medium,
    Low,
}

impl Tool for UpdateIssue {
    type Input = Input;
    type Report = Report;
    const NAME: &'static str = "update_issue";
    const TITLE: &'static str = "Update an issue";
    const CONTRACT: &'static str = include_str!("../../tools/update_issue.md");
    const HINTS: Hints = Hints { read_only: false, destructive: true, idempotent: true, open_world: true };
    const TOOLSET: Toolset = Toolset::Sentry;

    async fn run(ctx: &Ctx, call: &Call, input: Input) -> Result<Report> {
        let change = input.change()?;
        let query = input.query.as_deref().map(str::trim).filter(|query| !query.is_empty());
        if input.issue.is_some() != query.is_some() {
            place::clear_where(ctx, &input.source, input.issue.as_ref())?;
        }
        match (&input.issue, input.query.as_deref()) {
            (Some(issue), None) => match place::place_of_issue(ctx, call, &input.source, issue).await? {
                IssuePlace::Local(id) => {
                    input.only_status()?;
                    local(ctx, &[id], &change, input.dry_run).await
                }
                IssuePlace::Sentry { organization, issue, .. } => {
                    changing::one(&input.work(&organization, call), change, &issue).await
                }
            },
            (None, Some(query)) if !query.trim().is_empty() => match place::place(ctx, call, &input.source).await? {
                Place::Local => {
                    input.only_status()?;
                    let query = IssueQuery { query: query.to_owned(), limit: input.limit(), ..IssueQuery::default() };
                    let page = ctx.sink.issues(query).await?;
                    let ids: Vec<String> = page.rows.into_iter().map(|issue| issue.id).collect();
                    let report = local(ctx, &ids, &change, input.dry_run).await?;
                    Ok(Report { matching: Some(page.total), ..report })
                }
                Place::Sentry(organization) => {
                    changing::many(&input.work(&organization, call), change, query.trim()).await
                }
            },
            _ => Err(ToolError::new(
                "update_issue takes either `issue` or a `query` that is not empty.",
                "Give the issue's id, or a query such as is:unresolved release:1.2 with a limit.",
            )),
        }
    }
}

impl Input {
    fn work<'a>(&'a self, organization: &'a Organization, call: &'a Call) -> Work<'a> {
        Work {
            organization,
            call,
            merge: &self.merge,
            comment: self.comment.as_deref(),
            limit: self.limit(),
            dry_run: self.dry_run,
        }
    }

    fn limit(&self) -> usize {
        usize::from(self.limit.unwrap_or(20).clamp(1, 100))
    }

    /// What is asked for, checked as far as it can be without asking anyone.
    fn change(&self) -> Result<IssueChange> {
        let wrong = |what: String| ToolError::new(what, "Correct the arguments; nothing was changed.");
        let place = self.r#in.as_deref().map(ResolvedIn::parse).transpose().map_err(wrong)?;
        let until = self.archive.as_deref().map(Until::parse).transpose().map_err(wrong)?;
        let state = match (self.status, place, until) {
            (None, None, None) => None,
            (None | Some(Status::Resolved), place, None) => Some(IssueState::Resolved(place)),
            (None | Some(Status::Ignored), None, until) => Some(IssueState::Ignored(until)),
            (Some(Status::Unresolved), None, None) => Some(IssueState::Unresolved),
            _ => {
                return Err(wrong(
                    "`in` goes with status resolved and `archive` with status ignored, not with another.".to_owned(),
                ));
            }
        };
        let priority = self.priority.map(|priority| match priority {
            Priority::High => "high",
            Priority::Medium => "medium",
            Priority::Low => "low",
        });
        let comment = self.comment.as_deref().map(str::trim);
        if comment.is_some_and(|comment| comment.is_empty() || comment.chars().count() > COMMENT) {
            return Err(wrong(format!("`comment` must have 1 to {COMMENT} characters.")));
        }
        if self.query.is_some() && (comment.is_some() || !self.merge.is_empty()) {
            return Err(wrong("`comment` and `merge` go with `issue`, not with `query`.".to_owned()));
        }
        let assign = self.assign.as_deref().map(str::trim).map(|who| match who {
            "" | "none" => String::new(),
            who => who.to_owned(),
        });
        if state.is_none() && priority.is_none() && assign.is_none() && comment.is_none() && self.merge.is_empty() {
            return Err(ToolError::new(
                "Nothing is asked to change.",
                "Give status, in, archive, assign, priority, merge or comment.",
            ));
        }
        Ok(IssueChange { state, assign, priority })
    }

    /// The embedded sink has a status and nothing else.
    fn only_status(&self) -> Result<()> {
        let asked = [
            ("in", self.r#in.is_some()),
            ("archive", self.archive.is_some()),
            ("assign", self.assign.is_some()),
            ("priority", self.priority.is_some()),
            ("merge", !self.merge.is_empty()),
            ("comment", self.comment.is_some()),
        ];
        let asked: Vec<&str> = asked.into_iter().filter(|(_, asked)| *asked).map(|(name, _)| name).collect();
        if asked.is_empty() {
            return Ok(());
        }
        Err(ToolError::new(
            format!("The embedded sink keeps the status of an issue only, no {}.", asked.join(", ")),
            "Give status alone; nothing was changed.",
        ))
    }
}

/// Sets the status of issues of the embedded sink.
async fn local(ctx: &Ctx, ids: &[String], change: &IssueChange, dry_run: bool) -> Result<Report> {
    let status = match change.state {
        Some(IssueState::Resolved(_)) => IssueStatus::Resolved,
        Some(IssueState::Ignored(_)) => IssueStatus::Ignored,
        _ => IssueStatus::Unresolved,
    };
    let mut report = Report { asked: Place::Local.said(), ..Report::default() };
    report.unchanged = dry_run.then_some("dry_run");
    for id in ids {
        let Some(before) = ctx.sink.issue(id).await? else { return Err(ToolError::no_issue(id)) };
        if !dry_run && before.status != status {
            ctx.sink.update(id, status).await?;
        }
        if before.status != status && !dry_run {
            // Only recurrence makes an issue regressed; unresolved is what it is set back to.
            let back = if before.status == IssueStatus::Regressed { IssueStatus::Unresolved } else { before.status };
            report.undo.push(json!({"issue": before.id, "status": back.word()}));
        }
        let (before_word, after) = (before.status.word().to_owned(), status.word().to_owned());
        report.issues.push(Change {
            id: before.id,
            title: Text::plain(&before.title, 300),
            before: before_word,
            after,
        });
    }
    let changes = report.issues.iter().any(|issue| issue.before != issue.after);
    if status == IssueStatus::Resolved && !dry_run && changes {
        report.notes.push("If it happens again, it is marked regressed.".to_owned());
    }
    Ok(report)
}
