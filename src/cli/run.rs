//! `fixloop run`: scenarios from a shell, without a model.

use std::{path::PathBuf, process::ExitCode};

use serde::Serialize;

use super::{
    junit,
    shell::{self, EXIT_CODES, FAILED, INCONCLUSIVE, PASSED, Shell, USAGE},
};
use crate::{
    cli::output,
    config::Settings,
    error::ToolError,
    report::Text,
    scenario::{self, Fault, Hooks, Loaded, Run, RunOptions, RunStatus},
};

/// Arguments of `fixloop run`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXIT_CODES)]
pub(super) struct RunArgs {
    /// Scenario files, or names of scenarios in fixloop/
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Run each scenario this often
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=50))]
    times: u32,
    /// Where the app is [default: base_url of the scenario]
    #[arg(long, value_name = "URL")]
    base_url: Option<String>,
    /// Write a JUnit report
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Print one JSON document instead of text
    #[arg(long)]
    json: bool,
}

/// A scenario and what became of it.
pub(super) struct Done {
    /// The scenario.
    pub loaded: Loaded,
    /// Its runs.
    pub runs: Vec<Run>,
    /// Why there are none.
    pub error: Option<ToolError>,
}

/// The document that `--json` prints.
#[derive(Serialize)]
struct Document<'a> {
    fixloop: &'static str,
    exit_code: u8,
    scenarios: Vec<Entry<'a>>,
}

#[derive(Serialize)]
struct Entry<'a> {
    scenario: &'a str,
    file: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    runs: Vec<RunEntry<'a>>,
}

/// A run for `--json`; the whole of it is in its `run.json`.
#[derive(Serialize)]
pub(super) struct RunEntry<'a> {
    id: &'a str,
    status: RunStatus,
    reason: Option<&'a str>,
    took_ms: u64,
    faults: &'a [Fault],
    /// None = it is not kept.
    report: Option<String>,
}

impl<'a> RunEntry<'a> {
    /// The entry of a run whose files are in `runs`; none = they are not kept.
    pub(super) fn of(run: &'a Run, runs: Option<&std::path::Path>) -> Self {
        Self {
            id: &run.id,
            status: run.status,
            reason: run.reason.as_deref(),
            took_ms: run.took_ms,
            faults: &run.faults,
            report: runs.map(|runs| report(runs, run)),
        }
    }
}

fn report(runs: &std::path::Path, run: &Run) -> String {
    runs.join(&run.id).join("report.md").display().to_string()
}

/// Runs the scenarios one after the other.
pub(super) async fn run(args: RunArgs, settings: Settings) -> ExitCode {
    let mut scenarios = Vec::new();
    let mut unreadable = false;
    for file in &args.files {
        match shell::load(&settings, file) {
            Ok(loaded) => scenarios.push(loaded),
            Err(error) => {
                output::complain(error.to_string());
                unreadable = true;
            }
        }
    }
    if unreadable {
        // Nothing is run: half of a suite that looks green is worse than none.
        return ExitCode::from(USAGE);
    }
    let shell = match Shell::open(&settings).await {
        Ok(shell) => shell,
        Err(error) => return shell::fail(&error, INCONCLUSIVE),
    };
    let progress = shell::progress(args.json);
    let hooks = Hooks { cancel: &shell.cancel, progress: &progress };
    let options = RunOptions { times: args.times, base_url: args.base_url.clone() };
    let mut done = Vec::new();
    for loaded in scenarios {
        let (runs, error) = match scenario::run_times(&shell.ctx.rooms(), &loaded, &options, &hooks).await {
            Ok(runs) => (runs, None),
            Err(error) => (Vec::new(), Some(error)),
        };
        done.push(Done { loaded, runs, error });
    }
    shell.close().await;
    let mut code = exit_code(&done, args.times);
    if !shell::write_junit(args.junit.as_deref(), || junit::runs(&done)) && code == PASSED {
        code = INCONCLUSIVE;
    }
    let folder = shell.runs();
    let folder = folder.as_deref();
    match args.json {
        true => output::say(document(&done, code, folder)),
        false => done.iter().for_each(|done| print(done, args.times, folder)),
    }
    ExitCode::from(code)
}

fn exit_code(done: &[Done], times: u32) -> u8 {
    let failed = done.iter().flat_map(|done| &done.runs).any(|run| run.status == RunStatus::Failed);
    let complete = done.iter().all(|done| {
        done.runs.len() as u64 == u64::from(times) && done.runs.iter().all(|run| run.status == RunStatus::Passed)
    });
    match (failed, complete) {
        (true, _) => FAILED,
        (false, true) => PASSED,
        (false, false) => INCONCLUSIVE,
    }
}

fn document(done: &[Done], exit_code: u8, folder: Option<&std::path::Path>) -> String {
    let scenarios = done
        .iter()
        .map(|done| Entry {
            scenario: &done.loaded.scenario.name,
            file: &done.loaded.file,
            error: done.error.as_ref().map(ToString::to_string),
            runs: done.runs.iter().map(|run| RunEntry::of(run, folder)).collect(),
        })
        .collect();
    let document = Document { fixloop: env!("CARGO_PKG_VERSION"), exit_code, scenarios };
    serde_json::to_string_pretty(&document).unwrap_or_default()
}

fn print(done: &Done, times: u32, folder: Option<&std::path::Path>) {
    let passed = done.runs.iter().filter(|run| run.status == RunStatus::Passed).count();
    output::say(format!("{}: {passed} of {times} runs passed", done.loaded.file));
    if let Some(error) = &done.error {
        output::say(format!("  {}", error.to_string().replace('\n', "\n  ")));
    }
    done.runs.iter().for_each(|run| print_run(run, folder));
}

/// A run in a few lines.
pub(super) fn print_run(run: &Run, folder: Option<&std::path::Path>) {
    output::say(format!("  {} {} in {} ms", run.id, run.status.word(), run.took_ms));
    if run.status == RunStatus::Passed {
        return;
    }
    if let Some(reason) = &run.reason {
        output::say(format!("    {}", plain(reason, 500)));
    }
    run.faults.iter().for_each(|fault| print_fault(fault, "    "));
    output::say(match folder {
        Some(folder) => format!("    {}", report(folder, run)),
        None => "    The report is not kept: the workspace cannot be written.".to_owned(),
    });
}

/// A fault in a line.
pub(super) fn print_fault(fault: &Fault, indent: &str) {
    let location =
        fault.location.as_deref().map(|location| format!(" at {}", plain(location, 200))).unwrap_or_default();
    let issue = fault.issue.as_deref().map(|issue| format!(" ({issue})")).unwrap_or_default();
    output::say(format!("{indent}{}: {}{location}{issue}", fault.kind.word(), plain(&fault.title, 300)));
}

/// Text from a page for a terminal: one line, without control characters.
fn plain(text: &str, max: usize) -> String {
    Text::quoted(text, max).trim_start_matches('«').trim_end_matches('»').to_owned()
}
