//! `search_events`: rows of errors, spans, logs, metrics, profiles, replays and check-ins, their aggregates, and values over
//! time.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de};

use super::shared::place::{IssuePlace, Place, place, place_of_issue};
use crate::{
    ctx::Ctx,
    error::{Result, ToolError},
    event::{
        IssueRef, Period, Source,
        explore::{Aggregate, Dataset, Row, Series, Table},
    },
    mcp::{Call, Hints, Tool, Toolset},
    report::{Render, Text, count, rows},
    sentry::{Organization, api::Explore},
    sink::{Found, Question, Scope},
};

/// How far back Sentry looks where nothing is said.
const DAYS: u64 = 14;
/// Characters of all rows of a reply.
const BUDGET: usize = 6_400;
/// Series of a reply.
const SERIES: usize = 12;

/// The tool.
pub struct SearchEvents;

/// Its arguments.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    #[serde(default)]
    dataset: Dataset,
    /// Sentry search syntax
    #[serde(default)]
    query: String,
    /// Also aggregates: `count()`, `p95(span.duration)`; the others group
    #[serde(default)]
    fields: Vec<String>,
    /// `-field` = largest first
    sort: Option<String>,
    period: Option<Period>,
    /// `1h`: aggregates over time
    interval: Option<Interval>,
    /// Only its events
    issue: Option<IssueRef>,
    /// Slug
    project: Option<String>,
    /// `production`
    environment: Option<String>,
    limit: Option<u16>,
    cursor: Option<String>,
    #[serde(default)]
    source: Source,
}

/// Seconds.
#[derive(Debug, Clone, Copy)]
struct Interval(u64);

impl<'de> Deserialize<'de> for Interval {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Period::parse(&String::deserialize(deserializer)?) {
            Ok(Period::Last { seconds, .. }) => Ok(Self(seconds)),
            _ => Err(de::Error::custom("an interval looks like 5m, 1h or 1d")),
        }
    }
}

impl JsonSchema for Interval {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Interval".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string" })
    }
}

/// What was found.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Report {
    dataset: Dataset,
    /// One object a row: field → value.
    rows: Vec<Row>,
    /// Rows in all pages, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<u64>,
    /// Cursor of the next page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    series: Vec<Values>,
    notes: Vec<String>,
    #[serde(skip)]
    head: String,
    #[serde(skip)]
    full: Vec<Row>,
    #[serde(skip)]
    over_time: Vec<Series>,
    #[serde(skip)]
    is_series: bool,
}

/// Values over time.
#[derive(Debug, Serialize, JsonSchema)]
struct Values {
    name: String,
    /// Values of the fields that it is grouped by.
    group: Vec<String>,
    /// RFC 3339
    start: String,
    /// Seconds of each value.
    interval: u64,
    values: Vec<Option<f64>>,
}

impl Tool for SearchEvents {
    type Input = Input;
    type Report = Report;
    const NAME: &'static str = "search_events";
    const TITLE: &'static str = "Search events";
    const CONTRACT: &'static str = include_str!("../../tools/search_events.md");
    const HINTS: Hints = Hints { read_only: true, destructive: false, idempotent: true, open_world: true };
    const TOOLSET: Toolset = Toolset::Sentry;

    async fn run(ctx: &Ctx, call: &Call, input: Input) -> Result<Report> {
        let (place, issue) = match &input.issue {
            Some(_) if input.dataset != Dataset::Errors => {
                return Err(ToolError::new(
                    format!("`issue` finds events of an issue, and those are errors, not {}.", input.dataset.word()),
                    "Leave out dataset, or search by the issue's trace: query trace:ID.",
                ));
            }
            Some(issue) => match place_of_issue(ctx, call, &input.source, issue).await? {
                IssuePlace::Local(id) => (Place::Local, Some(id)),
                IssuePlace::Sentry { organization, issue, .. } => (Place::Sentry(organization), Some(issue)),
            },
            None => (place(ctx, call, &input.source).await?, None),
        };
        let said = place.said();
        match place {
            Place::Local => local(ctx, &said, input, issue).await,
            Place::Sentry(organization) => remote(&organization, &said, input, issue).await,
        }
    }
}

async fn local(ctx: &Ctx, said: &str, input: Input, issue: Option<String>) -> Result<Report> {
    let now = jiff::Timestamp::now().as_millisecond();
    let scope = Scope {
        bounds: input.period.as_ref().map(|period| period.bounds(now)),
        issue: issue.clone(),
        project: input.project.clone(),
    };
    if let Some(id) = &issue
        && ctx.sink.issue(id).await?.is_none()
    {
        return Err(ToolError::no_issue(id));
    }
    let mut query = input.query.clone();
    if let Some(environment) = &input.environment {
        query.push_str(&format!(" environment:\"{}\"", environment.replace('"', "")));
    }
    let question = Question {
        dataset: input.dataset,
        query,
        fields: input.fields.clone(),
        sort: input.sort.clone(),
        limit: limit(&input),
        skip: 0,
    };
    let interval = input.interval.map(|interval| interval.0);
    let found = ctx.sink.explore(&scope, question, input.cursor.as_deref(), interval).await?;
    let mut report = Report::of(&input, said, issue.as_deref(), input.period.as_ref(), found);
    if report.full.is_empty() && report.over_time.is_empty() {
        let kept = ctx.sink.status().await?.items;
        let kind = input.dataset.items();
        let ours: u64 = kept.iter().filter(|(ty, _)| kind.contains(&ty.as_str())).map(|(_, items)| items).sum();
        report.notes.push(match (ours, kept.is_empty()) {
            (0, true) => "The sink has received nothing at all yet; status says which DSN the app must use.".to_owned(),
            (0, false) => format!("The sink has received none of them; it has other items: {}.", listed(&kept)),
            (items, _) => format!("The sink has {} of them; none is in this search.", count(items, "item")),
        });
    }
    Ok(report)
}

fn listed(items: &[(String, u64)]) -> String {
    let said = items.iter().take(8).map(|(ty, count)| format!("{} {count}", Text::word(ty, 40)));
    said.collect::<Vec<_>>().join(", ")
}

async fn remote(organization: &Organization, said: &str, input: Input, issue: Option<String>) -> Result<Report> {
    if input.dataset == Dataset::CheckIns {
        return Err(ToolError::new(
            format!("Check-ins cannot be searched {said}."),
            "get_monitors lists monitors with their check-ins; source local searches those of the embedded sink.",
        ));
    }
    // The list of an issue's events knows neither aggregates nor an order; the search of all events does.
    let computed = input.sort.is_some() || aggregates(&input) > 0;
    let default = (issue.is_none() || computed).then(|| Period::days(DAYS));
    let ask = Explore {
        dataset: input.dataset,
        query: input.query.clone(),
        fields: input.fields.clone(),
        sort: input.sort.clone(),
        period: input.period.clone().or(default),
        project: input.project.clone().or_else(|| organization.connection().project().map(str::to_owned)),
        environment: input.environment.clone(),
        limit: limit(&input),
        cursor: input.cursor.clone(),
    };
    let found = match (&issue, input.interval) {
        (Some(_), Some(_)) => {
            return Err(ToolError::new(
                "Events of one issue are not given over time.",
                "Leave out interval, or leave out issue and put it into the query: issue:SHORT-ID.",
            ));
        }
        (Some(issue), None) if computed => {
            let key = if issue.bytes().all(|byte| byte.is_ascii_digit()) { "issue.id" } else { "issue" };
            let query = format!("{key}:{issue} {}", ask.query).trim().to_owned();
            // An issue is of one project, whatever the settings say.
            Found::Table(organization.explore(&Explore { query, project: input.project.clone(), ..ask.clone() }).await?)
        }
        (Some(issue), None) => Found::Table(organization.issue_rows(issue, &ask).await?),
        (None, Some(_)) if input.dataset == Dataset::Replays => {
            return Err(ToolError::new(
                "Replays are not counted over time.",
                "Leave out interval, or count their errors: dataset errors, query has:replayId.",
            ));
        }
        (None, Some(interval)) => Found::Series(organization.over_time(&ask, interval.0).await?, Vec::new()),
        (None, None) => Found::Table(organization.explore(&ask).await?),
    };
    let mut report = Report::of(&input, said, issue.as_deref(), ask.period.as_ref(), found);
    if input.interval.is_some() && aggregates(&input) > Explore::AXES {
        let left = (aggregates(&input) - Explore::AXES) as u64;
        report.notes.push(format!("Only the first {} aggregates over time; {left} left out.", Explore::AXES));
    }
    if let (Some(project), None, None) = (&ask.project, &input.project, &issue) {
        report.notes.push(format!("Only project {} of the settings.", Text::word(project, 80)));
    }
    if report.full.is_empty() && report.over_time.is_empty() {
        report.notes.push("check_ingestion says whether anything arrived at all.".to_owned());
    }
    Ok(report)
}

fn aggregates(input: &Input) -> usize {
    input.fields.iter().filter(|field| Aggregate::parse(field).is_some()).count()
}

fn limit(input: &Input) -> usize {
    usize::from(input.limit.unwrap_or(10).clamp(1, 100))
}

impl Report {
    fn of(input: &Input, said: &str, issue: Option<&str>, period: Option<&Period>, found: Found) -> Self {
        let (table, over_time, is_series) = match found {
            Found::Table(table) => (table, Vec::new(), false),
            Found::Series(series, notes) => (Table { notes, ..Table::default() }, series, true),
        };
        let what = match issue {
            Some(issue) => format!("Events of {}", Text::word(issue, 80)),
            None => input.dataset.word().replace('_', "-"),
        };
        let query =
            if input.query.is_empty() { String::new() } else { format!(" for {}", Text::quoted(&input.query, 200)) };
        let period = period.map(|period| format!(", {}", period.said())).unwrap_or_default();
        Self {
            dataset: input.dataset,
            rows: table.rows.iter().map(rows::plain_row).collect(),
            total: table.total,
            next: table.next.map(|next| Text::plain(&next, 200)),
            series: over_time.iter().take(SERIES).map(values).collect(),
            notes: table.notes,
            head: format!("{what}{query} {said}{period}"),
            full: table.rows,
            over_time,
            is_series,
        }
    }
}

fn values(series: &Series) -> Values {
    let start = series.values.first().and_then(|(at, _)| jiff::Timestamp::from_millisecond(*at).ok());
    Values {
        name: Text::plain(&series.name, 100),
        group: if series.is_other {
            vec!["(all others)".to_owned()]
        } else {
            series.group.iter().map(|(_, value)| Text::plain(value, 80)).collect()
        },
        start: start.map(|start| start.to_string()).unwrap_or_default(),
        interval: series.interval,
        values: series.values.iter().map(|(_, value)| *value).collect(),
    }
}

impl Render for Report {
    fn render(&self, text: &mut Text) {
        if self.is_series {
            self.render_series(text);
        } else {
            self.render_rows(text);
        }
        for note in &self.notes {
            text.line(note);
        }
    }
}

impl Report {
    fn render_rows(&self, text: &mut Text) {
        if self.full.is_empty() {
            text.line(format!("No {}.", self.head));
            return;
        }
        let of = self.total.map(|total| format!(" of {total}")).unwrap_or_default();
        let rows = count(self.full.len() as u64, "row");
        text.line(format!("{}: {rows}{of}.", self.head));
        let mut used = 0;
        for (number, row) in self.full.iter().enumerate() {
            let line = format!("- {}", rows::row(row));
            used += line.chars().count() + 1;
            if used > BUDGET && number > 0 {
                let left = self.full.len() - number;
                text.line(format!(
                    "{} of this page left out: ask for fewer fields, or a smaller limit.",
                    count(left as u64, "row")
                ));
                break;
            }
            text.line(line);
        }
        if let Some(next) = &self.next {
            text.line(format!("More: the same call with cursor {next:?}."));
        }
    }

    fn render_series(&self, text: &mut Text) {
        text.line(format!(
            "{} over time: {}.",
            self.head,
            count(self.over_time.len() as u64, "series").replace("seriess", "series")
        ));
        for series in self.over_time.iter().take(SERIES) {
            rows::series(text, series);
        }
        if let Some(left @ 1..) = self.over_time.len().checked_sub(SERIES) {
            text.line(format!("{left} more series left out: group by fewer fields."));
        }
    }
}
