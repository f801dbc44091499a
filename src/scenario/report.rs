//! Runs and verdicts as Markdown, for people and for the model. Pure.

use super::{
    compare::Comparison,
    perform::StepStatus,
    run::{Fault, Run, Seen},
    verify::Verification,
};
use crate::{artifacts::random_hex, report::Text};

/// The report of a run.
pub fn run(run: &Run) -> String {
    let mut text = Text::new(random_hex());
    text.line(format!("# Run {}: {}", run.id, run.status.word()));
    text.line("");
    text.line(format!(
        "Scenario {} ({}), run {} of {}.",
        Text::quoted(&run.scenario, 120),
        run.file,
        run.attempt,
        run.of
    ));
    text.line(format!("Started {}, took {} ms.", run.started, run.took_ms));
    let environment = &run.environment;
    let commit = environment.commit.as_deref().map(|commit| format!(", commit {commit}")).unwrap_or_default();
    text.line(format!(
        "On {} with {} and fixloop {}{commit}.",
        environment.url, environment.browser, environment.fixloop
    ));
    if let Some(reason) = &run.reason {
        text.line(format!("Reason: {reason}"));
    }
    text.heading("Steps");
    steps(&mut text, run);
    if !run.faults.is_empty() {
        text.heading("Faults");
        run.faults.iter().for_each(|found| fault(&mut text, found));
    }
    if !run.observations.is_empty() {
        text.heading("Observations");
        run.observations.iter().for_each(|seen| observation(&mut text, seen));
    }
    if run.left_out > 0 {
        text.line(format!("{} more were left out.", run.left_out));
    }
    if !run.evidence.is_empty() {
        text.heading("Evidence");
        run.evidence.iter().for_each(|evidence| text.line(format!("- {} ({})", evidence.uri, evidence.mime)));
    }
    text.finish()
}

/// The report of a verdict.
pub fn verification(verification: &Verification) -> String {
    let mut text = Text::new(random_hex());
    text.line(format!("# Verdict: {}", verification.verdict.word()));
    text.line("");
    verdict(&mut text, verification);
    text.finish()
}

/// The lines of a verdict, below its heading.
pub fn verdict(text: &mut Text, verification: &Verification) {
    verification.reasons.iter().for_each(|reason| text.line(format!("- {reason}")));
    let proof = &verification.proof;
    let baseline = proof.baseline.as_deref().unwrap_or("none");
    text.line(format!(
        "Proof: baseline {baseline}; {} of {} runs since show the fault ({}); every step ran: {}.",
        proof.shown,
        proof.of,
        if proof.runs.is_empty() { "none".to_owned() } else { proof.runs.join(", ") },
        if proof.all_steps_ran { "yes" } else { "no" },
    ));
    let lists = [
        ("The fault", &verification.faults),
        ("New faults", &verification.new_faults),
        ("Other faults, as before", &verification.other_faults),
    ];
    for (title, faults) in lists {
        if !faults.is_empty() {
            text.heading(title);
            faults.iter().for_each(|found| fault(text, found));
        }
    }
}

/// What changed from one run to another.
pub fn comparison(text: &mut Text, comparison: &Comparison) {
    text.line(comparison.before.words());
    text.line(comparison.after.words());
    if !comparison.same_steps {
        text.line("The steps are not the same: the scenario was changed in between.");
    }
    let lists = [
        ("Gone", &comparison.gone),
        ("New", &comparison.new),
        ("Still there", &comparison.still),
        ("Not known, since the later run did not get there", &comparison.not_reached),
    ];
    for (title, faults) in lists {
        if !faults.is_empty() {
            text.heading(title);
            faults.iter().for_each(|found| fault(text, found));
        }
    }
    if lists.iter().all(|(_, faults)| faults.is_empty()) {
        text.line("Neither run shows a fault.");
    }
    if !comparison.steps.is_empty() {
        text.heading("Steps that ended otherwise");
    }
    for change in &comparison.steps {
        let word = |status: Option<StepStatus>| match status {
            None => "not there",
            Some(StepStatus::Passed) => "passed",
            Some(StepStatus::Failed) => "failed",
            Some(StepStatus::NotRun) => "not run",
        };
        text.line(format!("{}. {}: {} → {}", change.number, change.what, word(change.before), word(change.after)));
    }
}

/// Every step that did not pass, and a word on those that did.
pub fn steps(text: &mut Text, run: &Run) {
    for (index, step) in run.steps.iter().enumerate() {
        let (mark, took) = match step.status {
            StepStatus::Passed => ("passed", format!(", {} ms", step.took_ms)),
            StepStatus::Failed => ("FAILED", format!(", {} ms", step.took_ms)),
            StepStatus::NotRun => ("not run", String::new()),
        };
        let status = step.http_status.map(|status| format!(", HTTP {status}")).unwrap_or_default();
        text.line(format!("{}. {} ({mark}{took}{status})", index + 1, step.what));
    }
}

/// One fault in a line or two.
pub fn fault(text: &mut Text, fault: &Fault) {
    let issue = fault.issue.as_deref().map(|issue| format!(", {issue}")).unwrap_or_default();
    let count = if fault.count > 1 { format!(", {} times", fault.count) } else { String::new() };
    let step = match fault.step {
        0 => "before step 1".to_owned(),
        step => format!("step {step}"),
    };
    text.line(format!(
        "- {} {} ({step}{count}{issue}; fingerprint {})",
        fault.kind.word(),
        Text::quoted(&fault.title, 300),
        fault.fingerprint
    ));
    if let Some(location) = &fault.location {
        text.line(format!("  at {}", Text::quoted(location, 200)));
    }
}

fn observation(text: &mut Text, seen: &Seen) {
    let observation = &seen.observation;
    let allowed = if seen.allowed { "" } else { " NOT ALLOWED" };
    text.line(format!(
        "- step {} +{} ms:{allowed} {} {} (fingerprint {})",
        observation.step,
        observation.at_ms,
        super::faults::kind(&observation.what).word(),
        Text::quoted(&super::faults::text(&observation.what), 300),
        super::faults::identity(observation)
    ));
}
