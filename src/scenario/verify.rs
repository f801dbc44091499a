//! Verifying a fix: finds the run that showed the fault, runs the same scenario again, and judges.

use schemars::JsonSchema;
use serde::Serialize;

use super::{
    files::Loaded,
    report,
    run::{Fault, Run},
    runner::{Hooks, Rooms, RunOptions, check_times, run_times},
    runs::{KIND, Runs},
    verdict::{self, Verdict, judge},
};
use crate::error::Result;

/// Runs that a verification makes unless it is told otherwise.
pub const VERIFY_TIMES: u32 = 3;

/// What to verify.
#[derive(Debug, Clone)]
pub struct VerifyRequest {
    /// Fingerprint, `LOCAL-n` or part of the title; none = every fault of the newest red run.
    pub fault: Option<String>,
    /// Runs to make.
    pub times: u32,
    /// The run that showed the fault; none = the newest red one.
    pub baseline: Option<String>,
    /// Where the app is, when not where the scenario says.
    pub base_url: Option<String>,
}

/// A verdict with its proof.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Verification {
    /// The verdict.
    pub verdict: Verdict,
    /// Why, in plain words.
    pub reasons: Vec<String>,
    /// What it rests on.
    pub proof: Proof,
    /// The faults that were asked about, as the baseline showed them.
    pub faults: Vec<Fault>,
    /// Faults that the baseline did not show.
    pub new_faults: Vec<Fault>,
    /// Other faults of the baseline that are still there.
    pub other_faults: Vec<Fault>,
    /// Issues that can be resolved now: `LOCAL-3`.
    pub resolvable: Vec<String>,
    /// Report as a resource.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub report: Option<String>,
}

/// What a verdict rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Proof {
    /// The run in which the fault was seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub baseline: Option<String>,
    /// The runs that were made now.
    pub runs: Vec<String>,
    /// How many of them show the fault.
    pub shown: usize,
    /// How many there are.
    pub of: usize,
    /// Every one of them did every step.
    pub all_steps_ran: bool,
}

/// Verifies a fix.
pub async fn verify(
    rooms: &Rooms<'_>,
    loaded: &Loaded,
    request: &VerifyRequest,
    hooks: &Hooks<'_>,
) -> Result<(Verification, Vec<Run>)> {
    check_times(request.times)?;
    let runs = Runs::new(rooms.artifacts);
    let baseline = match &request.baseline {
        Some(id) => Some(runs.get(id)?),
        None => find_baseline(&runs, loaded, request.fault.as_deref()),
    };
    let faults: Vec<Fault> = baseline
        .iter()
        .flat_map(|run| &run.faults)
        .filter(|fault| is_meant(fault, request.fault.as_deref()))
        .cloned()
        .collect();
    let targets = verdict::targets(&faults);
    // Without a baseline no number of runs can prove anything: one shows how things are now.
    let times = if targets.is_empty() { 1 } else { request.times };
    let options = RunOptions { times, base_url: request.base_url.clone() };
    let after = run_times(rooms, loaded, &options, hooks).await?;
    let judgement = judge(baseline.as_ref(), &targets, &after, times);
    let mut reasons = judgement.reasons;
    if baseline.is_none() && rooms.artifacts.is_temporary() {
        reasons.push(
            "The workspace cannot be written, so runs are kept only until fixloop ends: no run of before is there. Give a \
             workspace that can be written (--workspace DIR)."
                .to_owned(),
        );
    }
    let mut verification = Verification {
        verdict: judgement.verdict,
        reasons,
        proof: Proof {
            baseline: baseline.map(|run| run.id),
            runs: after.iter().map(|run| run.id.clone()).collect(),
            shown: judgement.shown_in.len(),
            of: judgement.of,
            all_steps_ran: judgement.all_steps_ran,
        },
        resolvable: resolvable(judgement.verdict, &faults),
        faults,
        new_faults: judgement.new_faults,
        other_faults: judgement.other_faults,
        report: None,
    };
    if let Some(last) = after.last() {
        let written = runs.write(&last.id, "verdict.md", report::verification(&verification).as_bytes());
        verification.report = written.ok().map(|artifact| artifact.uri);
    }
    Ok((verification, after))
}

/// The newest red run that shows the fault, with the same steps where there is one.
fn find_baseline(runs: &Runs<'_>, loaded: &Loaded, fault: Option<&str>) -> Option<Run> {
    let step_hash = loaded.scenario.step_hash();
    let shows = |run: &Run| run.faults.iter().any(|found| is_meant(found, fault));
    runs.newest_red(&loaded.file, |run| run.step_hash == step_hash && shows(run))
        .or_else(|| runs.newest_red(&loaded.file, shows))
}

fn is_meant(fault: &Fault, wanted: Option<&str>) -> bool {
    let Some(wanted) = wanted.map(str::trim).filter(|wanted| !wanted.is_empty()) else { return true };
    let is_issue =
        wanted.to_ascii_uppercase().strip_prefix("LOCAL-").is_some_and(|number| number.parse::<u64>().is_ok());
    if is_issue {
        return fault.issue.as_deref().is_some_and(|issue| issue.eq_ignore_ascii_case(wanted));
    }
    fault.fingerprint == wanted || fault.title.to_lowercase().contains(&wanted.to_lowercase())
}

fn resolvable(verdict: Verdict, faults: &[Fault]) -> Vec<String> {
    let mut issues: Vec<String> = match verdict {
        Verdict::Fixed => faults.iter().filter_map(|fault| fault.issue.clone()).collect(),
        _ => Vec::new(),
    };
    issues.sort();
    issues.dedup();
    issues
}

/// Address of a run's report.
pub(super) fn report_uri(id: &str) -> String {
    format!("fixloop://{KIND}/{id}/report.md")
}
