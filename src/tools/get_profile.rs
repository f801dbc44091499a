//! `get_profile`: the hot paths of a transaction, a profile, or a stretch of a continuous profile.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::shared::place::{Place, place, remote};
use crate::{
    ctx::Ctx,
    error::{Result, ToolError},
    event::{
        Period, Source, Which,
        explore::Row,
        profile::{HotPaths, Profile, hot_paths},
        profile_ref::ProfileRef,
    },
    mcp::{Call, Hints, Tool, Toolset},
    report::{Render, Text, count, profile, trace::duration},
    sentry::Organization,
    sink::Scope,
};

/// How far back Sentry looks where nothing is said.
const DAYS: u64 = 14;

/// The tool.
pub struct GetProfile;

/// Its arguments.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Transaction's name, profile or profiler id (32 hex), or URL
    profile: ProfileRef,
    period: Option<Period>,
    project: Option<String>,
    #[serde(default)]
    source: Source,
}

/// What was hot.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Report {
    transaction: String,
    /// Profiles that were put together.
    profiles: u64,
    samples: u64,
    /// Of the busiest thread; none = not measured.
    millis: Option<f64>,
    /// Functions of the app, the hottest first.
    functions: Vec<profile::HotFacts>,
    notes: Vec<String>,
    #[serde(skip)]
    said: String,
    #[serde(skip)]
    what: String,
    #[serde(skip)]
    whole: Profile,
    #[serde(skip)]
    hot: HotPaths,
}

impl Tool for GetProfile {
    type Input = Input;
    type Report = Report;
    const NAME: &'static str = "get_profile";
    const TITLE: &'static str = "Get a profile";
    const CONTRACT: &'static str = include_str!("../../tools/get_profile.md");
    const HINTS: Hints = Hints { read_only: true, destructive: false, idempotent: true, open_world: true };
    const TOOLSET: Toolset = Toolset::Sentry;

    async fn run(ctx: &Ctx, call: &Call, input: Input) -> Result<Report> {
        match &input.profile {
            ProfileRef::Remote { host, organization, project, id, period } => {
                let connection = ctx.sentry.of_host(&input.source, host)?;
                let named = organization.as_deref().or(input.source.organization.as_deref());
                let organization = connection.organization(named, call.cancel()).await?;
                let period = input.period.clone().or_else(|| period.clone());
                of_project(&organization, project, id, period.as_ref()).await
            }
            ProfileRef::Id(id) => {
                if !input.source.is_remote() {
                    if let Some(report) = of_sink(ctx, &input, id).await? {
                        return Ok(report);
                    }
                    if input.source.which == Which::Local || !ctx.sentry.is_connected() {
                        return Err(nothing_local(ctx, &input, id).await);
                    }
                }
                let organization = remote(ctx, call, &input.source).await?;
                by_id(&organization, &input, id).await
            }
            ProfileRef::Transaction(name) => match place(ctx, call, &input.source).await? {
                Place::Local => match of_sink(ctx, &input, name).await? {
                    Some(report) => Ok(report),
                    None => Err(nothing_local(ctx, &input, name).await),
                },
                Place::Sentry(organization) => of_transaction(&organization, &input, name).await,
            },
        }
    }
}

async fn of_sink(ctx: &Ctx, input: &Input, wanted: &str) -> Result<Option<Report>> {
    let kept = ctx.sink.profiles(&scope(input), wanted).await?;
    let whole = Profile::merge(kept.profiles).filter(|whole| !whole.stacks.is_empty());
    Ok(whole.map(|mut whole| {
        whole.notes.extend(kept.notes);
        Report::of("in the embedded sink", wanted, whole)
    }))
}

fn scope(input: &Input) -> Scope {
    let now = jiff::Timestamp::now().as_millisecond();
    let bounds = input.period.as_ref().map(|period| period.bounds(now));
    Scope { bounds, issue: None, project: input.project.clone() }
}

async fn nothing_local(ctx: &Ctx, input: &Input, wanted: &str) -> ToolError {
    let kept = ctx.sink.profiles(&scope(input), wanted).await.unwrap_or_default();
    let (others, notes) = (kept.others, kept.notes);
    let said = |row: &Row, field: &str| row.get(field).and_then(Value::as_str).map(|text| Text::word(text, 80));
    let named: Vec<String> = others
        .iter()
        .take(8)
        .filter_map(|row| said(row, "transaction").or_else(|| said(row, "profiler.id")).or_else(|| said(row, "id")))
        .collect();
    let mut hint = if named.is_empty() {
        "The sink has received no profile at all: profiling is off in the SDK (profilesSampleRate), or was not sampled."
            .to_owned()
    } else {
        format!("The newest profiles are of {}.", named.join(", "))
    };
    for note in notes {
        hint.push(' ');
        hint.push_str(&note);
    }
    ToolError::new(format!("The embedded sink has no profile of {}.", Text::word(wanted, 120)), hint)
}

async fn by_id(organization: &Organization, input: &Input, id: &str) -> Result<Report> {
    let period = input.period.clone().unwrap_or_else(|| Period::days(DAYS));
    let project = input.project.clone().or_else(|| organization.connection().project().map(str::to_owned));
    if let Some(project) = project {
        return of_project(organization, &project, id, input.period.as_ref()).await;
    }
    let found = organization.profile_place(id, &period).await?.ok_or_else(|| {
        ToolError::new(
            format!("No span {} names the profile {id} {}.", organization.said(), period.said()),
            "Give its project, or a longer period.",
        )
    })?;
    let mut report = of_project(organization, &found.project, id, input.period.as_ref()).await?;
    report.notes.push(format!("Project {}.", Text::word(&found.project, 80)));
    Ok(report)
}

/// A profile, else what a continuous profiler with this id saw.
async fn of_project(organization: &Organization, project: &str, id: &str, period: Option<&Period>) -> Result<Report> {
    if period.is_none()
        && let Some(whole) = organization.profile(project, id).await?
    {
        return Ok(Report::of(&organization.said(), id, whole));
    }
    let days = Period::days(DAYS);
    let period = period.unwrap_or(&days);
    let chunks = organization.profile_chunks(project, id, period).await?;
    // With a period a continuous profile is meant, but one profile has its time in itself.
    let whole = match chunks {
        Some(whole) => Some(whole),
        None => organization.profile(project, id).await?,
    };
    whole.map(|whole| Report::of(&organization.said(), id, whole)).ok_or_else(|| {
        ToolError::new(
            format!("Project {} has no profile {id} {}.", Text::word(project, 80), period.said()),
            "A continuous profile needs the stretch of time in which it ran: period START..END.",
        )
    })
}

async fn of_transaction(organization: &Organization, input: &Input, name: &str) -> Result<Report> {
    let period = input.period.clone().unwrap_or_else(|| Period::days(DAYS));
    let project = input.project.as_deref().or(organization.connection().project());
    let whole = match organization.flamegraph(name, project, &period).await {
        Ok(whole) => whole,
        Err(failure) => return Err(organization.explained(failure, project).await.into()),
    };
    let whole = whole.ok_or_else(|| {
        ToolError::new(
            format!("There is no profile of {} {}, {}.", Text::quoted(name, 120), organization.said(), period.said()),
            "search_events with dataset spans and query has:profile.id lists transactions that were profiled.",
        )
    })?;
    let mut report = Report::of(&organization.said(), name, whole);
    report.notes.push(format!("All of them {}.", period.said()));
    Ok(report)
}

impl Report {
    fn of(said: &str, wanted: &str, whole: Profile) -> Self {
        let hot = hot_paths(&whole);
        let name = if whole.transaction.is_empty() { wanted } else { &whole.transaction };
        Self {
            transaction: Text::plain(&whole.transaction, 200),
            profiles: whole.profiles,
            samples: whole.samples,
            millis: whole.nanos().map(|nanos| (nanos / 1e4).round() / 100.0),
            functions: profile::facts(&whole, &hot),
            notes: whole.notes.clone(),
            said: said.to_owned(),
            what: Text::word(name, 160),
            whole,
            hot,
        }
    }
}

impl Render for Report {
    fn render(&self, text: &mut Text) {
        text.heading(format!("Profile of {} {}", self.what, self.said));
        let time =
            self.millis.map(|millis| format!(", {} of the busiest thread", duration(millis))).unwrap_or_default();
        let platform = if self.whole.platform.is_empty() {
            String::new()
        } else {
            format!(", {}", Text::word(&self.whole.platform, 40))
        };
        text.line(format!("{}, {}{time}{platform}.", count(self.profiles, "profile"), count(self.samples, "sample")));
        for note in &self.notes {
            text.line(note);
        }
        profile::profile(text, &self.whole, &self.hot);
    }
}
