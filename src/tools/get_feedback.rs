//! `get_feedback`: what users wrote, with the replay and the event that belong to it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::shared::{
    paging::Begin,
    place::{self, Place},
};
use crate::{
    ctx::Ctx,
    error::{Result, ToolError},
    event::{Event, Source, UserFeedback},
    mcp::{Call, Hints, Tool, Toolset},
    redact,
    report::{Render, Text, count},
    sentry::{Kind, Organization, api::FeedbackPage},
};

/// Characters of all messages of a reply, and of one.
const BUDGET: (usize, usize) = (4_500, 1_500);
/// Items of the sink that one call looks through.
const LOOKED: usize = 500;
/// What begins the cursor of user reports.
const REPORTS: &str = "reports:";

/// The tool.
pub struct GetFeedback;

/// Its arguments.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Words or search terms (sink: words)
    query: Option<String>,
    /// Slug
    project: Option<String>,
    /// Default 5, at most 20
    limit: Option<u16>,
    /// `next` of the page before
    cursor: Option<String>,
    #[serde(default)]
    source: Source,
}

/// The feedback.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Report {
    feedback: Vec<Facts>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    #[serde(skip)]
    place: String,
    #[serde(skip)]
    shown: Vec<UserFeedback>,
    #[serde(skip)]
    notes: Vec<String>,
}

/// One feedback.
#[derive(Debug, Serialize, JsonSchema)]
struct Facts {
    #[serde(skip_serializing_if = "Option::is_none")]
    issue: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<String>,
    /// Error event that it is about
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    replay: Option<String>,
}

impl Tool for GetFeedback {
    type Input = Input;
    type Report = Report;
    const NAME: &'static str = "get_feedback";
    const TITLE: &'static str = "Get user feedback";
    const CONTRACT: &'static str = include_str!("../../tools/get_feedback.md");
    const HINTS: Hints = Hints { read_only: true, destructive: false, idempotent: true, open_world: true };
    const TOOLSET: Toolset = Toolset::Sentry;

    async fn run(ctx: &Ctx, call: &Call, input: Input) -> Result<Report> {
        let limit = usize::from(input.limit.unwrap_or(5).clamp(1, 20));
        match place::place(ctx, call, &input.source).await? {
            Place::Local => local(ctx, &input, limit).await,
            Place::Sentry(organization) => remote(&organization, &input, limit).await,
        }
    }
}

async fn remote(organization: &Organization, input: &Input, limit: usize) -> Result<Report> {
    let project = input.project.as_deref().or(organization.connection().project());
    let query = input.query.as_deref().unwrap_or_default();
    let cursor = input.cursor.as_deref();
    let mut notes = Vec::new();
    if let Some(cursor) = cursor.and_then(|cursor| cursor.strip_prefix(REPORTS)) {
        let Some(project) = project else { return Err(needs_project()) };
        let from = Begin::read(Some(cursor))?;
        let page = organization.user_reports(project, from.page()).await?;
        return Ok(report(organization.said(), reports(page, query, limit, &from), notes));
    }
    let page = match organization.feedback(query, project, limit, cursor).await {
        Ok(page) => page,
        // Older servers do not know the category; their reports are asked by project.
        Err(failure) if matches!(failure.kind, Kind::Refused | Kind::NotFound) => {
            let Some(project) = project else { return Err(failure.into()) };
            notes.push(format!("{} Shown are the user reports of the project instead.", failure.what()));
            reports(organization.user_reports(project, None).await?, query, limit, &Begin::read(None)?)
        }
        Err(failure) => return Err(failure.into()),
    };
    if let (true, Some(project), None) = (page.rows.is_empty(), project, cursor) {
        let old = organization.user_reports(project, None).await;
        if let Some(old) = old.ok().filter(|old| !old.rows.is_empty()) {
            notes.push("There is no feedback of the new kind; shown are user reports.".to_owned());
            return Ok(report(organization.said(), reports(old, query, limit, &Begin::read(None)?), notes));
        }
    }
    Ok(report(organization.said(), page, notes))
}

fn needs_project() -> ToolError {
    ToolError::new("User reports are asked by project.", "Give `project` (a slug), as for the page before.")
}

/// User reports that hold the words; the server cannot search them.
fn reports(mut page: FeedbackPage, query: &str, limit: usize, from: &Begin) -> FeedbackPage {
    let words = query.to_lowercase();
    page.rows.retain(|row| row.message.to_lowercase().contains(&words));
    let (rows, next) = from.cut(limit, page.rows, page.next);
    page.rows = rows;
    page.next = next.map(|next| format!("{REPORTS}{next}"));
    page
}

async fn local(ctx: &Ctx, input: &Input, limit: usize) -> Result<Report> {
    let before = input.cursor.as_deref().map(|cursor| {
        cursor.parse::<i64>().map_err(|_| {
            ToolError::new("The cursor is not of the sink's feedback.", "Take `next` of the page before, or none.")
        })
    });
    let items = ctx.sink.newest_items(&["feedback", "user_report"], LOOKED, before.transpose()?).await?;
    let words = input.query.as_deref().unwrap_or_default().trim().to_lowercase();
    let mut page = FeedbackPage::default();
    let (mut last, looked) = (None, items.len());
    for seen in items {
        if page.rows.len() == limit {
            page.next = last.map(|row: i64| row.to_string());
            break;
        }
        last = Some(seen.row);
        let Ok(value) = serde_json::from_slice::<Value>(&seen.payload) else { continue };
        let mut feedback = match seen.item.ty.as_str() {
            "feedback" => UserFeedback::of_event(&Event::from_value(&value)),
            _ => UserFeedback::of_report(&value),
        };
        if !feedback.message.to_lowercase().contains(&words) {
            continue;
        }
        feedback.at = jiff::Timestamp::from_millisecond(seen.item.received_ms).map(|at| format!("{at:.0}")).ok();
        feedback.issue = seen.issue;
        if seen.item.ty == "feedback" {
            feedback.event = seen.item.event_id;
        }
        page.rows.push(feedback);
    }
    if looked == LOOKED && page.next.is_none() {
        page.next = last.map(|row| row.to_string());
    }
    let unused = |project: &String| {
        format!("The sink keeps no feedback by project: that of all is shown, not only {}.", Text::quoted(project, 80))
    };
    Ok(report("in the embedded sink".to_owned(), page, input.project.iter().map(unused).collect()))
}

fn report(place: String, page: FeedbackPage, mut notes: Vec<String>) -> Report {
    notes.extend(page.problems.iter().map(|problem| format!("{}.", problem.trim_end_matches('.'))));
    let facts = |row: &UserFeedback| Facts {
        issue: row.issue.as_deref().map(|issue| Text::plain(issue, 60)),
        at: row.at.as_deref().map(|at| Text::plain(at, 40)),
        event: row.about.as_deref().map(|id| Text::plain(id, 40)),
        replay: row.replay.as_deref().map(|id| Text::plain(id, 40)),
    };
    Report { feedback: page.rows.iter().map(facts).collect(), next: page.next, place, shown: page.rows, notes }
}

impl Render for Report {
    fn render(&self, text: &mut Text) {
        if self.shown.is_empty() {
            text.line(format!("No feedback {}.", self.place));
        } else {
            text.line(format!("{} of users {}, newest first.", count(self.shown.len() as u64, "message"), self.place));
        }
        let budget = (BUDGET.0 / self.shown.len().max(1)).min(BUDGET.1);
        for row in &self.shown {
            let id = |name: &str, id: &Option<String>| id.as_deref().map(|id| format!("{name} {}", Text::word(id, 60)));
            let issue = row.issue.as_deref().map_or("Feedback".to_owned(), |issue| Text::word(issue, 60));
            let said = [
                row.at.as_deref().map(|at| Text::quoted(at, 40)),
                row.name.as_deref().map(|name| format!("from {}", Text::quoted(&redact::text(name), 80))),
                row.email.as_deref().map(|email| format!("answer to {}", Text::quoted(&redact::text(email), 100))),
                row.url.as_deref().map(|url| format!("on {}", Text::quoted(&redact::url(url), 200))),
                id("in project", &row.project),
                row.status.as_deref().map(|status| Text::word(status, 40)),
                id("about event", &row.about),
                id("replay", &row.replay),
                id("its own event", &row.event),
            ];
            let said: Vec<String> = said.into_iter().flatten().collect();
            text.line(format!("\n{issue}: {}", said.join(", ")));
            let message = redact::text(&row.message);
            let length = message.chars().count();
            let head: String = message.chars().take(budget).collect();
            text.untrusted("feedback", if head.trim().is_empty() { "(no words)" } else { &head });
            if length > budget {
                text.line(format!("({} of {length} characters left out.)", length - budget));
            }
        }
        for note in &self.notes {
            text.line(note);
        }
        if let Some(next) = &self.next {
            text.line(format!("More: cursor {}", Text::plain(next, 100)));
        }
    }
}
