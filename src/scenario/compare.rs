//! The comparison of two runs. Pure.

use schemars::JsonSchema;
use serde::Serialize;

use super::{
    perform::StepStatus,
    run::{Fault, Run, RunStatus},
};
use crate::report::Text;

/// What changed from one run to another.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Comparison {
    /// The earlier run.
    pub before: RunLine,
    /// The later run.
    pub after: RunLine,
    /// Both did and expected the same.
    pub same_steps: bool,
    /// Faults that are not seen any more.
    pub gone: Vec<Fault>,
    /// Faults that were not seen before.
    pub new: Vec<Fault>,
    /// Faults that are seen in both.
    pub still: Vec<Fault>,
    /// Faults of steps that the later run did not reach: whether they are gone is not known.
    pub not_reached: Vec<Fault>,
    /// Steps that ended otherwise.
    pub steps: Vec<StepChange>,
}

/// A run in one line.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct RunLine {
    /// Its id.
    pub id: String,
    /// Name of the scenario.
    pub scenario: String,
    /// How it ended.
    pub status: RunStatus,
    /// RFC 3339, UTC.
    pub started: String,
    /// Milliseconds.
    pub took_ms: u64,
    /// Faults in it.
    pub faults: usize,
    /// Commit of the workspace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
}

/// A step that ended otherwise than before.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct StepChange {
    /// 1-based.
    pub number: usize,
    /// What the step does; none of its values.
    pub what: String,
    /// How it ended before; none = it was not there.
    pub before: Option<StepStatus>,
    /// How it ended after; none = it was not there.
    pub after: Option<StepStatus>,
}

impl RunLine {
    /// A run in one line.
    pub fn of(run: &Run) -> Self {
        Self {
            id: run.id.clone(),
            scenario: run.scenario.clone(),
            status: run.status,
            started: run.started.clone(),
            took_ms: run.took_ms,
            faults: run.faults.len(),
            commit: run.environment.commit.clone(),
        }
    }

    /// The run as a line of text.
    pub fn words(&self) -> String {
        let faults = match self.faults {
            0 => String::new(),
            1 => ", 1 fault".to_owned(),
            faults => format!(", {faults} faults"),
        };
        let commit = self.commit.as_deref().and_then(|commit| commit.get(..10));
        let commit = commit.map(|commit| format!(", commit {commit}")).unwrap_or_default();
        format!(
            "- {} {} {} ({} ms{faults}{commit}) {}",
            self.id,
            Text::quoted(&self.scenario, 120),
            self.status.word(),
            self.took_ms,
            self.started
        )
    }
}

/// Compares two runs by the fingerprints of their faults and by their steps.
pub fn compare(before: &Run, after: &Run) -> Comparison {
    let (still, missing): (Vec<Fault>, Vec<Fault>) =
        before.faults.iter().cloned().partition(|fault| after.shows(&fault.fingerprint));
    // Without all steps behind it, a fault that came late may just not have come yet.
    let reached = |fault: &Fault| after.ran_all_steps() || (after.looked() && fault.step < after.reached());
    let (gone, not_reached) = missing.into_iter().partition(reached);
    let new = after.faults.iter().filter(|fault| !before.shows(&fault.fingerprint)).cloned().collect();
    Comparison {
        before: RunLine::of(before),
        after: RunLine::of(after),
        same_steps: before.step_hash == after.step_hash,
        gone,
        new,
        still,
        not_reached,
        steps: step_changes(before, after),
    }
}

fn step_changes(before: &Run, after: &Run) -> Vec<StepChange> {
    (0..before.steps.len().max(after.steps.len()))
        .filter_map(|index| {
            let (old, new) = (before.steps.get(index), after.steps.get(index));
            let what = new.or(old)?.what.clone();
            let change = StepChange {
                number: index + 1,
                what,
                before: old.map(|step| step.status),
                after: new.map(|step| step.status),
            };
            (change.before != change.after).then_some(change)
        })
        .collect()
}
