//! A run: one execution of a scenario, as it is kept.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{format::Kind, perform::StepResult, perform::StepStatus};
use crate::event::Observation;

/// One execution of a scenario.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// Short, and sorted by time: `rmd3k9x0a`.
    pub id: String,
    /// Name of the scenario.
    pub scenario: String,
    /// Its file, relative to the workspace.
    pub file: String,
    /// Hash of the file as it was.
    pub content_hash: String,
    /// [`super::Scenario::step_hash`].
    pub step_hash: String,
    /// Which run of its call, from 1.
    pub attempt: u32,
    /// Of how many.
    pub of: u32,
    /// RFC 3339, UTC.
    pub started: String,
    /// Milliseconds.
    pub took_ms: u64,
    /// How it ended.
    pub status: RunStatus,
    /// Why it did not pass, in a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The steps, then the expectations at the end.
    pub steps: Vec<StepResult>,
    /// What was wrong and is not allowed.
    pub faults: Vec<Fault>,
    /// Everything that was observed.
    pub observations: Vec<Seen>,
    /// Observations that were left out, since a run keeps [`MAX_OBSERVATIONS`].
    #[serde(default)]
    pub left_out: usize,
    /// Envelopes with an event of which it is not known which fault they report: a run with one proves nothing gone.
    #[serde(default)]
    pub unplaced: usize,
    /// Where it ran.
    pub environment: Environment,
    /// What is kept beside it.
    #[serde(default)]
    pub evidence: Vec<Evidence>,
}

/// Observations that a run keeps.
pub const MAX_OBSERVATIONS: usize = 200;

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RunStatus {
    /// All steps passed, and nothing was observed that is not allowed.
    Passed,
    /// A step failed, or something was observed that is not allowed.
    Failed,
    /// We could not look: no browser, no page, a variable missing.
    CouldNotRun,
    /// It was cancelled.
    Cancelled,
}

impl RunStatus {
    /// Its name in replies.
    pub fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::CouldNotRun => "could not run",
            Self::Cancelled => "cancelled",
        }
    }
}

/// Something that was wrong in a run: an observation that is not allowed, or a step that failed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Fault {
    /// The same for the same fault in every run.
    pub fingerprint: String,
    /// What kind of fault.
    pub kind: Kind,
    /// What it says; untrusted text.
    pub title: String,
    /// `file:line:column` in the user's own code; untrusted text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// 1-based step that caused it; 0 = before the first.
    pub step: usize,
    /// How often.
    pub count: u32,
    /// The issue of the embedded sink that it belongs to, `LOCAL-3`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issue: Option<String>,
}

impl Fault {
    /// What all faults of its issue are called, if it has one: `issue-LOCAL-3`.
    pub fn issue_fingerprint(&self) -> Option<String> {
        self.issue.as_deref().map(super::faults::issue_fingerprint)
    }

    fn is_of(&self, fingerprint: &str) -> bool {
        self.issue_fingerprint().is_some_and(|issue| issue == fingerprint)
    }
}

/// An observation of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    /// It is fine: it is no fault by its nature, or the scenario allows it.
    pub allowed: bool,
    /// The observation.
    pub observation: Observation,
}

/// Where a run ran.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Environment {
    /// fixloop's version.
    pub fixloop: String,
    /// `chrome 156.0.8078.79`; empty = none was started.
    pub browser: String,
    /// Base address, or the first address.
    pub url: String,
    /// Commit of the workspace, when it is a git repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
}

/// A file that is kept beside a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// `screenshot.png`
    pub name: String,
    /// `fixloop://runs/<id>/screenshot.png`
    pub uri: String,
    /// MIME type.
    pub mime: String,
}

impl Run {
    /// Whether every step was done and every expectation held.
    pub fn ran_all_steps(&self) -> bool {
        !self.steps.is_empty() && self.steps.iter().all(|step| step.status == StepStatus::Passed)
    }

    /// Number of the last step that was begun; 0 = none.
    pub fn reached(&self) -> usize {
        self.steps.iter().filter(|step| step.status != StepStatus::NotRun).count()
    }

    /// Whether it looked at the app at all.
    pub fn looked(&self) -> bool {
        matches!(self.status, RunStatus::Passed | RunStatus::Failed)
    }

    /// Whether it shows the fault with this fingerprint, allowed or not; `issue-LOCAL-3` is any fault of that issue.
    pub fn shows(&self, fingerprint: &str) -> bool {
        self.faults.iter().any(|fault| fault.fingerprint == fingerprint || fault.is_of(fingerprint))
            || self.observations.iter().any(|seen| super::faults::identity(&seen.observation) == fingerprint)
    }

    /// Whether a fault was seen in it.
    pub fn is_red(&self) -> bool {
        self.status == RunStatus::Failed && !self.faults.is_empty()
    }
}
