//! `get_issue`: an issue and one of its events, to understand the fault.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::place::{IssuePlace, Place};
use crate::{
    ctx::Ctx,
    error::{Result, ToolError},
    event::{Event, EventRef, Forwarded, Issue, IssueRef, IssueStatus, Source, StoredEvent},
    mcp::{Call, Hints, Tool, Toolset},
    report::{self, Attachment, EventFacts, Render, Text, count},
};

/// The tool.
pub struct GetIssue;

/// Its arguments.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// `LOCAL-3`, number, short id or URL
    issue: IssueRef,
    /// latest (default), oldest, or an event id
    event: Option<String>,
    #[serde(default)]
    source: Source,
}

/// The issue and the event shown.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Report {
    /// `LOCAL-3`
    id: String,
    title: String,
    culprit: String,
    status: IssueStatus,
    level: String,
    count: u64,
    users: u64,
    /// RFC 3339
    first_seen: String,
    /// RFC 3339
    last_seen: String,
    releases: Vec<String>,
    environments: Vec<String>,
    /// The event shown.
    event: EventFacts,
    /// What became of it where the sink passes envelopes on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    forwarded: Vec<Forwarded>,
    #[serde(skip)]
    issue: Box<Issue>,
    #[serde(skip)]
    shown: Box<Event>,
    #[serde(skip)]
    which: &'static str,
    /// Why the crash frame is not mapped.
    #[serde(skip)]
    unmapped: Option<String>,
}

impl Tool for GetIssue {
    type Input = Input;
    type Report = Report;
    const NAME: &'static str = "get_issue";
    const TITLE: &'static str = "Get an issue";
    const CONTRACT: &'static str = include_str!("../../tools/get_issue.md");
    const HINTS: Hints = Hints { read_only: true, destructive: false, idempotent: true, open_world: false };
    const TOOLSET: Toolset = Toolset::Sentry;

    async fn run(ctx: &Ctx, call: &Call, input: Input) -> Result<Report> {
        let id = match super::place::place_of_issue(ctx, call, &input.source, &input.issue).await? {
            IssuePlace::Local(id) => id,
            IssuePlace::Sentry { organization, .. } => {
                super::place::only_local(&Place::Sentry(organization), "get_issue")?;
                return Err(ToolError::no_issue(&input.issue.to_string()));
            }
        };
        let issue = ctx.sink.issue(&id).await?.ok_or_else(|| ToolError::no_issue(&id))?;
        let (which, stored) = find(ctx, &issue, input.event.as_deref().unwrap_or("latest")).await?;
        let (shown, unmapped) = super::mapped::mapped(ctx, stored.event).await;
        let forwarded = report::plain_fates(ctx.sink.forwarded(&shown.event_id).await?);
        Ok(Report {
            id: issue.id.clone(),
            title: Text::plain(&issue.title, 300),
            culprit: Text::plain(&shown.crash_place().unwrap_or_else(|| issue.culprit.clone()), 240),
            status: issue.status,
            level: Text::plain(&issue.level, 40),
            count: issue.count,
            users: issue.users,
            first_seen: issue.first_seen.clone(),
            last_seen: issue.last_seen.clone(),
            releases: issue.releases.iter().map(|release| Text::plain(release, 100)).collect(),
            environments: issue.environments.iter().map(|name| Text::plain(name, 60)).collect(),
            event: EventFacts::of(&shown),
            forwarded,
            issue: Box::new(issue),
            shown: Box::new(shown),
            which,
            unmapped,
        })
    }
}

async fn find(ctx: &Ctx, issue: &Issue, wanted: &str) -> Result<(&'static str, StoredEvent)> {
    let gone = || {
        ToolError::new(
            format!("{} has no event any more: the sink keeps a bounded number of events.", issue.id),
            "Make it happen again, or look at its title and counts with search_issues.",
        )
    };
    match wanted {
        "latest" | "recommended" => {
            let page = ctx.sink.events(&issue.id, 1, None).await?;
            Ok(("latest", page.rows.into_iter().next().ok_or_else(gone)?))
        }
        "oldest" => Ok(("oldest", ctx.sink.oldest_event(&issue.id).await?.ok_or_else(gone)?)),
        id => {
            let id = EventRef::parse(id)
                .map_err(|why| ToolError::new(format!("{why}."), "`event` is latest, oldest, or an event id."))?;
            let stored = ctx.sink.event(&id.0).await?.ok_or_else(|| ToolError::no_event(&id.0))?;
            match stored.issue.as_deref() {
                Some(own) if own == issue.id => Ok(("chosen", stored)),
                other => Err(ToolError::new(
                    format!("The event {} belongs to {}, not to {}.", id.0, other.unwrap_or("no issue"), issue.id),
                    "Ask for that issue, or read the event alone with get_event.",
                )),
            }
        }
    }
}

impl Render for Report {
    fn render(&self, text: &mut Text) {
        let issue = &self.issue;
        let kind = if issue.kind == issue.level { String::new() } else { format!(", {}", Text::word(&issue.kind, 40)) };
        text.heading(format!("{} {} ({}{kind})", issue.id, issue.status.word(), Text::word(&issue.level, 40)));
        text.line(Text::quoted(&issue.title, 300));
        if !self.culprit.is_empty() {
            text.line(format!("at {}", Text::quoted(&self.culprit, 240)));
        }
        let users = if issue.users > 0 { format!(", {}", count(issue.users, "user")) } else { String::new() };
        let events = count(issue.count, "event");
        let mut seen = format!("{events}{users}, first {}, last {}", issue.first_seen, issue.last_seen);
        for (name, values) in [("releases", &issue.releases), ("environments", &issue.environments)] {
            if !values.is_empty() {
                let all: Vec<String> = values.iter().take(5).map(|value| Text::quoted(value, 60)).collect();
                seen.push_str(&format!("; {name} {}", all.join(" ")));
            }
        }
        text.line(seen + ".");
        if issue.status == IssueStatus::Regressed {
            text.line("It had been resolved, and came back.");
        }
        let which = if issue.count > 1 { format!("{} of {}: ", self.which, issue.count) } else { String::new() };
        if let Some(why) = &self.unmapped {
            text.line(format!("Its crash frame is not mapped: {}.", Text::quoted(why, 200)));
        }
        report::forwarded(text, &self.forwarded);
        report::event(text, &which, &self.shown, &issue.why_grouped);
    }

    fn attachments(&self) -> Vec<Attachment> {
        vec![report::envelope_link(&self.shown.event_id)]
    }
}
