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

/// How long an expectation may wait once the run is red and the page has settled: most likely it fails with the fault.
const HURRIED_MS: u32 = 1_000;

/// What a run of a scenario does otherwise than an act.
#[derive(Clone, Copy)]
pub struct Rules<'a> {
    /// Steps before the expectations at the end, which see all requests of the run.
    pub acting: usize,
    /// Whether the run is red for certain with this observation, as the browser gave it.
    pub is_red: &'a (dyn Fn(&Observation) -> bool + Send + Sync),
}

/// What `perform` works with.
#[derive(Clone, Copy)]
pub struct Hands<'a> {
    /// The session to act on.
    pub session: &'a Session,
    /// Completes observations.
    pub observer: &'a Observer,
    /// Where successful steps are recorded; none = nowhere.
    pub recordings: Option<&'a Recordings>,
    /// Those of a run; none = it is an act.
    pub rules: Option<Rules<'a>>,
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
    let mut unsettled = false;
    let mut numbers = Vec::new();
    for (index, step) in steps.iter().enumerate() {
        if hands.rules.is_some_and(|rules| rules.acting == index) {
            hands.session.look_back();
        }
        if done.failure.is_some() {
            done.steps.push(StepResult::pending(step));
            continue;
        }
        (hands.progress)(format!("step {} of {}: {}", index + 1, steps.len(), step_words(step)));
        let hurried = (!unsettled).then(|| hurried(hands, step, &done)).flatten();
        unsettled = perform_one(hands, (index + 1, step, hurried), began, (&mut done, &mut numbers)).await
            || (unsettled && is_look(step));
    }
    // What came late belongs to the step that sent it; what nobody sent, to the last step that ran.
    let (last, at_ms) =
        (done.steps.iter().filter(|step| step.status != StepStatus::NotRun).count(), millis(began.elapsed()));
    let late = hands.session.drain().await.into_iter().map(|seen| Observation {
        step: step_of(seen.step, &numbers, last),
        at_ms,
        ..seen
    });
    done.observations.extend(late);
    if !hands.cancel.is_cancelled() {
        hands.observer.complete(&mut done.observations, COMPLETE_LIMIT).await;
    }
    done.took_ms = millis(began.elapsed());
    done
}

/// The step of this list that has this number in the session; 0 for one of an earlier list.
fn step_of(number: usize, numbers: &[usize], last: usize) -> usize {
    match number {
        0 => last,
        number => numbers.iter().position(|one| *one == number).map_or(0, |index| index + 1),
    }
}

fn is_look(step: &Step) -> bool {
    matches!(step.action, Action::WaitFor | Action::Expect)
}

/// The expectation with less time, when the run is red already. A limit that the file gives stays.
fn hurried(hands: &Hands<'_>, step: &Step, done: &Performed) -> Option<Step> {
    let rules = hands.rules.filter(|_| step.action == Action::Expect && step.timeout_ms.is_none())?;
    let is_red = done.observations.iter().any(rules.is_red);
    is_red.then(|| Step { timeout_ms: Some(HURRIED_MS), ..step.clone() })
}

/// Returns whether the step left the page unsettled.
async fn perform_one(
    hands: &Hands<'_>,
    (number, step, hurried): (usize, &Step, Option<Step>),
    began: Instant,
    (done, numbers): (&mut Performed, &mut Vec<usize>),
) -> bool {
    let mut unsettled = false;
    let offset = millis(began.elapsed());
    let outcome = if hands.cancel.is_cancelled() {
        Err((ToolError::cancelled(), Vec::new(), 0, 0))
    } else {
        hands
            .session
            .perform(hurried.as_ref().unwrap_or(step), hands.cancel)
            .await
            .map_err(|failure| (failure.error, failure.observations, failure.took_ms, failure.number))
    };
    let (observations, in_session) = match outcome {
        Ok(outcome) => {
            unsettled = outcome.unsettled;
            done.steps.push(StepResult::passed(step, &outcome));
            if let Some(recordings) = hands.recordings {
                recordings.record(hands.session.id(), step, &outcome);
            }
            (outcome.observations, outcome.number)
        }
        Err((error, observations, took_ms, in_session)) => {
            let mut failed = StepResult { status: StepStatus::Failed, took_ms, ..StepResult::pending(step) };
            if hurried.is_some() {
                failed.what.push_str(" (waited 1 s only, since an uncaught error had been seen)");
            }
            done.steps.push(failed);
            done.failure = Some(error);
            (observations, in_session)
        }
    };
    let placed = |seen: Observation| Observation { step: number, at_ms: offset + seen.at_ms, ..seen };
    done.observations.extend(observations.into_iter().map(placed));
    numbers.push(in_session);
    unsettled
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
