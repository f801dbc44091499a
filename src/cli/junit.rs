//! Runs and verdicts as JUnit XML, for CI. Pure.

use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::run::Done;
use crate::{
    error::{Result, ToolError},
    scenario::{Fault, Loaded, Run, RunStatus, Verdict, Verification, run_report},
};

/// One suite for each scenario, one case for each run.
pub(super) fn runs(done: &[Done]) -> Result<String> {
    let suite = |done: &Done| {
        let mut suite = TestSuite::new(done.loaded.file.clone());
        suite.add_test_cases(done.runs.iter().map(case));
        if let Some(error) = &done.error {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
            status.set_message(error.what()).set_description(error.to_string());
            suite.add_test_case(TestCase::new(done.loaded.scenario.name.clone(), status));
        }
        suite
    };
    report(done.iter().map(suite))
}

/// One suite: the verdict as a case, and the runs behind it.
pub(super) fn verdict(loaded: &Loaded, verification: &Verification, runs: &[Run]) -> Result<String> {
    let mut suite = TestSuite::new(loaded.file.clone());
    let reasons = verification.reasons.join("\n");
    let status = match verification.verdict {
        Verdict::Fixed => TestCaseStatus::success(),
        other => {
            let kind = if other == Verdict::Inconclusive { NonSuccessKind::Error } else { NonSuccessKind::Failure };
            let mut status = TestCaseStatus::non_success(kind);
            let faults: Vec<String> = verification.faults.iter().chain(&verification.new_faults).map(fault).collect();
            status.set_type(other.word()).set_message(reasons.clone()).set_description(faults.join("\n"));
            status
        }
    };
    let mut verdict = TestCase::new(format!("{}: fixed", loaded.scenario.name), status);
    verdict.set_classname(loaded.file.clone()).set_system_out(reasons);
    suite.add_test_case(verdict);
    // The verdict is the test; a run that shows the fault of a flaky one must not count twice.
    let ids: Vec<&str> = runs.iter().map(|run| run.id.as_str()).collect();
    suite.set_system_out(format!("runs: {}", ids.join(", ")));
    report([suite])
}

fn report(suites: impl IntoIterator<Item = TestSuite>) -> Result<String> {
    let mut report = Report::new("fixloop");
    report.add_test_suites(suites);
    report.to_string().map_err(|error| ToolError::bare("Cannot write the JUnit report.").caused_by(error))
}

fn case(run: &Run) -> TestCase {
    let status = match run.status {
        RunStatus::Passed => TestCaseStatus::success(),
        other => {
            let kind = if other == RunStatus::Failed { NonSuccessKind::Failure } else { NonSuccessKind::Error };
            let mut status = TestCaseStatus::non_success(kind);
            let faults: Vec<String> = run.faults.iter().map(fault).collect();
            status.set_type(other.word()).set_message(run.reason.clone().unwrap_or_default());
            status.set_description(faults.join("\n"));
            status
        }
    };
    let name = match run.of {
        1 => run.scenario.clone(),
        of => format!("{} (run {} of {of})", run.scenario, run.attempt),
    };
    let mut case = TestCase::new(name, status);
    case.set_classname(run.file.clone()).set_time(Duration::from_millis(run.took_ms));
    if run.status != RunStatus::Passed {
        case.set_system_out(run_report(run));
    }
    case
}

fn fault(fault: &Fault) -> String {
    let location = fault.location.as_deref().map(|location| format!(" at {location}")).unwrap_or_default();
    format!("{}: {}{location} [{}]", fault.kind.word(), fault.title, fault.fingerprint)
}
