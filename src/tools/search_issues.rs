//! `search_issues`: issues of the embedded sink, a page at a time.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    ctx::Ctx,
    error::Result,
    event::{Issue, IssueStatus, Source},
    mcp::{Call, Hints, Tool, Toolset},
    report::{Render, Text, count},
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
}

impl Sort {
    fn name(self) -> &'static str {
        match self {
            Self::Date => "date",
            Self::New => "new",
            Self::Freq => "freq",
            Self::User => "user",
        }
    }
}

/// A page of issues.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Report {
    issues: Vec<Row>,
    /// Issues in all pages.
    total: u64,
    /// Cursor of the next page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    #[serde(skip)]
    query: String,
    /// What to say when there is none.
    #[serde(skip)]
    none: String,
}

/// One issue.
#[derive(Debug, Serialize, JsonSchema)]
struct Row {
    /// `LOCAL-3`
    id: String,
    title: String,
    culprit: String,
    status: IssueStatus,
    level: String,
    kind: String,
    count: u64,
    users: u64,
    /// RFC 3339
    last_seen: String,
}

impl From<Issue> for Row {
    fn from(issue: Issue) -> Self {
        let Issue { id, title, culprit, status, level, kind, count, users, last_seen, .. } = issue;
        let plain = |text: String, max| Text::plain(&text, max);
        let (title, culprit) = (plain(title, 200), plain(culprit, 160));
        Self { id, title, culprit, status, level: plain(level, 40), kind: plain(kind, 40), count, users, last_seen }
    }
}

impl Tool for SearchIssues {
    type Input = Input;
    type Report = Report;
    const NAME: &'static str = "search_issues";
    const TITLE: &'static str = "Search issues";
    const CONTRACT: &'static str = include_str!("../../tools/search_issues.md");
    const HINTS: Hints = Hints { read_only: true, destructive: false, idempotent: true, open_world: false };
    const TOOLSET: Toolset = Toolset::Sentry;

    async fn run(ctx: &Ctx, call: &Call, input: Input) -> Result<Report> {
        let place = super::place::place(ctx, call, &input.source).await?;
        super::place::only_local(&place, "search_issues")?;
        let page = ctx
            .sink
            .issues(IssueQuery {
                query: input.query.clone(),
                sort: Some(input.sort.name().to_owned()),
                limit: usize::from(input.limit.unwrap_or(10).clamp(1, 100)),
                cursor: input.cursor,
            })
            .await?;
        let none = if page.rows.is_empty() { nothing(ctx, &input.query).await? } else { String::new() };
        Ok(Report {
            issues: page.rows.into_iter().map(Row::from).collect(),
            total: page.total,
            next: page.next,
            query: input.query,
            none,
        })
    }
}

/// "No errors" and "nothing was received" are not the same: says which it is.
async fn nothing(ctx: &Ctx, query: &str) -> Result<String> {
    let sink = ctx.sink.status().await?;
    Ok(match (sink.events, sink.issues) {
        (0, _) => match sink.dsn {
            Some(dsn) => format!("The sink has received no event at all yet. The app's SDK must use the DSN {dsn}."),
            None => format!("The sink has received no event at all yet. {}", sink.note),
        },
        (events, 0) => format!("The sink has {}, none of which is an error.", count(events, "event")),
        (events, issues) if !query.is_empty() => {
            format!(
                "No issue matches. The sink has {} of {}; try fewer terms.",
                count(issues, "issue"),
                count(events, "event")
            )
        }
        (events, issues) => {
            format!("This page is empty. The sink has {} of {}.", count(issues, "issue"), count(events, "event"))
        }
    })
}

impl Render for Report {
    fn render(&self, text: &mut Text) {
        if self.issues.is_empty() {
            return text.line(&self.none);
        }
        let query =
            if self.query.is_empty() { String::new() } else { format!(" for {}", Text::quoted(&self.query, 200)) };
        text.line(format!("{} of {}{query}:", self.issues.len(), count(self.total, "issue")));
        for issue in &self.issues {
            let users = if issue.users > 0 { format!(", {}", count(issue.users, "user")) } else { String::new() };
            let place = if issue.culprit.is_empty() {
                String::new()
            } else {
                format!(" at {}", Text::quoted(&issue.culprit, 100))
            };
            text.line(format!(
                "- {} {} {}{place} ({}, {}×{users}, last {})",
                issue.id,
                issue.status.word(),
                Text::quoted(&issue.title, 160),
                Text::word(&issue.level, 40),
                issue.count,
                issue.last_seen,
            ));
        }
        if let Some(next) = &self.next {
            text.line(format!("More: the same call with cursor {next:?}."));
        }
    }
}
