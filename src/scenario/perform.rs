//! The executor: runs steps in order on a session, stops at the first that fails, and completes what they caused.
//!
//! `browser_act` and the scenario runner both go through here, so that what an agent did by hand and what a run does
//! later are the same thing.

use std::time::{Duration, Instant};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use super::{recording::Recordings, words::step_words};
use crate::{
    browser::{Action, Secrets, Session, Step, StepOutcome},
    error::ToolError,
    event::{Observation, What},
    observe::Observer,
};

/// How long source maps and the sink may take to complete the observations of one call. Everything is local: what has
/// not come by then is left as the browser saw it.
const COMPLETE_LIMIT: Duration = Duration::from_secs(2);

/// What `perform` works with.
#[derive(Clone, Copy)]
pub struct Hands<'a> {
    /// The session to act on.
    pub session: &'a Session,
    /// Completes observations.
    pub observer: &'a Observer,
    /// Where successful steps are recorded; none = nowhere.
    pub recordings: Option<&'a Recordings>,
    /// Stops the work.
    pub cancel: &'a CancellationToken,
    /// Is told what is being done now.
    pub progress: &'a (dyn Fn(String) + Send + Sync),
}

/// What became of a list of steps.
#[derive(Debug)]
pub struct Performed {
    /// One entry for each step that was asked for, in order.
    pub steps: Vec<StepResult>,
    /// What the steps caused, completed, in order of time.
    pub observations: Vec<Observation>,
    /// Why the first failing step failed; none = all steps passed.
    pub failure: Option<ToolError>,
    /// Milliseconds in all.
    pub took_ms: u64,
}

impl Performed {
    /// 1-based index of the step that failed.
    pub fn failed_step(&self) -> Option<usize> {
        self.steps.iter().position(|step| step.status == StepStatus::Failed).map(|index| index + 1)
    }

    /// Leaves out what was typed into secret fields: apps put it into errors and addresses.
    pub fn hide(&mut self, secrets: &Secrets) {
        for step in &mut self.steps {
            step.what = secrets.hide(&step.what);
        }
        self.failure = self.failure.take().map(|error| error.map_words(|words| secrets.hide(words)));
        for seen in &mut self.observations {
            // What cannot be read back is dropped rather than shown as it was.
            let mut json = serde_json::to_value(&seen.what).unwrap_or_default();
            secrets.hide_json(&mut json);
            seen.what = serde_json::from_value(json)
                .unwrap_or(What::Crash { message: "an observation that holds a secret was left out".to_owned() });
            seen.page_url = secrets.hide(&seen.page_url);
        }
    }
}

/// What became of one step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StepResult {
    /// What it does: `click`.
    pub action: Action,
    /// What was done, or is to be done, in a few words: `clicked button «Pay»`.
    pub what: String,
    /// Whether it passed.
    pub status: StepStatus,
    /// Milliseconds it took, settling included.
    pub took_ms: u64,
    /// HTTP status of the main document, when the step navigated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http_status: Option<u16>,
}

/// Whether a step passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StepStatus {
    /// It did what it says.
    Passed,
    /// It could not, or its expectation did not hold.
    Failed,
    /// A step before it failed.
    NotRun,
}

/// Runs `steps` in order and stops at the first that fails. Steps that passed are recorded with durable locators.
/// Observations have the 1-based index of their step; 0 = they came before the first step.
pub async fn perform(hands: &Hands<'_>, steps: &[Step]) -> Performed {
    let began = Instant::now();
    let mut done =
        Performed { steps: Vec::with_capacity(steps.len()), observations: Vec::new(), failure: None, took_ms: 0 };
    done.observations.extend(hands.session.drain().await.into_iter().map(|seen| Observation { step: 0, ..seen }));
    for (index, step) in steps.iter().enumerate() {
        if done.failure.is_some() {
            done.steps.push(StepResult::pending(step));
            continue;
        }
        (hands.progress)(format!("step {} of {}: {}", index + 1, steps.len(), step_words(step)));
        perform_one(hands, index + 1, step, began, &mut done).await;
    }
    // What came late belongs to the last step that ran.
    let (last, at_ms) =
        (done.steps.iter().filter(|step| step.status != StepStatus::NotRun).count(), millis(began.elapsed()));
    let late = hands.session.drain().await.into_iter().map(|seen| Observation { step: last, at_ms, ..seen });
    done.observations.extend(late);
    if !hands.cancel.is_cancelled() {
        hands.observer.complete(&mut done.observations, COMPLETE_LIMIT).await;
    }
    done.took_ms = millis(began.elapsed());
    done
}

async fn perform_one(hands: &Hands<'_>, number: usize, step: &Step, began: Instant, done: &mut Performed) {
    let offset = millis(began.elapsed());
    let outcome = if hands.cancel.is_cancelled() {
        Err((ToolError::cancelled(), Vec::new(), 0))
    } else {
        hands
            .session
            .perform(step, hands.cancel)
            .await
            .map_err(|failure| (failure.error, failure.observations, failure.took_ms))
    };
    let observations = match outcome {
        Ok(outcome) => {
            done.steps.push(StepResult::passed(step, &outcome));
            if let Some(recordings) = hands.recordings {
                recordings.record(hands.session.id(), step, &outcome);
            }
            outcome.observations
        }
        Err((error, observations, took_ms)) => {
            done.steps.push(StepResult { status: StepStatus::Failed, took_ms, ..StepResult::pending(step) });
            done.failure = Some(error);
            observations
        }
    };
    let placed = |seen: Observation| Observation { step: number, at_ms: offset + seen.at_ms, ..seen };
    done.observations.extend(observations.into_iter().map(placed));
}

impl StepResult {
    /// A step that was not begun.
    pub(super) fn pending(step: &Step) -> Self {
        Self { action: step.action, what: step_words(step), status: StepStatus::NotRun, took_ms: 0, http_status: None }
    }

    fn passed(step: &Step, outcome: &StepOutcome) -> Self {
        Self {
            action: step.action,
            what: outcome.summary.clone(),
            status: StepStatus::Passed,
            took_ms: outcome.took_ms,
            http_status: outcome.status,
        }
    }
}

/// Whole milliseconds.
pub(super) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
