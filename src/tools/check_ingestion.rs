//! `check_ingestion`: did traffic flow, and what was dropped on the way?

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::shared::place::{Place, place};
use crate::{
    ctx::Ctx,
    error::Result,
    event::{
        Period, Source,
        ingestion::{LastError, Outcome, Verdict, advice, is_error, settled, verdict},
    },
    mcp::{Call, Hints, Tool, Toolset},
    report::{Render, Text, count},
    sentry::Organization,
};

/// Where nothing is said.
const HOURS: u64 = 24;
/// Categories and drops that are listed.
const LISTED: usize = 15;

/// The tool.
pub struct CheckIngestion;

/// Its arguments.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    project: Option<String>,
    /// Default 24h
    period: Option<Period>,
    #[serde(default)]
    source: Source,
}

/// What flowed.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Report {
    /// None = the outcomes could not be asked for.
    verdict: Option<Verdict>,
    /// Category and how many.
    accepted: Vec<(String, u64)>,
    dropped: Vec<Drop>,
    /// Status and how many.
    sessions: Vec<(String, u64)>,
    /// RFC 3339
    last_error: Option<String>,
    /// Parts that failed, and what else must be said.
    notes: Vec<String>,
    #[serde(skip)]
    said: String,
    #[serde(skip)]
    last: String,
    #[serde(skip)]
    is_local: bool,
}

/// What did not get in.
#[derive(Debug, Serialize, JsonSchema)]
struct Drop {
    category: String,
    /// `filtered`, `rate_limited`, `client_discard`, ….
    outcome: String,
    reason: String,
    quantity: u64,
    #[serde(skip)]
    advice: &'static str,
}

impl Tool for CheckIngestion {
    type Input = Input;
    type Report = Report;
    const NAME: &'static str = "check_ingestion";
    const TITLE: &'static str = "Check ingestion";
    const CONTRACT: &'static str = include_str!("../../tools/check_ingestion.md");
    const HINTS: Hints = Hints { read_only: true, destructive: false, idempotent: true, open_world: true };
    const TOOLSET: Toolset = Toolset::Sentry;

    async fn run(ctx: &Ctx, call: &Call, input: Input) -> Result<Report> {
        let period = input.period.clone().unwrap_or_else(|| Period::hours(HOURS));
        match place(ctx, call, &input.source).await? {
            Place::Local => local(ctx, input.project.as_deref(), &period).await,
            Place::Sentry(organization) => remote(&organization, input.project, period).await,
        }
    }
}

async fn local(ctx: &Ctx, project: Option<&str>, period: &Period) -> Result<Report> {
    let bounds = period.bounds(jiff::Timestamp::now().as_millisecond());
    let traffic = ctx.sink.traffic(bounds, project).await?;
    let status = ctx.sink.status().await?;
    let accepted = traffic.items.iter().map(|(ty, items, _)| outcome("accepted", category(ty), "", *items));
    let lost =
        traffic.discarded.iter().map(|(reason, category, lost)| outcome("client_discard", category, reason, *lost));
    // What was refused has no project that could be believed.
    let within = |at: i64| project.is_none() && (bounds.0..=bounds.1).contains(&at);
    let refused = traffic.refused.iter().filter(|refused| within(refused.last_ms));
    let refused = refused.map(|it| outcome("refused", "unknown", &format!("{} {}", it.status, it.why), it.count));
    let outcomes: Vec<Outcome> = accepted.chain(lost).chain(refused).collect();
    let last = traffic.items.iter().filter(|(ty, ..)| category(ty) == "error").map(|(.., last)| *last).max();
    let newest = traffic.items.iter().map(|(.., last)| *last).max();
    let mut report = Report::of(format!("in the embedded sink, {}", period.said()), Some(outcomes), true);
    report.sessions = traffic.sessions.into_iter().map(|(status, count)| (Text::plain(&status, 40), count)).collect();
    report.last_error = last.map(stamp);
    report.notes.extend(traffic.notes);
    if let Some(newest) = newest {
        report.last = format!("Last item received {}", stamp(newest));
    }
    if report.verdict == Some(Verdict::NothingReceived) {
        let before: u64 = status.items.iter().map(|(_, items)| items).sum();
        report.notes.push(match (status.dsn, before) {
            (None, _) => format!("The sink does not listen. {}", status.note),
            (Some(dsn), 0) => format!("It never received anything. The app's SDK must use the DSN {dsn}."),
            (Some(dsn), before) => {
                format!("It has {} from before or of other projects. Its DSN is {dsn}.", count(before, "item"))
            }
        });
    }
    if status.shared {
        report
            .notes
            .push("Another fixloop receives for this workspace: what it refused is not counted here.".to_owned());
    }
    Ok(report)
}

/// The category that Sentry counts an item type under.
fn category(ty: &str) -> &str {
    match ty {
        "event" => "error",
        "sessions" => "session",
        "replay_event" | "replay_recording" => "replay",
        "log" | "otel_log" => "log_item",
        "check_in" => "monitor",
        "user_report" => "feedback",
        other => other,
    }
}

fn outcome(outcome: &str, category: &str, reason: &str, quantity: u64) -> Outcome {
    Outcome { outcome: outcome.to_owned(), category: category.to_owned(), reason: reason.to_owned(), quantity }
}

fn stamp(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms).map(|stamp| format!("{stamp:.0}")).unwrap_or_default()
}

async fn remote(organization: &Organization, project: Option<String>, period: Period) -> Result<Report> {
    let project = project.or_else(|| organization.connection().project().map(str::to_owned));
    let mut notes = Vec::new();
    // The server counts by the hour.
    let period = match period {
        Period::Last { seconds, .. } if seconds < 3_600 => {
            notes.push("Sentry counts by the hour: the last hour was asked for.".to_owned());
            Period::hours(1)
        }
        period => period,
    };
    let slug = project.as_deref();
    let outcomes = async {
        // This endpoint wants the project's number.
        let id = match slug {
            Some(slug) if !slug.bytes().all(|byte| byte.is_ascii_digit()) => Some(organization.project(slug).await?.id),
            given => given.map(str::to_owned),
        };
        organization.outcomes(id.as_deref(), &period).await
    };
    let (outcomes, sessions, last) =
        futures_util::join!(outcomes, organization.sessions(slug, &period), organization.last_error(slug, &period));
    let mut failed = 0;
    let outcomes = match outcomes {
        Ok(outcomes) => Some(outcomes),
        // Without any of the three there is nothing to say.
        Err(failure) if sessions.is_err() && last.is_err() => {
            return Err(organization.explained(failure, slug).await.into());
        }
        Err(failure) => {
            failed += 1;
            notes.push(format!("What was accepted and dropped is not known: {}", failure.what()));
            None
        }
    };
    let of = slug.map(|slug| format!(", project {}", Text::word(slug, 80))).unwrap_or_default();
    let mut report = Report::of(format!("{}{of}, {}", organization.said(), period.said()), outcomes, false);
    match sessions {
        Ok(sessions) => {
            let plain = sessions.by_status.into_iter().map(|(status, count)| (Text::plain(&status, 40), count));
            report.sessions = plain.collect();
        }
        Err(failure) => notes.push(format!("Sessions are not known: {}", failure.what())),
    }
    let known = match &last {
        Ok(Some(_)) => LastError::Kept,
        Ok(None) => LastError::None,
        Err(_) => LastError::Unknown,
    };
    match last {
        Ok(Some(last)) => {
            report.last_error = Some(Text::plain(&last.at, 40));
            let issue = last.issue.map(|issue| format!(" {}", Text::word(&issue, 80))).unwrap_or_default();
            report.last = format!("Last error {}{issue} {}", Text::plain(&last.at, 40), Text::quoted(&last.title, 120));
        }
        Ok(None) if failed > 0 => report.last = "No error is kept of this time".to_owned(),
        Ok(None) => {}
        Err(failure) => notes.push(format!("The last error is not known: {}", failure.what())),
    }
    let sessions = report.sessions.iter().any(|(_, sessions)| *sessions > 0);
    report.verdict = settled(report.verdict, known, sessions);
    report.notes.extend(notes);
    Ok(report)
}

impl Report {
    fn of(said: String, outcomes: Option<Vec<Outcome>>, is_local: bool) -> Self {
        let verdict = outcomes.as_deref().map(verdict);
        let mut accepted: BTreeMap<String, u64> = BTreeMap::new();
        let mut dropped: Vec<Drop> = Vec::new();
        for one in outcomes.unwrap_or_default() {
            if one.is_accepted() {
                let sum = accepted.entry(Text::plain(&one.category, 60)).or_default();
                *sum = sum.saturating_add(one.quantity);
            } else {
                dropped.push(Drop {
                    advice: advice(&one.outcome, &one.reason),
                    category: Text::plain(&one.category, 60),
                    outcome: Text::plain(&one.outcome, 60),
                    reason: Text::plain(&one.reason, 160),
                    quantity: one.quantity,
                });
            }
        }
        let mut accepted: Vec<(String, u64)> = accepted.into_iter().collect();
        accepted.sort_by_key(|(_, quantity)| std::cmp::Reverse(*quantity));
        // Errors first: they are what is looked for.
        dropped.sort_by_key(|one| (one.category != "error", std::cmp::Reverse(one.quantity)));
        Self {
            verdict,
            accepted,
            dropped,
            sessions: Vec::new(),
            last_error: None,
            notes: Vec::new(),
            said,
            last: String::new(),
            is_local,
        }
    }

    fn line(&self) -> String {
        let errors = self.accepted.iter().filter(|(category, _)| is_error(category));
        let errors = errors.fold(0u64, |sum, (_, count)| sum.saturating_add(*count));
        let sum = |of: &dyn Fn(&Drop) -> bool| {
            self.dropped.iter().filter(|one| of(one)).fold(0u64, |sum, one| sum.saturating_add(one.quantity))
        };
        let (lost, refused) = (sum(&|one| is_error(&one.category)), sum(&|one| one.outcome == "refused"));
        let unknown = match refused {
            0 => String::new(),
            refused => format!("{} refused, and what they held is not known", count(refused, "request")),
        };
        let also = if refused > 0 { format!("; {unknown}") } else { String::new() };
        match self.verdict {
            None if !self.accepted.is_empty() || !self.sessions.is_empty() => {
                "Other traffic arrived; whether errors did is not known".to_owned()
            }
            None => "It is not known what arrived".to_owned(),
            Some(Verdict::ErrorsArrive) if errors == 0 => {
                "Errors arrive: the last one is kept, though the counts do not show it".to_owned()
            }
            Some(Verdict::ErrorsArrive) => format!("Errors arrive: {errors} accepted, none dropped"),
            Some(Verdict::SomeDropped) if errors == 0 => {
                format!(
                    "Errors arrive, but not all: the last one is kept, though the counts show only {lost} dropped{also}"
                )
            }
            Some(Verdict::SomeDropped) if lost == 0 => {
                format!("Errors arrive, perhaps not all: {errors} accepted{also}")
            }
            Some(Verdict::SomeDropped) => {
                format!("Errors arrive, but not all: {errors} accepted, {lost} dropped{also}")
            }
            Some(Verdict::AllDropped) => format!("No error got in: {lost} sent and dropped{also}"),
            Some(Verdict::Refused) => format!("No error got in: {unknown}"),
            Some(Verdict::OnlyDropped) => {
                "Nothing got in, only drops of other kinds are known: that there are no errors proves nothing"
                    .to_owned()
            }
            Some(Verdict::NoErrors) => "No errors, and other traffic arrived: the way in is open".to_owned(),
            Some(Verdict::NothingReceived) => {
                "Nothing was received: that there are no errors proves nothing".to_owned()
            }
        }
    }
}

/// Categories that are not counted in pieces.
fn unit(category: &str) -> &'static str {
    match category {
        "attachment" | "log_byte" | "trace_metric_byte" => " bytes",
        "profile_duration" | "profile_duration_ui" => " ms",
        _ => "",
    }
}

impl Render for Report {
    fn render(&self, text: &mut Text) {
        text.line(format!("{} ({}).", self.line(), self.said));
        if !self.last.is_empty() {
            text.line(format!("{}.", self.last));
        }
        if !self.accepted.is_empty() {
            // The sink counts items; Sentry weighs some of them.
            let unit = |category: &str| if self.is_local { "" } else { unit(category) };
            let said = self.accepted.iter().take(LISTED);
            let said = said.map(|(category, count)| format!("{} {count}{}", Text::word(category, 60), unit(category)));
            let more = self.accepted.len().saturating_sub(LISTED);
            let more = if more > 0 { format!(", and {more} more categories") } else { String::new() };
            text.line(format!("Accepted: {}{more}.", said.collect::<Vec<_>>().join(", ")));
        }
        for one in self.dropped.iter().take(LISTED) {
            let reason =
                if one.reason.is_empty() { String::new() } else { format!(" ({})", Text::word(&one.reason, 160)) };
            text.line(format!(
                "- dropped {}{} {} as {}{reason}: {}.",
                one.quantity,
                unit(&one.category),
                Text::word(&one.category, 60),
                Text::word(&one.outcome, 60),
                one.advice
            ));
        }
        if let Some(more @ 1..) = self.dropped.len().checked_sub(LISTED) {
            text.line(format!("- {more} more reasons left out."));
        }
        let all: u64 = self.sessions.iter().fold(0, |sum, (_, count)| sum.saturating_add(*count));
        if all > 0 {
            let crashed = self.sessions.iter().find(|(status, _)| status == "crashed").map_or(0, |(_, count)| *count);
            #[expect(clippy::cast_precision_loss, reason = "a share of large numbers")]
            // Cut, not rounded: with a crash it is never 100.00%.
            let free = (all.saturating_sub(crashed) as f64 * 10_000.0 / all as f64).floor() / 100.0;
            let said: Vec<String> =
                self.sessions.iter().map(|(status, count)| format!("{} {count}", Text::word(status, 40))).collect();
            text.line(format!("Sessions: {all} ({}), {free:.2}% crash-free.", said.join(", ")));
        }
        for note in &self.notes {
            text.line(note);
        }
        if !self.is_local && self.verdict == Some(Verdict::NothingReceived) {
            text.line("Check the app's DSN (list_projects shows the project's), its environment and that the SDK is initialised; \
                       or point it at the embedded sink to see what it sends.");
        }
    }
}
