//! `analyze_issue`: Seer, Sentry's own analysis of an issue.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::shared::place::{self, IssuePlace};
use crate::{
    ctx::Ctx,
    error::{Result, ToolError},
    event::{IssueRef, Source},
    mcp::{Call, Confirmation, Hints, Tool, Toolset},
    report::{Render, Text},
    sentry::{Failure, Kind, Organization, api::SeerRun},
};

/// The tool.
pub struct AnalyzeIssue;

/// The longest pause between two looks at a run; the first ones are shorter.
const PAUSE: Duration = Duration::from_secs(4);
/// Looks that may fail in a row before we give up.
const FAILURES: usize = 3;
/// Characters of `context` that Sentry takes.
const CONTEXT: usize = 1_000;
/// Characters of one part of a result.
const PART: usize = 2_500;

/// Its arguments.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Number, short id or URL
    issue: IssueRef,
    /// How far Seer goes; default root_cause
    #[serde(default)]
    until: Until,
    /// What Seer should know
    context: Option<String>,
    /// Start anew though there is a run
    #[serde(default)]
    restart: bool,
    #[serde(default)]
    source: Source,
}

/// How far a run goes.
#[derive(Debug, Default, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Until {
    #[default]
    RootCause,
    Solution,
    CodeChanges,
    OpenPr,
}

impl Until {
    fn word(self) -> &'static str {
        match self {
            Self::RootCause => "root_cause",
            Self::Solution => "solution",
            Self::CodeChanges => "code_changes",
            Self::OpenPr => "open_pr",
        }
    }

    /// Whether a run has got so far.
    fn is_in(self, run: &SeerRun) -> bool {
        // Sentry's own text is there for failed and unfinished runs too.
        let whole = run.whole.is_some() && run.status.eq_ignore_ascii_case("completed");
        match self {
            Self::RootCause => whole || !run.causes.is_empty(),
            Self::Solution => whole || !run.solution.is_empty(),
            Self::CodeChanges => !run.changes.is_empty() || !run.pull_requests.is_empty(),
            Self::OpenPr => !run.pull_requests.is_empty(),
        }
    }
}

/// What Seer found.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Report {
    /// Where.
    asked: String,
    issue: String,
    /// `completed`, `error`, `processing`, …
    status: String,
    /// The run goes on; the same call looks again.
    running: bool,
    /// The run was there already.
    reused: bool,
    /// Untrusted
    causes: Vec<String>,
    /// Untrusted
    solution: Vec<String>,
    pull_requests: Vec<String>,
    #[serde(skip)]
    changes: Vec<String>,
    #[serde(skip)]
    whole: Option<String>,
    #[serde(skip)]
    doing: Option<String>,
    /// What was not done as asked.
    notes: Vec<String>,
}

/// A pull request is seen by others: the user is asked first, where the client can ask.
async fn may_open(call: &Call, until: Until, issue: &str) -> Result<()> {
    if !matches!(until, Until::OpenPr) {
        return Ok(());
    }
    let question = format!("Let Seer change code and open a pull request for issue {}?", Text::word(issue, 80));
    match call.confirm(&question).await {
        Confirmation::Confirmed | Confirmation::CannotAsk => Ok(()),
        Confirmation::Declined => Err(ToolError::new(
            "The user did not confirm that Seer opens a pull request. Nothing was started.",
            "Ask for until code_changes, which opens none.",
        )),
    }
}

impl Tool for AnalyzeIssue {
    type Input = Input;
    type Report = Report;
    const NAME: &'static str = "analyze_issue";
    const TITLE: &'static str = "Analyze an issue with Seer";
    const CONTRACT: &'static str = include_str!("../../tools/analyze_issue.md");
    const HINTS: Hints = Hints { read_only: false, destructive: false, idempotent: true, open_world: true };
    const TOOLSET: Toolset = Toolset::Sentry;

    async fn run(ctx: &Ctx, call: &Call, input: Input) -> Result<Report> {
        let IssuePlace::Sentry { organization, issue, .. } =
            place::place_of_issue(ctx, call, &input.source, &input.issue).await?
        else {
            return Err(ToolError::new(
                format!("{} is in the embedded sink, and Seer works on Sentry's servers only.", input.issue),
                "get_issue shows its frames, code and breadcrumbs: analyze it from there.",
            ));
        };
        let context = input.context.as_deref().map(str::trim).filter(|context| !context.is_empty());
        if let Some(long) = context.map(|context| context.chars().count()).filter(|long| *long > CONTEXT) {
            return Err(ToolError::new(
                format!("`context` has {long} characters."),
                format!("Sentry takes {CONTEXT}: shorten it. Nothing was started."),
            ));
        }
        let old = organization.seer_run(&issue).await.map_err(|failure| absent(failure, &organization))?;
        let reused = old
            .as_ref()
            .is_some_and(|run| !input.restart && (run.is_running() || (input.until.is_in(run) && context.is_none())));
        let run = match old {
            Some(run) if reused && !run.is_running() => run,
            old => {
                if !reused {
                    may_open(call, input.until, &issue).await?;
                    let started = organization.start_seer(&issue, input.until.word(), context).await;
                    started.map_err(|failure| absent(failure, &organization))?;
                }
                let before = if reused { None } else { old };
                wait(&organization, call, &issue, before.as_ref()).await?
            }
        };
        let short = !run.is_running() && !input.until.is_in(&run);
        let unheard = reused && context.is_some();
        let report = Report::of(&organization, issue, run, reused);
        Ok(Report { notes: notes(input.until, short, unheard), ..report })
    }
}

/// Looks at a run until it ends or the call's time is up; `before` = what there was before it was started.
async fn wait(organization: &Organization, call: &Call, issue: &str, before: Option<&SeerRun>) -> Result<SeerRun> {
    let (mut failures, mut pause) = (0, PAUSE / 8);
    let mut last = SeerRun { status: "processing".to_owned(), ..SeerRun::default() };
    loop {
        match organization.seer_run(issue).await {
            // The state from before the start may be shown for a moment.
            Ok(Some(run)) if before.is_some_and(|before| *before == run) => {}
            Ok(Some(run)) if !run.is_running() => return Ok(run),
            Ok(Some(run)) => {
                let doing = run.doing.as_deref().map(|doing| Text::plain(doing, 120));
                call.progress(format!("Seer: {}", doing.unwrap_or_else(|| "works".to_owned())));
                last = run;
                failures = 0;
            }
            Ok(None) => {}
            Err(failure) if failure.kind == Kind::Cancelled => {
                return if call.time_is_up() { Ok(last) } else { Err(failure.into()) };
            }
            Err(failure) => {
                failures += 1;
                if failures == FAILURES {
                    return Err(failure.hint("The run goes on in Sentry: the same call looks again.").into());
                }
            }
        }
        tokio::select! {
            () = tokio::time::sleep(pause) => pause = (pause * 2).min(PAUSE),
            () = call.cancel().cancelled() => {
                return if call.time_is_up() { Ok(last) } else { Err(ToolError::cancelled()) };
            }
        }
    }
}

/// Seer is not everywhere: says so, and what to do instead.
fn absent(failure: Failure, organization: &Organization) -> ToolError {
    if !matches!(failure.kind, Kind::NotFound | Kind::Forbidden | Kind::Refused) {
        return failure.into();
    }
    let seer = if organization.connection().is_saas() {
        "Seer may be switched off for the organization, not be part of its plan, or the token may lack event:write"
    } else {
        "Self-hosted and compatible servers have no Seer"
    };
    // A server with Seer answers 404 for an issue that is not there.
    let issue = if failure.kind == Kind::NotFound { ", or the issue is not there" } else { "" };
    failure.hint(format!("{seer}{issue}. get_issue shows frames, code and breadcrumbs: analyze it from there.")).into()
}

impl Report {
    fn of(organization: &Organization, issue: String, run: SeerRun, reused: bool) -> Self {
        let cut = |parts: &[String]| parts.iter().map(|part| Text::plain(part, 500)).collect();
        Self {
            asked: organization.said(),
            issue: Text::plain(&issue, 100),
            running: run.is_running(),
            status: Text::plain(&run.status, 40),
            reused,
            causes: cut(&run.causes),
            solution: cut(&run.solution),
            pull_requests: run.pull_requests.iter().map(|url| Text::plain(url, 300)).collect(),
            doing: run.doing,
            notes: Vec::new(),
            changes: run.changes,
            // In full for the text, which is fenced.
            whole: Some(whole(&run.causes, &run.solution, run.whole)).filter(|whole| !whole.is_empty()),
        }
    }
}

/// What was not done as asked: the run went `short` of where it should go, as far as can be read, or the context went `unheard`.
fn notes(until: Until, short: bool, unheard: bool) -> Vec<String> {
    let mut notes = Vec::new();
    if short {
        notes.push(format!("No {} of this run could be read; \"restart\": true starts it anew.", until.word()));
    }
    if unheard {
        notes.push("A run was going on, so `context` was not passed on; \"restart\": true does.".to_owned());
    }
    notes
}

fn whole(causes: &[String], solution: &[String], formatted: Option<String>) -> String {
    let mut said = Vec::new();
    if !causes.is_empty() {
        said.push(format!("Root cause:\n{}", causes.join("\n")));
    }
    if !solution.is_empty() {
        said.push(format!("Solution:\n{}", solution.join("\n")));
    }
    said.extend(formatted);
    said.join("\n\n")
}

impl Render for Report {
    fn render(&self, text: &mut Text) {
        let reused = if self.reused { ", from a run that was there" } else { "" };
        let status = if self.status.is_empty() { "processing".to_owned() } else { Text::word(&self.status, 40) };
        text.line(format!("Seer {} for {}: {status}{reused}.", self.asked, Text::word(&self.issue, 100)));
        if self.running {
            let doing = self.doing.as_deref().map(|doing| format!(" Now: {}", Text::quoted(doing, 160)));
            text.line(format!("It works still; the same call looks again.{}", doing.unwrap_or_default()));
        }
        match &self.whole {
            Some(whole) => shown(text, "Seer", whole),
            None if !self.running => text.line("It found nothing that could be read."),
            None => {}
        }
        if !self.changes.is_empty() {
            shown(text, "Seer code changes", &self.changes.join("\n\n"));
        }
        for url in &self.pull_requests {
            text.line(format!("Pull request: {}", Text::quoted(url, 300)));
        }
        self.notes.iter().for_each(|note| text.line(note));
        if !self.running && (self.whole.is_some() || !self.changes.is_empty()) {
            text.line("It is a model's opinion: check it against the code, and prove a fix with verify_fix.");
        }
    }
}

fn shown(text: &mut Text, label: &str, body: &str) {
    let cut: String = body.chars().take(PART).collect();
    text.untrusted(label, &cut);
    let left = body.chars().count().saturating_sub(PART);
    if left > 0 {
        text.line(format!("({left} characters left out; the rest is on the issue's page in Sentry.)"));
    }
}
