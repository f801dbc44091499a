//! What a run brought, put together as it is kept: faults sorted out, secrets taken out. Pure.

use super::{
    faults::{self, KnownIssue},
    files::Loaded,
    perform::{Performed, StepResult, StepStatus},
    redact,
    run::{Environment, Evidence, MAX_OBSERVATIONS, Run, RunStatus},
    template::{self, Secrets},
    words::step_words,
};
use crate::{
    browser::{Action, Step},
    error::ToolError,
};

/// What a run brought.
#[derive(Debug, Default)]
pub struct Parts {
    /// Id of the run.
    pub id: String,
    /// Which of how many.
    pub attempt: u32,
    /// Of how many.
    pub of: u32,
    /// RFC 3339.
    pub started: String,
    /// Milliseconds.
    pub took_ms: u64,
    /// `chrome 156`
    pub browser: String,
    /// Where the app is.
    pub url: String,
    /// Commit of the workspace.
    pub commit: Option<String>,
    /// What the steps did; none = they did not begin, or were cancelled.
    pub performed: Option<Performed>,
    /// The issues that envelopes landed in.
    pub issues: Vec<KnownIssue>,
    /// [`Run::unplaced`].
    pub unplaced: usize,
    /// Why we could not look.
    pub could_not_run: Option<String>,
    /// What to do about it.
    pub hint: Option<String>,
    /// It was cancelled.
    pub cancelled: bool,
    /// What is kept beside it.
    pub evidence: Vec<Evidence>,
}

impl Parts {
    /// Whether the run is going to be red.
    pub fn is_red(&self, loaded: &Loaded) -> bool {
        let Some(performed) = &self.performed else { return false };
        let (_, faults) = faults::sort_out(&loaded.scenario, performed.observations.clone(), &self.issues);
        performed.failure.is_some() || !faults.is_empty()
    }
}

/// Puts a run together.
pub fn assemble(loaded: &Loaded, mut parts: Parts, secrets: &Secrets) -> Run {
    let templates = loaded.scenario.all_steps();
    let uses: Vec<bool> = templates.iter().map(has_variables).collect();
    let performed = parts.performed.take();
    let failed_step = performed.as_ref().and_then(Performed::failed_step);
    let mut steps: Vec<StepResult> = templates.iter().map(StepResult::pending).collect();
    let (mut observations, mut failure) = (Vec::new(), None);
    if let Some(performed) = performed {
        let words = |(done, template): (StepResult, &Step)| match has_variables(template) {
            // Our words on the file's step hold no value, however short.
            true => StepResult { what: step_words(template), ..done },
            false => done,
        };
        steps = performed.steps.into_iter().zip(&templates).map(words).collect();
        observations = performed.observations;
        failure = performed
            .failure
            .map(|error| without_words(&error, redact::shortest(&uses, failed_step.unwrap_or(0)), secrets));
    }
    let (mut seen, mut faults) = faults::sort_out(&loaded.scenario, observations, &parts.issues);
    if let (Some(number), Some(error)) = (failed_step, &failure) {
        first_page(&mut parts, &templates, number, error);
        if let Some(template) = templates.get(number - 1) {
            faults.push(faults::failed_step(number, template, &step_words(template), error));
        }
    }
    let status = match () {
        () if parts.cancelled && (failure.is_some() || steps.iter().any(|step| step.status != StepStatus::Passed)) => {
            RunStatus::Cancelled
        }
        () if parts.could_not_run.is_some() => RunStatus::CouldNotRun,
        () if faults.is_empty() && !steps.is_empty() => RunStatus::Passed,
        () => RunStatus::Failed,
    };
    if status == RunStatus::Cancelled || status == RunStatus::CouldNotRun {
        // What was seen of an app that we could not look at properly is no proof of anything.
        faults.clear();
    }
    let left_out = seen.len().saturating_sub(MAX_OBSERVATIONS);
    seen.truncate(MAX_OBSERVATIONS);
    let reason = reason(status, &parts, failed_step, failure.as_ref(), faults.len());
    let mut run = Run {
        id: parts.id,
        scenario: loaded.scenario.name.clone(),
        file: loaded.file.clone(),
        content_hash: loaded.content_hash.clone(),
        step_hash: loaded.scenario.step_hash(),
        attempt: parts.attempt,
        of: parts.of,
        started: parts.started,
        took_ms: parts.took_ms,
        status,
        reason,
        steps,
        faults,
        observations: seen,
        left_out,
        unplaced: parts.unplaced,
        environment: Environment {
            fixloop: env!("CARGO_PKG_VERSION").to_owned(),
            browser: parts.browser,
            url: parts.url,
            commit: parts.commit,
        },
        evidence: parts.evidence,
    };
    redact::redact(&mut run, &uses, secrets);
    run
}

/// When not even the first page opens, the app is not there: that says nothing of a fault in it.
fn first_page(parts: &mut Parts, templates: &[Step], number: usize, error: &ToolError) {
    let is_navigation = templates.first().is_some_and(|step| step.action == Action::Navigate);
    if number == 1 && is_navigation && parts.could_not_run.is_none() {
        parts.could_not_run = Some(format!("The first page did not open: {}", error.what()));
        parts.hint = error.hint().map(str::to_owned);
    }
}

fn reason(
    status: RunStatus,
    parts: &Parts,
    failed_step: Option<usize>,
    failure: Option<&ToolError>,
    faults: usize,
) -> Option<String> {
    match status {
        RunStatus::Passed => None,
        RunStatus::Cancelled => Some("It was cancelled.".to_owned()),
        RunStatus::CouldNotRun => {
            let why = parts.could_not_run.clone().unwrap_or_default();
            Some(parts.hint.as_ref().map_or(why.clone(), |hint| format!("{why} {hint}")))
        }
        RunStatus::Failed => Some(match (failed_step, failure) {
            (Some(number), Some(error)) => format!("Step {number} failed: {}", error.what()),
            _ if faults == 1 => "A fault was observed that is not allowed.".to_owned(),
            _ => format!("{faults} faults were observed that are not allowed."),
        }),
    }
}

/// What a failed step says, without the short values that would not be taken out of our own words (`Step 1 failed`).
fn without_words(error: &ToolError, shortest: usize, secrets: &Secrets) -> ToolError {
    let clean = |text: &str| secrets.redact_words(text, shortest);
    match error.hint() {
        Some(hint) => ToolError::new(clean(error.what()), clean(hint)),
        None => ToolError::bare(clean(error.what())),
    }
}

fn has_variables(step: &Step) -> bool {
    let json = serde_json::to_string(step).unwrap_or_default();
    template::variables(&json).map_or(true, |names| !names.is_empty())
}
