//! What the tests of this folder make runs of.

use fixloop::{
    browser::Action,
    scenario::{Environment, Fault, Kind, Run, RunStatus, StepResult, StepStatus},
};

/// A fault with this fingerprint, seen at this step.
pub fn fault(fingerprint: &str, step: usize) -> Fault {
    Fault {
        fingerprint: fingerprint.to_owned(),
        kind: if fingerprint.starts_with("step-") { Kind::StepFailed } else { Kind::UncaughtError },
        title: format!("Error: {fingerprint}"),
        location: Some("src/a.ts:1:2".to_owned()),
        step,
        count: 1,
        issue: None,
    }
}

/// A run of three steps, of which `passed` passed; the next one failed when there is one.
pub fn run(id: &str, passed: usize, faults: &[Fault]) -> Run {
    let status = |index: usize| match index {
        index if index < passed => StepStatus::Passed,
        index if index == passed => StepStatus::Failed,
        _ => StepStatus::NotRun,
    };
    Run {
        id: id.to_owned(),
        scenario: "Checkout".to_owned(),
        file: "fixloop/checkout.yaml".to_owned(),
        content_hash: "c0".to_owned(),
        step_hash: "steps".to_owned(),
        attempt: 1,
        of: 1,
        started: "2026-01-02T03:04:05.678Z".to_owned(),
        took_ms: 100,
        status: if faults.is_empty() && passed == 3 { RunStatus::Passed } else { RunStatus::Failed },
        reason: (passed < 3).then(|| format!("Step {} failed: nothing there.", passed + 1)),
        steps: (0..3)
            .map(|index| StepResult {
                action: Action::Click,
                what: format!("click {index}"),
                status: status(index),
                took_ms: 10,
                http_status: None,
            })
            .collect(),
        faults: faults.to_vec(),
        observations: Vec::new(),
        left_out: 0,
        unplaced: 0,
        environment: Environment::default(),
        evidence: Vec::new(),
    }
}

/// A run that could not look.
pub fn blind(id: &str, status: RunStatus) -> Run {
    Run { status, reason: Some("No browser session.".to_owned()), ..run(id, 0, &[]) }
}
