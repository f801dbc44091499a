//! One file per command.

mod demo;
mod doctor;
mod guard;
mod junit;
mod output;
mod run;
mod serve;
mod shell;
mod sink;
mod verify;

use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::config::{self, Settings};

/// fixloop: an MCP server that lets an agent test, detect, analyze, fix, retest and validate a web app.
#[derive(Debug, Parser)]
#[command(name = "fixloop", version, disable_help_subcommand = true)]
struct Cli {
    #[command(flatten)]
    settings: Settings,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve MCP on stdin and stdout (the default)
    Serve,
    /// Close the whole loop on a small app with a planted bug, for you to watch
    Demo(demo::DemoArgs),
    /// Take in Sentry events, without MCP, until interrupted
    Sink,
    /// Run scenarios and say whether they pass
    Run(run::RunArgs),
    /// Find what keeps Sentry from hearing of a fault, and fix it
    Doctor(doctor::DoctorArgs),
    /// Say whether a fault is fixed: rerun the scenario that showed it
    Verify(verify::VerifyArgs),
}

/// Parses the arguments and runs the command.
pub fn main() -> ExitCode {
    if let Some(code) = guard::intercept() {
        return code;
    }
    let matches = Cli::command().try_get_matches();
    let in_browser = matches.as_ref().is_ok_and(|all| doctor::wants_browser(all.subcommand_matches("doctor")));
    let cli = match matches.and_then(|mut all| Cli::from_arg_matches_mut(&mut all)) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version go to stdout, mistakes to stderr, as clap decides.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    log_to_stderr();
    match cli.command.unwrap_or(Command::Serve) {
        Command::Serve => on_runtime(serve::run(cli.settings)),
        Command::Sink => on_runtime(sink::run(cli.settings)),
        Command::Demo(args) => on_runtime(demo::run(args, cli.settings)),
        Command::Run(args) => on_runtime(run::run(args, cli.settings)),
        Command::Doctor(args) => on_runtime(doctor::run(args, cli.settings, in_browser)),
        Command::Verify(args) => on_runtime(verify::run(args, cli.settings)),
    }
}

/// Runs a command on the async runtime. Two workers are enough: what fixloop waits for is elsewhere.
fn on_runtime(command: impl Future<Output = ExitCode>) -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            output::complain(format!("cannot start: {error}"));
            return ExitCode::FAILURE;
        }
    };
    let code = runtime.block_on(command);
    // A blocked read of stdin must not hold up the exit.
    runtime.shutdown_background();
    code
}

fn log_to_stderr() {
    let filter = tracing_subscriber::EnvFilter::builder().parse_lossy(config::log_filter());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(false).init();
}
