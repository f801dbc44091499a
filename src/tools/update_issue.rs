//! `update_issue`: sets an issue's status.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    ctx::Ctx,
    error::{Result, ToolError},
    event::{IssueRef, IssueStatus},
    mcp::{Call, Hints, Tool, Toolset},
    report::{Render, Text},
};

/// The tool.
pub struct UpdateIssue;

/// Its arguments.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// `LOCAL-3`, number, short id or URL
    issue: IssueRef,
    status: Status,
}

/// New status.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Status {
    Resolved,
    Ignored,
    Unresolved,
}

/// What changed.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Report {
    /// `LOCAL-3`
    id: String,
    title: String,
    before: IssueStatus,
    after: IssueStatus,
}

impl Tool for UpdateIssue {
    type Input = Input;
    type Report = Report;
    const NAME: &'static str = "update_issue";
    const TITLE: &'static str = "Update an issue";
    const CONTRACT: &'static str = include_str!("../../tools/update_issue.md");
    const HINTS: Hints = Hints { read_only: false, destructive: false, idempotent: true, open_world: false };
    const TOOLSET: Toolset = Toolset::Sentry;

    async fn run(ctx: &Ctx, _call: &Call, input: Input) -> Result<Report> {
        let id = super::place::local_issue(&input.issue, "update_issue")?;
        let status = match input.status {
            Status::Resolved => IssueStatus::Resolved,
            Status::Ignored => IssueStatus::Ignored,
            Status::Unresolved => IssueStatus::Unresolved,
        };
        if ctx.sink.issue(&id).await?.is_none() {
            return Err(ToolError::no_issue(&id));
        }
        let (before, after) = ctx.sink.update(&id, status).await?;
        Ok(Report { id: after.id, title: Text::plain(&after.title, 300), before: before.status, after: after.status })
    }
}

impl Render for Report {
    fn render(&self, text: &mut Text) {
        let title = Text::quoted(&self.title, 160);
        if self.before == self.after {
            return text.line(format!("{} {title} was {} already; nothing changed.", self.id, self.after.word()));
        }
        text.line(format!("{} {title}: {} → {}.", self.id, self.before.word(), self.after.word()));
        if self.after == IssueStatus::Resolved {
            text.line("If it happens again, it is marked regressed.");
        }
        // Only recurrence makes an issue regressed; unresolved is what it is set back to.
        let back = if self.before == IssueStatus::Regressed { IssueStatus::Unresolved } else { self.before };
        text.line(format!("Undo: update_issue {{\"issue\": \"{}\", \"status\": \"{}\"}}.", self.id, back.word()));
    }
}
