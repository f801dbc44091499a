//! What the runs of one call come to, for replies.

use schemars::JsonSchema;
use serde::Serialize;

use super::{
    compare::RunLine,
    files::Loaded,
    report,
    run::{Fault, Run, RunStatus},
    verify::report_uri,
};
use crate::report::{Attachment, Render, Text};

/// The runs of one call.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Summary {
    /// Name of the scenario.
    pub scenario: String,
    /// Its file.
    pub file: String,
    /// Runs that passed.
    pub passed: usize,
    /// Runs that were asked for.
    pub of: u32,
    /// The runs.
    pub runs: Vec<RunLine>,
    /// What was wrong, each fault once.
    pub faults: Vec<SeenFault>,
    #[serde(skip)]
    shown: Option<Run>,
}

/// A fault, and in how many of the runs it was seen.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct SeenFault {
    /// Runs that show it.
    pub seen_in: usize,
    /// The fault.
    pub fault: Fault,
}

impl Summary {
    /// Sums up `runs` of a scenario, of which `wanted` were asked for.
    pub fn of(loaded: &Loaded, runs: &[Run], wanted: u32) -> Self {
        let mut faults: Vec<SeenFault> = Vec::new();
        for fault in runs.iter().flat_map(|run| &run.faults) {
            match faults.iter_mut().find(|seen| seen.fault.fingerprint == fault.fingerprint) {
                Some(seen) => seen.seen_in += 1,
                None => faults.push(SeenFault { seen_in: 1, fault: fault.clone() }),
            }
        }
        let failed = runs.iter().find(|run| run.status != RunStatus::Passed);
        Self {
            scenario: loaded.scenario.name.clone(),
            file: loaded.file.clone(),
            passed: runs.iter().filter(|run| run.status == RunStatus::Passed).count(),
            of: wanted,
            runs: runs.iter().map(RunLine::of).collect(),
            faults,
            shown: failed.or(runs.last()).cloned(),
        }
    }
}

impl Render for Summary {
    fn render(&self, text: &mut Text) {
        text.line(format!("{} of {} runs of {} passed.", self.passed, self.of, self.file));
        for run in &self.runs {
            text.line(run.words());
        }
        if let Some(run) = &self.shown {
            text.heading(format!("Run {}: {}", run.id, run.status.word()));
            if let Some(reason) = &run.reason {
                text.line(reason);
            }
            report::steps(text, run);
        }
        if !self.faults.is_empty() {
            text.heading("Faults");
        }
        for seen in &self.faults {
            report::fault(text, &seen.fault);
            if self.runs.len() > 1 {
                text.line(format!("  in {} of {} runs", seen.seen_in, self.runs.len()));
            }
        }
        if self.runs.iter().any(|run| run.status == RunStatus::Failed) {
            text.line("");
            text.line("Next: find the cause (get_issue, the location above), fix it, then verify_fix.");
        }
    }

    fn attachments(&self) -> Vec<Attachment> {
        let Some(run) = &self.shown else { return Vec::new() };
        let report = Attachment {
            uri: report_uri(&run.id),
            name: format!("{}/report.md", run.id),
            mime: "text/markdown".to_owned(),
            description: format!("Report of run {}", run.id),
            inline: None,
        };
        let evidence = run.evidence.iter().map(|evidence| Attachment {
            uri: evidence.uri.clone(),
            name: evidence.name.clone(),
            mime: evidence.mime.clone(),
            description: format!("The page when run {} had failed", run.id),
            inline: None,
        });
        std::iter::once(report).chain(evidence).collect()
    }
}
