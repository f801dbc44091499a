//! `wait_for_event`: until the sink has taken what is waited for.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    ctx::Ctx,
    error::{Result, ToolError},
    event::{Event, IssueRef, Since},
    mcp::{Call, Hints, Tool, Toolset},
    report::{self, Attachment, EventFacts, Render, Text, count},
    sink::WaitFor,
};

/// Seconds waited unless said otherwise, and at most.
const WAIT: (u16, u16) = (30, 300);

/// What a call needs besides its wait.
const MARGIN: Duration = Duration::from_secs(3);

/// The tool.
pub struct WaitForEvent;

/// Its arguments.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Part of title or message
    contains: Option<String>,
    /// `LOCAL-3`
    issue: Option<IssueRef>,
    /// Envelope item, default event; transaction, session, feedback, replay_event, …
    item: Option<String>,
    /// Default 30, at most 300
    timeout_s: Option<u16>,
    /// Also what came since: seconds ago, or RFC 3339
    since: Option<Since>,
}

/// What came, or that nothing did.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Report {
    /// Whether something that matches came in time.
    arrived: bool,
    /// `LOCAL-3`
    #[serde(skip_serializing_if = "Option::is_none")]
    issue: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<EventFacts>,
    #[serde(skip)]
    shown: Option<Box<Event>>,
    /// What to say when nothing came.
    #[serde(skip)]
    none: String,
}

impl Tool for WaitForEvent {
    type Input = Input;
    type Report = Report;
    const NAME: &'static str = "wait_for_event";
    const TITLE: &'static str = "Wait for an event";
    const CONTRACT: &'static str = include_str!("../../tools/wait_for_event.md");
    const HINTS: Hints = Hints { read_only: true, destructive: false, idempotent: true, open_world: false };
    const TOOLSET: Toolset = Toolset::Sentry;

    async fn run(ctx: &Ctx, call: &Call, input: Input) -> Result<Report> {
        let issue = input.issue.map(|issue| super::shared::place::local_issue(&issue, "wait_for_event")).transpose()?;
        if let Some(id) = &issue
            && ctx.sink.issue(id).await?.is_none()
        {
            return Err(ToolError::no_issue(id));
        }
        let asked = input.timeout_s.unwrap_or(WAIT.0);
        let seconds = clamped(asked, ctx.config.call_timeout);
        let before = ctx.sink.status().await?.events;
        let now_ms = jiff::Timestamp::now().as_millisecond();
        let what = WaitFor {
            contains: input.contains,
            event_id: None,
            issue,
            item: input.item,
            since_ms: input.since.map(|since| since.millis(now_ms)),
        };
        call.progress(format!("waiting up to {seconds} s for an event"));
        let timeout = Duration::from_secs(u64::from(seconds));
        match ctx.sink.wait(&what, timeout, call.cancel()).await? {
            Some(stored) => {
                let (shown, _) = super::shared::mapped::mapped(ctx, stored.event).await;
                Ok(Report {
                    arrived: true,
                    issue: stored.issue,
                    title: Some(Text::plain(&shown.title(), 300)),
                    event: Some(EventFacts::of(&shown)),
                    shown: Some(Box::new(shown)),
                    none: String::new(),
                })
            }
            None => Ok(Report {
                arrived: false,
                issue: None,
                title: None,
                event: None,
                shown: None,
                none: nothing(ctx, asked, seconds, before).await?,
            }),
        }
    }
}

/// The wait ends before the call does: what is said of a wait in vain must still be sent.
fn clamped(asked: u16, call: Duration) -> u16 {
    let most = call.saturating_sub(MARGIN).max(call / 2).as_secs();
    asked.min(WAIT.1).min(u16::try_from(most).unwrap_or(u16::MAX))
}

/// "Nothing matched" and "nothing was received" are not the same: says which it is.
async fn nothing(ctx: &Ctx, asked: u16, seconds: u16, before: u64) -> Result<String> {
    let sink = ctx.sink.status().await?;
    let clamp = if asked > seconds { format!(" ({asked} s is over the limit of a call)") } else { String::new() };
    let waited = format!("Nothing that matches came within {seconds} s{clamp}.");
    let came = sink.events.saturating_sub(before);
    Ok(match (came, sink.events) {
        (1.., _) => format!(
            "{waited} The sink took {} meanwhile: search_issues lists their issues.",
            count(came, "other event")
        ),
        (0, 1..) => format!(
            "{waited} The sink took nothing at all meanwhile ({} before). If it came before the call, give `since`.",
            count(sink.events, "event")
        ),
        (0, 0) => {
            let dsn = sink.dsn.map_or(sink.note, |dsn| format!("The app's SDK must use the DSN {dsn}."));
            format!("{waited} The sink has never received anything. {dsn}")
        }
    })
}

impl Render for Report {
    fn render(&self, text: &mut Text) {
        let Some(event) = &self.shown else { return text.line(&self.none) };
        match &self.issue {
            Some(issue) => {
                text.line(format!("{issue} {}", Text::quoted(self.title.as_deref().unwrap_or_default(), 300)));
                report::event_brief(text, event);
                text.line(format!("get_issue {issue} shows breadcrumbs, request and contexts."));
            }
            None => {
                let kind = Text::quoted(event.kind(), 40);
                text.line(format!("An item of type {kind} arrived, event id {}.", Text::quoted(&event.event_id, 40)));
                report::item_brief(text, event);
            }
        }
    }

    fn attachments(&self) -> Vec<Attachment> {
        let id = self.shown.as_ref().map(|event| event.event_id.as_str()).filter(|id| !id.is_empty());
        id.map(report::envelope_link).into_iter().collect()
    }
}
