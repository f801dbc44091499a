//! `compare_events`: what differs between two events, of the sink, of Sentry, or one of each.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::shared::{
    found::{self, Found},
    place::IssuePlace,
};
use crate::{
    ctx::Ctx,
    error::{Result, ToolError},
    event::{Aspect, Event, EventRef, IssueRef, Source, compare},
    mcp::{Call, Hints, Tool, Toolset},
    report::{self, EventFacts, Render, Text, View},
    sentry::Organization,
};

/// Pages of the sink's events that are looked through for a release.
const PAGES: usize = 20;

/// The tool.
pub struct CompareEvents;

/// Its arguments.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Issue of latest, oldest and release:NAME
    issue: Option<IssueRef>,
    /// Event id, issue, latest, oldest (default), release:NAME
    a: Option<String>,
    /// The same; default latest
    b: Option<String>,
    #[serde(default)]
    source: Source,
}

/// What differs.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Report {
    a: Side,
    b: Side,
    /// Whether nothing differs.
    equal: bool,
    /// Differences by aspect.
    differences: Vec<Count>,
    #[serde(skip)]
    aspects: Vec<Aspect>,
    #[serde(skip)]
    same_event: bool,
}

/// One of the two.
#[derive(Debug, Serialize, JsonSchema)]
struct Side {
    /// `LOCAL-3`, `FRONTEND-4K`
    issue: Option<String>,
    event: EventFacts,
    /// Where it is.
    place: String,
}

/// How much of an aspect differs.
#[derive(Debug, Serialize, JsonSchema)]
struct Count {
    aspect: &'static str,
    equal: usize,
    changed: usize,
    only_a: usize,
    only_b: usize,
}

/// An event and where it is from.
struct Meant {
    issue: Option<String>,
    event: Event,
    place: String,
}

impl Tool for CompareEvents {
    type Input = Input;
    type Report = Report;
    const NAME: &'static str = "compare_events";
    const TITLE: &'static str = "Compare two events";
    const CONTRACT: &'static str = include_str!("../../tools/compare_events.md");
    const HINTS: Hints = Hints { read_only: true, destructive: false, idempotent: true, open_world: true };
    const TOOLSET: Toolset = Toolset::Sentry;

    async fn run(ctx: &Ctx, call: &Call, input: Input) -> Result<Report> {
        let (a, b) = (input.a.as_deref().unwrap_or("oldest"), input.b.as_deref().unwrap_or("latest"));
        let (a, b) = tokio::join!(find(ctx, call, &input, a), find(ctx, call, &input, b));
        let (a, b) = (a?, b?);
        let same_event = a.event.event_id == b.event.event_id && a.place == b.place;
        let aspects = compare(&a.event, &b.event);
        let differences = aspects.iter().filter(|aspect| !aspect.is_empty()).map(|aspect| Count {
            aspect: aspect.name,
            equal: aspect.same,
            changed: aspect.changed.len(),
            only_a: aspect.only_first.len(),
            only_b: aspect.only_second.len(),
        });
        Ok(Report {
            equal: aspects.iter().all(Aspect::is_equal),
            differences: differences.collect(),
            a: side(&a),
            b: side(&b),
            aspects,
            same_event,
        })
    }
}

fn side(meant: &Meant) -> Side {
    Side {
        issue: meant.issue.as_deref().map(|issue| Text::plain(issue, 100)),
        event: EventFacts::of(&meant.event),
        place: meant.place.clone(),
    }
}

/// The event that a side means.
async fn find(ctx: &Ctx, call: &Call, input: &Input, side: &str) -> Result<Meant> {
    let side = side.trim();
    let release = side.strip_prefix("release:").map(|name| name.trim_matches('"'));
    if release.is_some() || matches!(side, "latest" | "oldest" | "recommended") {
        let issue = input.issue.as_ref().ok_or_else(|| {
            ToolError::new(
                format!("{side} of which issue?"),
                "Give `issue`, or an event id or an issue as `a` and `b`.",
            )
        })?;
        return of_issue(ctx, call, &input.source, issue, side, release).await;
    }
    if let Ok(event) = EventRef::parse(side) {
        return by_id(ctx, call, &input.source, &event).await;
    }
    let issue = IssueRef::parse(side).map_err(|_| {
        ToolError::new(
            format!("{} is no event.", Text::quoted(side, 80)),
            "`a` and `b` are event ids, issues (their latest event), latest, oldest, or release:NAME.",
        )
    })?;
    of_issue(ctx, call, &input.source, &issue, "latest", None).await
}

async fn by_id(ctx: &Ctx, call: &Call, source: &Source, event: &EventRef) -> Result<Meant> {
    let (issue, event, place) = match found::by_id(ctx, call, source, event).await? {
        Found::Local(stored) => (stored.issue, stored.event, "in the embedded sink".to_owned()),
        Found::Sentry { organization, event, issue, .. } => (issue, *event, organization.said()),
    };
    let (event, _) = super::shared::mapped::mapped(ctx, event).await;
    Ok(Meant { issue, event, place })
}

async fn of_issue(
    ctx: &Ctx,
    call: &Call,
    source: &Source,
    issue: &IssueRef,
    which: &str,
    release: Option<&str>,
) -> Result<Meant> {
    match super::shared::place::place_of_issue(ctx, call, source, issue).await? {
        IssuePlace::Local(id) => {
            let known = ctx.sink.issue(&id).await?.ok_or_else(|| ToolError::no_issue(&id))?;
            let event = match release {
                Some(release) => local_release(ctx, &id, release).await?,
                None => found::local(ctx, &known, which, &View::default()).await?.1.event,
            };
            let (event, _) = super::shared::mapped::mapped(ctx, event).await;
            Ok(Meant { issue: Some(id), event, place: "in the embedded sink".to_owned() })
        }
        IssuePlace::Sentry { organization, issue, event } => {
            let wanted = match (release, event) {
                (Some(release), _) => remote_release(&organization, &issue, release).await?,
                (None, Some(event)) if which == "latest" => event,
                (None, _) => which.to_owned(),
            };
            let event = organization.issue_event(&issue, &wanted).await?;
            let (event, _) = super::shared::mapped::mapped(ctx, event).await;
            Ok(Meant { issue: Some(issue), event, place: organization.said() })
        }
    }
}

/// The newest event of a release, in the sink.
async fn local_release(ctx: &Ctx, issue: &str, release: &str) -> Result<Event> {
    let mut cursor: Option<String> = None;
    for _ in 0..PAGES {
        let page = ctx.sink.events(issue, 100, cursor.as_deref()).await?;
        let mut rows = page.rows.into_iter();
        if let Some(stored) = rows.find(|stored| stored.event.release.as_deref() == Some(release)) {
            return Ok(stored.event);
        }
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    Err(no_release(issue, release, "in the embedded sink"))
}

/// The id of the newest event of a release, on a Sentry server.
async fn remote_release(organization: &Organization, issue: &str, release: &str) -> Result<String> {
    let query = format!("release:\"{}\"", release.replace('"', ""));
    let newest = organization.newest_event(issue, &query).await?;
    newest.ok_or_else(|| no_release(issue, release, &format!("{} in the last 90 days", organization.said())))
}

fn no_release(issue: &str, release: &str, place: &str) -> ToolError {
    ToolError::new(
        format!("{} has no event of release {} {place}.", Text::word(issue, 60), Text::quoted(release, 100)),
        "get_issue names the releases that it was seen in.",
    )
}

impl Render for Report {
    fn render(&self, text: &mut Text) {
        text.heading("Two events compared");
        for (name, side) in [("A", &self.a), ("B", &self.b)] {
            let issue =
                side.issue.as_deref().map(|issue| format!(" of {}", Text::word(issue, 100))).unwrap_or_default();
            let release = side.event.release.as_deref();
            let release = release.map(|release| format!(", release {}", Text::quoted(release, 60))).unwrap_or_default();
            let at = if side.event.time.is_empty() { String::new() } else { format!(" at {}", side.event.time) };
            let id = Text::word(&side.event.event_id, 40);
            text.line(format!("{name}: event {id}{issue} {}{at}{release}.", side.place));
        }
        if self.same_event {
            text.line("Both are the same event: the issue may have no other one.");
        }
        text.line(report::equal(&self.aspects));
        let (said, left_out) = report::differences(&self.aspects);
        if said.is_empty() {
            return text.line("Nothing differs but ids and times.");
        }
        text.line("Below: ~ A's value → B's value; A, B: only that one has it.");
        text.untrusted("events", &said);
        if left_out > 0 {
            text.line("get_event with `only` shows a section of one of them whole.");
        }
    }
}
