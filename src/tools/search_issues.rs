//! `search_issues`: issues of the embedded sink or of a Sentry server, a page at a time.

mod render;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::shared::place::Place;
use crate::{
    ctx::Ctx,
    error::{Result, ToolError},
    event::{IssueRow, Period, Source, search},
    mcp::{Call, Hints, Tool, Toolset},
    report::{Render, Text, count},
    sentry::{
        Kind, Organization,
        api::{IssueSearch, IssuesFound},
    },
    sink::IssueQuery,
};

/// The tool.
pub struct SearchIssues;

/// Its arguments.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Empty = all
    #[serde(default)]
    query: String,
    /// Slug or id
    project: Option<String>,
    /// Its name
    environment: Option<String>,
    period: Option<Period>,
    /// Default date = last seen
    #[serde(default)]
    sort: Sort,
    /// Default 10, at most 100
    limit: Option<u16>,
    /// `next` of the page before
    cursor: Option<String>,
    #[serde(default)]
    source: Source,
}

/// What comes first.
#[derive(Debug, Default, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Sort {
    /// Last seen.
    #[default]
    Date,
    /// First seen.
    New,
    /// Number of events.
    Freq,
    /// Number of users.
    User,
    /// Growing; Sentry only.
    Trends,
    /// Date added to the inbox; Sentry only.
    Inbox,
    /// Sentry's own mix; Sentry only.
    Recommended,
}

impl Sort {
    fn name(self) -> &'static str {
        match self {
            Self::Date => "date",
            Self::New => "new",
            Self::Freq => "freq",
            Self::User => "user",
            Self::Trends => "trends",
            Self::Inbox => "inbox",
            Self::Recommended => "recommended",
        }
    }
}

/// A page of issues.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Report {
    /// Where it was asked.
    asked: String,
    issues: Vec<IssueRow>,
    /// Issues in all pages; none = the server does not say.
    total: Option<u64>,
    /// Cursor of the next page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    /// The search in words: query, project, time.
    #[serde(skip)]
    what: String,
    /// What to say when there is none.
    #[serde(skip)]
    none: String,
    /// Address of an issue, with ID for its id.
    #[serde(skip)]
    address: Option<String>,
}

/// As a project: all of them, whatever the settings say.
const ALL: &str = "all";

impl Tool for SearchIssues {
    type Input = Input;
    type Report = Report;
    const NAME: &'static str = "search_issues";
    const TITLE: &'static str = "Search issues";
    const CONTRACT: &'static str = include_str!("../../tools/search_issues.md");
    const HINTS: Hints = Hints { read_only: true, destructive: false, idempotent: true, open_world: true };
    const TOOLSET: Toolset = Toolset::Sentry;

    async fn run(ctx: &Ctx, call: &Call, input: Input) -> Result<Report> {
        let place = super::shared::place::place(ctx, call, &input.source).await?;
        let set = match &place {
            Place::Sentry(organization) if input.project.is_none() => organization.connection().project(),
            _ => None,
        };
        let what = input.said(set);
        let asked = place.said();
        let (found, none, address) = match &place {
            Place::Local => {
                let found = local(ctx, &input).await?;
                let none = if found.rows.is_empty() { nothing(ctx, &input).await? } else { String::new() };
                (found, none, None)
            }
            Place::Sentry(organization) => {
                let found = remote(organization, &input).await?;
                let none =
                    if found.rows.is_empty() { nothing_there(organization, &input).await } else { String::new() };
                (found, none, Some(organization.web_url("issues/ID/")))
            }
        };
        let issues = found.rows.into_iter().map(clean).collect();
        Ok(Report { asked, issues, total: found.total, next: found.next, what, none, address })
    }
}

impl Input {
    fn limit(&self) -> usize {
        usize::from(self.limit.unwrap_or(10).clamp(1, 100))
    }

    /// `for «is:unresolved» in project web, in the last 24h`.
    /// `set`: the project that the settings name where the call names none.
    fn said(&self, set: Option<&str>) -> String {
        let mut said = Vec::new();
        if !self.query.trim().is_empty() {
            said.push(format!("for {}", Text::quoted(&self.query, 200)));
        }
        if let Some(project) = &self.project {
            said.push(match project.as_str() {
                ALL => "in all projects".to_owned(),
                project => format!("in project {}", Text::word(project, 80)),
            });
        } else if let Some(set) = set {
            // Silence about it would make "none" of one project read as "none at all".
            said.push(format!("in project {} of the settings (project: all asks all)", Text::word(set, 80)));
        }
        if let Some(environment) = &self.environment {
            said.push(format!("in environment {}", Text::word(environment, 80)));
        }
        said.extend(self.period.as_ref().map(Period::said));
        said.join(" ")
    }

    fn is_narrow(&self) -> bool {
        !self.query.trim().is_empty()
            || self.project.is_some()
            || self.environment.is_some()
            || self.period.is_some()
            || self.cursor.is_some()
    }
}

async fn local(ctx: &Ctx, input: &Input) -> Result<IssuesFound> {
    let now = jiff::Timestamp::now().as_millisecond();
    let page = ctx
        .sink
        .issues(IssueQuery {
            query: input.query.clone(),
            sort: Some(input.sort.name().to_owned()),
            limit: input.limit(),
            cursor: input.cursor.clone(),
            project: input.project.clone().filter(|project| project != ALL),
            environment: input.environment.clone(),
            between_ms: input.period.as_ref().map(|period| period.bounds(now)),
        })
        .await?;
    let rows = page.rows.into_iter().map(IssueRow::from).collect();
    Ok(IssuesFound { rows, total: Some(page.total), next: page.next })
}

async fn remote(organization: &Organization, input: &Input) -> Result<IssuesFound> {
    if let Some(mistake) = search::mistake(&input.query) {
        return Err(ToolError::new(mistake, "Correct the query; nothing was asked."));
    }
    let search = input.search(organization);
    let failure = match organization.issues(&search).await {
        Ok(found) => return Ok(found),
        Err(failure) => organization.explained(failure, search.project.as_deref()).await,
    };
    let hint = if failure.kind == Kind::Refused { unknown_keys(organization, input).await } else { None };
    Err(match hint {
        Some(hint) => failure.hint(hint).into(),
        None => failure.into(),
    })
}

impl Input {
    fn search(&self, organization: &Organization) -> IssueSearch {
        IssueSearch {
            query: self.query.trim().to_owned(),
            project: match self.project.as_deref() {
                Some(ALL) => None,
                Some(project) => Some(project.to_owned()),
                None => organization.connection().project().map(str::to_owned),
            },
            environment: self.environment.clone(),
            period: self.period.clone(),
            sort: self.sort.name(),
            limit: self.limit(),
            cursor: self.cursor.clone(),
        }
    }
}

/// The keys of the query that are neither Sentry's nor tags of the organization, and what is near.
async fn unknown_keys(organization: &Organization, input: &Input) -> Option<String> {
    let keys = search::tag_keys(&input.query);
    if keys.is_empty() {
        return None;
    }
    let tags = organization.tag_keys(None).await.ok()?;
    said_unknown(&keys, &tags)
}

fn said_unknown(keys: &[String], tags: &[String]) -> Option<String> {
    let unknown = keys.iter().filter(|key| !tags.contains(key)).map(|key| {
        let near = search::did_you_mean(&search::near_keys(key, tags.iter().map(String::as_str)));
        let key = Text::plain(key, 80);
        format!("No event has a tag `{key}`, and no field is called so. {near}").trim_end().to_owned()
    });
    let unknown: Vec<String> = unknown.take(3).collect();
    (!unknown.is_empty()).then(|| unknown.join(" "))
}

/// Why a search of the sink found none: "no errors" and "nothing was received" are not the same.
async fn nothing(ctx: &Ctx, input: &Input) -> Result<String> {
    let sink = ctx.sink.status().await?;
    let (events, issues) = (count(sink.events, "event"), count(sink.issues, "issue"));
    Ok(match (sink.events, sink.issues) {
        (0, _) => match sink.dsn {
            Some(dsn) => format!("The sink has received no event at all yet. The app's SDK must use the DSN {dsn}."),
            None => format!("The sink has received no event at all yet. {}", sink.note),
        },
        (_, 0) => format!("The sink has {events}, none of which is an error."),
        _ if input.is_narrow() => {
            let said = said_unknown(&search::tag_keys(&input.query), &sink_keys(ctx).await?).unwrap_or_default();
            let project = match &input.project {
                Some(project) => near_seen(ctx, project).await?,
                None => String::new(),
            };
            format!("No issue matches. The sink has {issues} of {events}; try fewer terms. {said} {project}")
                .trim_end()
                .to_owned()
        }
        _ => format!("This page is empty. The sink has {issues} of {events}."),
    })
}

/// Tag keys of the sink, and what is searched in it like one.
async fn sink_keys(ctx: &Ctx) -> Result<Vec<String>> {
    let mut keys = ctx.sink.tag_keys().await?;
    keys.extend(["kind", "event", "event_id", "trace_id", "handled", "replay", "replay_id"].map(str::to_owned));
    Ok(keys)
}

/// Which projects the sink has seen, where `project` is none of them.
async fn near_seen(ctx: &Ctx, project: &str) -> Result<String> {
    let seen = ctx.sink.projects().await?;
    let ids: Vec<&str> = seen.iter().map(|seen| seen.id.as_str()).take(10).collect();
    if ids.contains(&project) || ids.is_empty() {
        return Ok(String::new());
    }
    let ids: Vec<String> = ids.into_iter().map(|id| Text::word(id, 60)).collect();
    Ok(format!("It has seen no project {}, only {}.", Text::word(project, 60), ids.join(", ")))
}

/// Why a search of Sentry found none.
async fn nothing_there(organization: &Organization, input: &Input) -> String {
    if input.cursor.is_some() {
        return "This page is empty: the pages before it were all.".to_owned();
    }
    let mut all = input.search(organization);
    (all.query, all.limit, all.sort) = (String::new(), 1, "date");
    let project = all.project.clone();
    let (keys, any, project) = tokio::join!(unknown_keys(organization, input), organization.issues(&all), async {
        match &project {
            Some(project) => organization.project(project).await.ok(),
            None => None,
        }
    });
    let scope = if all.project.is_some() || all.environment.is_some() || all.period.is_some() {
        " in that project, environment and period"
    } else {
        ""
    };
    let any = match any {
        Ok(found) if found.rows.is_empty() => match project {
            Some(project) if project.first_event.is_none() => {
                format!("The project {} has never received an event.", Text::word(&project.slug, 80))
            }
            _ => format!("There is no issue at all{scope}, whatever its status."),
        },
        Ok(found) => {
            let many = found.total.map_or_else(
                || "There are issues".to_owned(),
                |total| format!("There {} {}", if total == 1 { "is" } else { "are" }, count(total, "issue")),
            );
            format!("{many}{scope}, and none of them matches the query; try fewer terms.")
        }
        Err(_) => String::new(),
    };
    format!("No issue matches. {any} {}", keys.unwrap_or_default()).trim_end().to_owned()
}

/// With its text made plain.
fn clean(row: IssueRow) -> IssueRow {
    let plain = |text: String, max| Text::plain(&text, max);
    let maybe = |text: Option<String>, max| text.map(|text| Text::plain(&text, max));
    IssueRow {
        id: plain(row.id, 120),
        title: plain(row.title, 200),
        culprit: plain(row.culprit, 160),
        status: plain(row.status, 40),
        substatus: maybe(row.substatus, 40),
        level: plain(row.level, 40),
        kind: plain(row.kind, 60),
        first_seen: maybe(row.first_seen, 40),
        last_seen: maybe(row.last_seen, 40),
        project: maybe(row.project, 100),
        assigned: maybe(row.assigned, 80),
        priority: maybe(row.priority, 20),
        ..row
    }
}
