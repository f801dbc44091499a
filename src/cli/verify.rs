//! `fixloop verify`: the verdict on a fix from a shell, without a model.

use std::{path::PathBuf, process::ExitCode};

use serde::Serialize;

use super::{
    junit,
    run::{RunEntry, print_fault, print_run},
    shell::{self, EXIT_CODES, FAILED, INCONCLUSIVE, PASSED, Shell, USAGE},
};
use crate::{
    cli::output,
    config::Settings,
    scenario::{self, Hooks, Verdict, Verification, VerifyRequest},
};

/// Arguments of `fixloop verify`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXIT_CODES)]
pub(super) struct VerifyArgs {
    /// Scenario file, or name of a scenario in fixloop/
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The fault: its fingerprint, LOCAL-n or part of its title [default: every fault of the baseline]
    #[arg(long, value_name = "FAULT")]
    fault: Option<String>,
    /// The run that showed the fault [default: the newest red run of the scenario]
    #[arg(long, value_name = "RUN")]
    baseline: Option<String>,
    /// Runs to make
    #[arg(long, value_name = "N", default_value_t = scenario::VERIFY_TIMES,
          value_parser = clap::value_parser!(u32).range(1..=50))]
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

/// The document that `--json` prints.
#[derive(Serialize)]
struct Document<'a> {
    fixloop: &'static str,
    exit_code: u8,
    scenario: &'a str,
    file: &'a str,
    #[serde(flatten)]
    verification: &'a Verification,
    runs: Vec<RunEntry<'a>>,
}

/// Verifies a fix.
pub(super) async fn run(args: VerifyArgs, settings: Settings) -> ExitCode {
    let loaded = match shell::load(&settings, &args.file) {
        Ok(loaded) => loaded,
        Err(error) => return shell::fail(&error, USAGE),
    };
    let shell = match Shell::open(&settings).await {
        Ok(shell) => shell,
        Err(error) => return shell::fail(&error, INCONCLUSIVE),
    };
    let request = VerifyRequest {
        fault: args.fault.clone(),
        times: args.times,
        baseline: args.baseline.clone(),
        base_url: args.base_url.clone(),
    };
    let progress = shell::progress(args.json);
    let hooks = Hooks { cancel: &shell.cancel, progress: &progress };
    let verified = scenario::verify(&shell.ctx.rooms(), &loaded, &request, &hooks).await;
    shell.close().await;
    let (verification, runs) = match verified {
        Ok(verified) => verified,
        Err(error) => return shell::fail(&error, INCONCLUSIVE),
    };
    let mut code = exit_code(verification.verdict);
    if !shell::write_junit(args.junit.as_deref(), || junit::verdict(&loaded, &verification, &runs)) && code == PASSED {
        code = INCONCLUSIVE;
    }
    let folder = shell.runs();
    let folder = folder.as_deref();
    if args.json {
        let document = Document {
            fixloop: env!("CARGO_PKG_VERSION"),
            exit_code: code,
            scenario: &loaded.scenario.name,
            file: &loaded.file,
            verification: &verification,
            runs: runs.iter().map(|run| RunEntry::of(run, folder)).collect(),
        };
        output::say(serde_json::to_string_pretty(&document).unwrap_or_default());
        return ExitCode::from(code);
    }
    output::say(format!("{}: {}", loaded.file, verification.verdict.word()));
    verification.reasons.iter().for_each(|reason| output::say(format!("  {reason}")));
    let lists = [("the fault", &verification.faults), ("new", &verification.new_faults)];
    for (title, faults) in lists.iter().filter(|(_, faults)| !faults.is_empty()) {
        output::say(format!("  {title}:"));
        faults.iter().for_each(|fault| print_fault(fault, "    "));
    }
    runs.iter().for_each(|run| print_run(run, folder));
    ExitCode::from(code)
}

fn exit_code(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Fixed => PASSED,
        Verdict::StillFailing | Verdict::Flaky | Verdict::Regressed => FAILED,
        Verdict::Inconclusive => INCONCLUSIVE,
    }
}
