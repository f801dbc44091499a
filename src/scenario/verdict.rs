//! The verdict on a fix: runs after it against the run that showed the fault. Pure.
//!
//! `fixed` is said only with proof: the fault was seen before in a run of the same steps, and every one of the runs after
//! did all steps and did not show it. Whatever is not proved is `inconclusive`, with the reason.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::run::{Fault, Run};

/// What the runs after a fix say of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The fault was seen before, and none of the runs after shows it or a new one.
    Fixed,
    /// Every run that got there shows it.
    StillFailing,
    /// Some runs show it, some do not.
    Flaky,
    /// There are faults that were not there before.
    Regressed,
    /// It is not proved either way.
    Inconclusive,
}

impl Verdict {
    /// Its name in replies.
    pub fn word(self) -> &'static str {
        match self {
            Self::Fixed => "fixed",
            Self::StillFailing => "still_failing",
            Self::Flaky => "flaky",
            Self::Regressed => "regressed",
            Self::Inconclusive => "inconclusive",
        }
    }
}

/// The verdict with its proof.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// The verdict.
    pub verdict: Verdict,
    /// Why, in plain words.
    pub reasons: Vec<String>,
    /// Runs after the fix that show the fault.
    pub shown_in: Vec<String>,
    /// Runs after the fix that did all steps and do not show it.
    pub clean: Vec<String>,
    /// Runs after the fix in all.
    pub of: usize,
    /// Every one of them did all steps.
    pub all_steps_ran: bool,
    /// Faults that the baseline did not show.
    pub new_faults: Vec<Fault>,
    /// Faults that the baseline showed, that were not asked about, and that are still there.
    pub other_faults: Vec<Fault>,
}

/// Judges the runs `after` a fix. `baseline` is the run that showed the faults with the fingerprints `targets` (see
/// [`targets`]); `wanted` is how many runs were asked for.
pub fn judge(baseline: Option<&Run>, targets: &[String], after: &[Run], wanted: u32) -> Judgement {
    let shows = |run: &&Run| targets.iter().any(|target| run.shows(target));
    let ids = |runs: Vec<&Run>| runs.into_iter().map(|run| run.id.clone()).collect::<Vec<_>>();
    let mut judgement = Judgement {
        verdict: Verdict::Inconclusive,
        reasons: Vec::new(),
        shown_in: ids(after.iter().filter(shows).collect()),
        clean: ids(after.iter().filter(|run| incomplete(run).is_none() && !shows(run)).collect()),
        of: after.len(),
        all_steps_ran: !after.is_empty() && after.iter().all(|run| run.looked() && run.ran_all_steps()),
        new_faults: Vec::new(),
        other_faults: Vec::new(),
    };
    let Some(baseline) = baseline else {
        judgement.reasons.push(
            "There is no run in which the fault was seen, so nothing can be said to be fixed. Run the scenario before \
             the fix (run_scenario), and verify after it."
                .to_owned(),
        );
        return judgement;
    };
    if let Some(reason) = unfit(baseline, targets, after) {
        judgement.reasons.push(reason);
        return judgement;
    }
    // Another fault of the same issue is the same fault seen otherwise: caught and reported where it was thrown before.
    let known = |fault: &Fault| {
        baseline.shows(&fault.fingerprint) || fault.issue_fingerprint().is_some_and(|issue| baseline.shows(&issue))
    };
    let meant = |fault: &Fault| {
        targets.contains(&fault.fingerprint) || fault.issue_fingerprint().is_some_and(|issue| targets.contains(&issue))
    };
    judgement.new_faults = distinct(after, |fault| !known(fault));
    judgement.other_faults = distinct(after, |fault| known(fault) && !meant(fault));
    judgement.verdict = decide(&mut judgement, baseline, after, wanted);
    judgement
}

/// What must be gone for these faults to be fixed: their fingerprints, and whatever else arrives in their issues. An error
/// that is caught and reported is not thrown any more, and as broken as before.
pub fn targets(faults: &[Fault]) -> Vec<String> {
    let mut targets: Vec<String> = faults.iter().map(|fault| fault.fingerprint.clone()).collect();
    for issue in faults.iter().filter_map(Fault::issue_fingerprint) {
        if !targets.contains(&issue) {
            targets.push(issue);
        }
    }
    targets
}

/// Why the baseline proves nothing, if so.
fn unfit(baseline: &Run, targets: &[String], after: &[Run]) -> Option<String> {
    if !baseline.looked() {
        return Some(format!("The baseline run {} {}.", baseline.id, baseline.status.word()));
    }
    if targets.is_empty() || !targets.iter().all(|target| baseline.shows(target)) {
        return Some(format!("The baseline run {} does not show the fault.", baseline.id));
    }
    after.iter().find(|run| run.step_hash != baseline.step_hash).map(|run| {
        format!(
            "The scenario's steps or expectations have changed since the baseline run {}: run {} did other steps. Run the \
             scenario as it is now on the code before the fix, or restore the steps.",
            baseline.id, run.id
        )
    })
}

fn decide(judgement: &mut Judgement, baseline: &Run, after: &[Run], wanted: u32) -> Verdict {
    let (shown, of) = (judgement.shown_in.len(), judgement.of);
    if shown > 0 {
        judgement.reasons.push(format!("The fault is seen in {shown} of {of} runs."));
    }
    if !judgement.new_faults.is_empty() {
        judgement.reasons.push(new_faults(&judgement.new_faults, baseline));
        if shown == 0 && !judgement.clean.is_empty() {
            judgement.reasons.push(format!("The fault itself was not seen in {} of {of} runs.", of - shown));
        }
        return Verdict::Regressed;
    }
    if shown > 0 {
        return if judgement.clean.is_empty() { Verdict::StillFailing } else { Verdict::Flaky };
    }
    let mut missing: Vec<String> = after.iter().filter_map(incomplete).collect();
    if (after.len() as u64) < u64::from(wanted.max(1)) {
        missing.push(format!("Only {of} of {wanted} runs were made."));
    }
    if missing.is_empty() {
        judgement.reasons.push(format!(
            "The fault was seen in run {}, and in none of {of} runs of the same steps since; every step ran.",
            baseline.id
        ));
        return Verdict::Fixed;
    }
    judgement.reasons.append(&mut missing);
    Verdict::Inconclusive
}

fn new_faults(faults: &[Fault], baseline: &Run) -> String {
    let count = faults.len();
    let mut reason = match count {
        1 => format!("There is a fault that the baseline run {} did not show.", baseline.id),
        _ => format!("There are {count} faults that the baseline run {} did not show.", baseline.id),
    };
    // Honest, since what hid behind the fault looks the same as what the fix broke.
    if !baseline.ran_all_steps() && faults.iter().any(|fault| fault.step >= baseline.reached()) {
        reason.push_str(&format!(
            " The baseline stopped at step {}: what came after it may have been there before.",
            baseline.reached()
        ));
    }
    reason
}

/// Why a run proves nothing, if so.
fn incomplete(run: &Run) -> Option<String> {
    let why = || run.reason.as_deref().map(|reason| format!(": {reason}")).unwrap_or_else(|| ".".to_owned());
    if !run.looked() {
        return Some(format!("Run {} {}{}", run.id, run.status.word(), why()));
    }
    if !run.ran_all_steps() {
        return Some(format!("Run {} stopped at step {} of {}{}", run.id, run.reached(), run.steps.len(), why()));
    }
    (run.unplaced > 0).then(|| {
        format!(
            "Run {} sent {} to Sentry that no issue is known of: it may be the fault.",
            run.id,
            if run.unplaced == 1 { "an event".to_owned() } else { format!("{} events", run.unplaced) }
        )
    })
}

fn distinct(runs: &[Run], wanted: impl Fn(&Fault) -> bool) -> Vec<Fault> {
    let mut faults: Vec<Fault> = Vec::new();
    for fault in runs.iter().filter(|run| run.looked()).flat_map(|run| &run.faults).filter(|fault| wanted(fault)) {
        if !faults.iter().any(|known| known.fingerprint == fault.fingerprint) {
            faults.push(fault.clone());
        }
    }
    faults
}
