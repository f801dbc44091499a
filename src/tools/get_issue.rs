//! `get_issue`: an issue and one of its events, to understand the fault.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::shared::{found, place::IssuePlace};
use crate::{
    ctx::Ctx,
    error::{Result, ToolError},
    event::{Event, Forwarded, Issue, IssueRef, IssueStatus, Source, Tracked},
    mcp::{Call, Hints, Tool, Toolset},
    report::{self, Around, Attachment, Beside, EventFacts, Render, Section, Text, View, count},
    sentry::{Failure, Kind, Organization},
};

/// The tool.
pub struct GetIssue;

/// Its arguments.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// `LOCAL-3`, number, short id, event id or URL
    issue: IssueRef,
    /// latest (default), oldest, recommended, or an event id
    event: Option<String>,
    /// These sections only, in more detail
    only: Option<Vec<Section>>,
    /// From a reply: reads on where a section was cut
    cursor: Option<String>,
    #[serde(default)]
    source: Source,
}

/// The issue and the event shown.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Report {
    /// `LOCAL-3`, `FRONTEND-4K`
    id: String,
    title: String,
    culprit: String,
    status: IssueStatus,
    level: String,
    /// None = not said
    count: Option<u64>,
    users: Option<u64>,
    /// RFC 3339
    first_seen: String,
    /// RFC 3339
    last_seen: String,
    releases: Vec<String>,
    environments: Vec<String>,
    /// Its page, where it is in Sentry
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    /// The event shown; none = no event is left.
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<EventFacts>,
    /// What became of the event where the sink passes envelopes on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    forwarded: Vec<Forwarded>,
    /// Optional parts that failed, and what the server does not say.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    missing: Vec<String>,
    #[serde(skip)]
    issue: Box<Issue>,
    #[serde(skip)]
    shown: Option<Box<Event>>,
    #[serde(skip)]
    which: &'static str,
    /// Why the crash frame is not mapped.
    #[serde(skip)]
    unmapped: Option<String>,
    /// Where it was asked.
    #[serde(skip)]
    place: String,
    #[serde(skip)]
    tracked: Option<Box<Tracked>>,
    #[serde(skip)]
    beside: Beside,
    #[serde(skip)]
    view: View,
}

impl Tool for GetIssue {
    type Input = Input;
    type Report = Report;
    const NAME: &'static str = "get_issue";
    const TITLE: &'static str = "Get an issue";
    const CONTRACT: &'static str = include_str!("../../tools/get_issue.md");
    const HINTS: Hints = Hints { read_only: true, destructive: false, idempotent: true, open_world: true };
    const TOOLSET: Toolset = Toolset::Sentry;

    async fn run(ctx: &Ctx, call: &Call, input: Input) -> Result<Report> {
        let view = View::of(input.only, input.cursor.as_deref())
            .map_err(|why| ToolError::new(format!("{why}."), "Take it from the end of a reply, or leave it out."))?;
        let mut wanted = input.event.as_deref().map(|event| found::wanted(Some(event))).transpose()?;
        if let (IssueRef::Event(id), None) = (&input.issue, &wanted) {
            wanted = Some(id.clone());
        }
        match super::shared::place::place_of_issue(ctx, call, &input.source, &input.issue).await? {
            IssuePlace::Local(id) => local(ctx, &id, wanted.as_deref().unwrap_or("latest"), view).await,
            IssuePlace::Sentry { organization, issue, event } => {
                let wanted = match wanted {
                    Some(wanted) => wanted,
                    None => found::wanted(event.as_deref())?,
                };
                remote(ctx, &organization, &issue, &wanted, view).await
            }
        }
    }
}

async fn local(ctx: &Ctx, id: &str, wanted: &str, view: View) -> Result<Report> {
    let issue = ctx.sink.issue(id).await?.ok_or_else(|| ToolError::no_issue(id))?;
    let (which, stored) = found::local(ctx, &issue, wanted, &view).await?;
    let forwarded = report::plain_fates(ctx.sink.forwarded(&stored.event.event_id).await?);
    let (shown, unmapped) = super::shared::mapped::mapped(ctx, stored.event).await;
    let report = Report::of(issue, Some(shown), "in the embedded sink".to_owned(), view);
    Ok(Report { which, unmapped, forwarded, ..report })
}

/// The issue and the event at once, then at once all that hangs on them.
async fn remote(ctx: &Ctx, organization: &Organization, id: &str, wanted: &str, view: View) -> Result<Report> {
    let found::Together { issue: (mut issue, mut tracked), event, id, latest } =
        found::together(organization, id, wanted).await.map_err(|failure| no_such(failure, id))?;
    let mut failed = Vec::new();
    let event = match event {
        Ok(event) => Some(found::meant(organization, &id, event, &view).await?),
        Err(failure) if failure.kind == Kind::NotFound => None,
        Err(failure) => {
            failed.push(("the event", failure));
            None
        }
    };
    let gone = event.is_none() && failed.is_empty();
    let (parts, shown) = tokio::join!(parts(organization, &tracked, event.as_ref(), &view), mapped(ctx, event.clone()));
    let beside = take(parts, &mut tracked, &mut failed);
    issue.environments = environments(&tracked, event.as_ref());
    let mut missing: Vec<String> = Vec::new();
    if gone {
        missing.push(match wanted {
            "latest" | "oldest" | "recommended" => "The server shows no event of it (404).".to_owned(),
            id => format!("It has no event {}: it is not of this issue, or is deleted.", Text::word(id, 40)),
        });
    }
    if latest {
        missing.push("The server has no recommended event of it (404).".to_owned());
    }
    missing.extend(found::failed(failed));
    if !tracked.missing.is_empty() {
        missing.push(format!("The server does not say: {}.", tracked.missing.join(", ")));
    }
    let (shown, unmapped) = shown.map_or((None, None), |(event, unmapped)| (Some(event), unmapped));
    let number: String = tracked.number.chars().filter(char::is_ascii_alphanumeric).take(40).collect();
    let url = organization.web_url(&format!("issues/{number}/"));
    let which = if ["latest", "oldest", "recommended"].contains(&wanted) {
        named(if latest { "latest" } else { wanted })
    } else {
        "chosen"
    };
    let report = Report::of(issue, shown, organization.said(), view);
    let said = |name: &str, number: Option<u64>| number.filter(|_| !tracked.missing.contains(&name));
    let (count, users) = (said("number of events", report.count), said("number of users", report.users));
    let tracked = Some(Box::new(tracked));
    Ok(Report { which, unmapped, missing, url: Some(url), count, users, tracked, beside, ..report })
}

fn named(wanted: &str) -> &'static str {
    match wanted {
        "oldest" => "oldest",
        "recommended" => "recommended",
        _ => "latest",
    }
}

fn no_such(failure: Failure, id: &str) -> ToolError {
    let id = Text::word(id, 60);
    match failure.kind {
        Kind::NotFound => {
            failure.hint(format!("There is no issue {id}, or the token may not see it; search_issues lists issues."))
        }
        _ => failure,
    }
    .into()
}

async fn mapped(ctx: &Ctx, event: Option<Event>) -> Option<(Event, Option<String>)> {
    Some(super::shared::mapped::mapped(ctx, event?).await)
}

/// What hangs on an issue; each part on its own may fail.
struct Parts {
    tags: Option<Result<Vec<crate::event::TagSpread>, Failure>>,
    tickets: Option<Result<Vec<(String, String)>, Failure>>,
    suspects: Option<Result<crate::sentry::api::Suspects, Failure>>,
    activity: Option<Result<Vec<crate::event::Activity>, Failure>>,
}

async fn parts(organization: &Organization, tracked: &Tracked, event: Option<&Event>, view: &View) -> Parts {
    let id = tracked.number.as_str();
    let said = tracked.tags.iter().any(|spread| !spread.top.is_empty());
    let tags = async { if view.has(Section::Tags) && !said { Some(organization.tags(id).await) } else { None } };
    let tickets = async { if view.has(Section::Activity) { Some(organization.tickets(id).await) } else { None } };
    let suspects = async {
        let (event, project) = event.filter(|_| view.has(Section::Release)).zip(tracked.project.as_deref())?;
        Some(organization.suspects(project, &event.event_id, event.release.as_deref()).await)
    };
    let activity = async {
        let more = view.is_some() && view.has(Section::Activity);
        if more || (tracked.activity.is_empty() && tracked.comments.unwrap_or(0) > 0) {
            Some(organization.activity(id).await)
        } else {
            None
        }
    };
    let (tags, tickets, suspects, activity) = tokio::join!(tags, tickets, suspects, activity);
    Parts { tags, tickets, suspects, activity }
}

/// Puts the parts that came where they belong, and those that did not into `failed`.
fn take(parts: Parts, tracked: &mut Tracked, failed: &mut Vec<(&'static str, Failure)>) -> Beside {
    fn good<T>(
        name: &'static str,
        part: Option<Result<T, Failure>>,
        failed: &mut Vec<(&'static str, Failure)>,
    ) -> Option<T> {
        part?.map_err(|failure| failed.push((name, failure))).ok()
    }
    if let Some(tags) = good("the spread of tags", parts.tags, failed) {
        tracked.tags = tags;
    }
    if let Some(tickets) = good("linked tickets", parts.tickets, failed) {
        for ticket in tickets {
            let known = |known: &(String, String)| known.1 == ticket.1 && !ticket.1.is_empty();
            if !tracked.tickets.iter().any(known) {
                tracked.tickets.push(ticket);
            }
        }
    }
    if let Some(activity) = good("activity", parts.activity, failed).filter(|activity| !activity.is_empty()) {
        tracked.activity = activity;
    }
    let suspects = good("suspect commits", parts.suspects, failed).unwrap_or_default();
    Beside { commits: suspects.commits, suspected: suspects.suspected }
}

/// Environments that the tags name, else that of the event.
fn environments(tracked: &Tracked, event: Option<&Event>) -> Vec<String> {
    let spread = tracked.tags.iter().find(|spread| spread.key == "environment");
    let named: Vec<String> = spread.into_iter().flat_map(|it| it.top.iter().map(|(name, _)| name.clone())).collect();
    if named.is_empty() { event.and_then(|event| event.environment.clone()).into_iter().collect() } else { named }
}

impl Report {
    fn of(issue: Issue, shown: Option<Event>, place: String, view: View) -> Self {
        let culprit = shown.as_ref().and_then(Event::crash_place).unwrap_or_else(|| issue.culprit.clone());
        Self {
            id: Text::plain(&issue.id, 100),
            title: Text::plain(&issue.title, 300),
            culprit: Text::plain(&culprit, 240),
            status: issue.status,
            level: Text::plain(&issue.level, 40),
            count: Some(issue.count),
            users: Some(issue.users),
            first_seen: Text::plain(&issue.first_seen, 40),
            last_seen: Text::plain(&issue.last_seen, 40),
            releases: issue.releases.iter().take(10).map(|release| Text::plain(release, 100)).collect(),
            environments: issue.environments.iter().take(10).map(|name| Text::plain(name, 60)).collect(),
            url: None,
            event: shown.as_ref().map(EventFacts::of),
            forwarded: Vec::new(),
            missing: Vec::new(),
            issue: Box::new(issue),
            shown: shown.map(Box::new),
            which: "latest",
            unmapped: None,
            place,
            tracked: None,
            beside: Beside::default(),
            view,
        }
    }

    /// The head of the event says the transaction.
    fn is_transaction(&self, culprit: &str) -> bool {
        self.shown.as_ref().is_some_and(|event| event.transaction.as_deref() == Some(culprit))
    }

    /// Counts and times; what the server did not say is left out here and named below.
    fn seen(&self) -> String {
        let issue = &self.issue;
        let unknown = |name: &str| self.tracked.as_ref().is_some_and(|tracked| tracked.missing.contains(&name));
        let mut seen = Vec::new();
        if !unknown("number of events") {
            seen.push(count(issue.count, "event"));
        }
        if issue.users > 0 {
            seen.push(count(issue.users, "user"));
        }
        for (name, time) in [("first", &issue.first_seen), ("last", &issue.last_seen)] {
            if !time.is_empty() {
                seen.push(format!("{name} {}", time_of(time)));
            }
        }
        let mut said = seen.join(", ");
        if self.tracked.is_none() {
            for (name, values) in [("releases", &issue.releases), ("environments", &issue.environments)] {
                if !values.is_empty() {
                    let all: Vec<String> = values.iter().take(5).map(|value| Text::quoted(value, 60)).collect();
                    said.push_str(&format!("; {name} {}", all.join(" ")));
                }
            }
        }
        said + "."
    }
}

/// A time as it was said, where it can be nothing else.
fn time_of(text: &str) -> String {
    let plain = text.len() <= 40 && text.chars().all(|c| c.is_ascii_digit() || "-:.TZ+".contains(c));
    // Fractions of a second say nothing here.
    let short = text.split_once('.').filter(|(_, rest)| rest.ends_with('Z')).map(|(head, _)| format!("{head}Z"));
    if plain { short.unwrap_or_else(|| text.to_owned()) } else { Text::quoted(text, 40) }
}

impl Render for Report {
    fn render(&self, text: &mut Text) {
        let issue = &self.issue;
        let kind = if issue.kind == issue.level || issue.kind.is_empty() {
            String::new()
        } else {
            format!(", {}", Text::word(&issue.kind, 40))
        };
        let level = if issue.level.is_empty() { "level unknown".to_owned() } else { Text::word(&issue.level, 40) };
        let id = Text::word(&issue.id, 100);
        text.heading(format!("{id} {} ({level}{kind}) {}", issue.status.word(), self.place));
        text.line(Text::quoted(&issue.title, 300));
        // The first line of the stack says the place of the crash.
        let in_stack =
            self.view.has(Section::Stack) && self.event.as_ref().is_some_and(|event| !event.frames.is_empty());
        let whole = !self.view.is_some();
        if whole && !self.culprit.is_empty() && (!in_stack || self.tracked.is_none()) {
            text.line(format!("at {}", Text::quoted(&self.culprit, 240)));
        } else if whole
            && in_stack
            && !issue.culprit.is_empty()
            && !self.is_transaction(&issue.culprit)
            && issue.culprit != issue.title
        {
            text.line(format!("in {}", Text::quoted(&issue.culprit, 240)));
        }
        // Who asks for some sections has seen the rest.
        if !self.view.is_some() {
            let seen = self.seen();
            if seen != "." {
                text.line(seen);
            }
            if let Some(tracked) = &self.tracked {
                report::tracked(text, issue, tracked);
            }
            if let Some(url) = &self.url {
                text.line(url);
            }
            if issue.status == IssueStatus::Regressed {
                text.line("It had been resolved, and came back.");
            }
        }
        report::forwarded(text, &self.forwarded);
        for missing in &self.missing {
            text.line(missing);
        }
        if let Some(why) = self.unmapped.as_ref().filter(|_| self.view.has(Section::Stack)) {
            text.line(format!("Its crash frame is not mapped: {}.", Text::quoted(why, 200)));
        }
        let which = if issue.count > 1 { format!("{} of {}: ", self.which, issue.count) } else { String::new() };
        let around = Around { why: &issue.why_grouped, tracked: self.tracked.as_deref(), beside: Some(&self.beside) };
        match &self.shown {
            Some(shown) => report::event_view(text, &which, shown, &around, &self.view),
            None => report::no_event(text, &around, &self.view),
        }
    }

    fn attachments(&self) -> Vec<Attachment> {
        let local = self.shown.as_ref().filter(|_| self.tracked.is_none());
        local.map(|event| report::envelope_link(&event.event_id)).into_iter().collect()
    }
}
