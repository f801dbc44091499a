//! `fixloop doctor`: the set-up of Sentry checked from a shell, without a model.

mod document;
mod print;
mod sarif;

use std::{
    io::IsTerminal,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{ArgMatches, parser::ValueSource};

use super::shell::{self, Shell};
use crate::{
    artifacts,
    cli::output,
    config::{self, Settings},
    doctor::{
        check::{Ask, Checked, Only, check},
        finding::Severity,
        fix::{Applied, Which, apply},
        mask::Mask,
    },
    error::{Result, ToolError},
};

/// Nothing, or nothing but infos.
const WELL: u8 = 0;
/// Warnings.
const WARNINGS: u8 = 1;
/// Errors, or secrets that are out.
const ERRORS: u8 = 2;
/// Could not look.
const NOT_LOOKED: u8 = 3;

/// The exit codes, for `--help`.
const EXIT_CODES: &str = "Exit codes:\n  0  nothing wrong, or nothing but infos\n  1  warnings\n  2  errors, or secrets that are \
                          out (with --fix: that are left); wrong arguments\n  3  could not look: no such folder, app not \
                          reachable, no browser";

/// Arguments of `fixloop doctor`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXIT_CODES)]
pub(super) struct DoctorArgs {
    /// The project, or one app of it
    #[arg(value_name = "DIR", default_value = ".")]
    dir: PathBuf,
    /// Look at the running app too
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// Throw a test error in it, in a browser
    // The same flag chooses the browser of other commands, so this one stands in its place here.
    #[arg(long, value_name = "NAME", requires = "url", num_args = 0..=1, require_equals = true,
          default_missing_value = ANY, value_parser = [ANY, "chrome", "firefox"])]
    browser: Option<String>,
    /// Rules, groups of rules, or a least severity: TUN002,CSP,error
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    only: Vec<String>,
    /// Write the fixes of all warnings and worse into the files
    #[arg(long)]
    fix: bool,
    /// Print one JSON document instead of text
    #[arg(long)]
    json: bool,
    /// Write a SARIF report
    #[arg(long, value_name = "FILE")]
    sarif: Option<PathBuf>,
}

/// The browser that is used where none is named.
const ANY: &str = "any";

/// What a run of the command came to.
struct Done {
    checked: Checked,
    applied: Option<Applied>,
    mask: Mask,
}

/// Whether the command line asks for a browser; a variable of the environment only names one.
pub(super) fn wants_browser(matches: Option<&ArgMatches>) -> bool {
    matches.is_some_and(|all| all.value_source("browser") == Some(ValueSource::CommandLine))
}

/// Checks the set-up. `in_browser`: the flag was on the command line, not in the environment.
pub(super) async fn run(mut args: DoctorArgs, mut settings: Settings, in_browser: bool) -> ExitCode {
    args.browser = args.browser.filter(|_| in_browser);
    settings.browser = settings.browser.filter(|name| name != ANY);
    let done = match looked(&args, &settings).await {
        Ok(done) => done,
        Err(error) => return shell::fail(&error, NOT_LOOKED),
    };
    let mut code = exit_code(&done.checked);
    if let Some(path) = &args.sarif {
        let report = sarif::report(&done.checked, &done.mask);
        if let Err(error) = artifacts::write_whole(path, report.as_bytes()) {
            output::complain(error.to_string());
            code = NOT_LOOKED;
        }
    }
    match args.json {
        true => output::say(document::document(&done, code)),
        false => {
            let colour =
                std::io::stdout().is_terminal() && config::variable("NO_COLOR").is_none_or(|set| set.is_empty());
            output::say(print::text(&done, colour));
        }
    }
    ExitCode::from(code)
}

async fn looked(args: &DoctorArgs, settings: &Settings) -> Result<Done> {
    let (root, dir) = place(args, settings)?;
    let ask = Ask { dir, only: Only::read(&args.only)? };
    let applied = match args.fix {
        true => Some(apply(&root, ask.clone(), &Which::All(Severity::Warning), false).await?),
        false => None,
    };
    let mut checked = check(root, ask).await?;
    if let Some(url) = &args.url {
        let shell = Shell::open(settings).await?;
        let progress = shell::progress(args.json);
        let browsers = args.browser.as_ref().map(|_| &shell.ctx.browsers);
        let watched =
            checked.watch(url, browsers, &shell.ctx.sink, &shell.cancel, |said| progress(said.to_owned())).await;
        shell.close().await;
        watched?;
    }
    let mut mask = Mask::of(&checked.findings);
    if let Some(applied) = &applied {
        mask.also(&applied.mask);
    }
    Ok(Done { checked, applied, mask })
}

/// The folder that is read, and the folder in it that is asked about: the whole repository is read, since a lock file, a
/// policy or a shared module may stand above the app.
fn place(args: &DoctorArgs, settings: &Settings) -> Result<(PathBuf, Option<String>)> {
    let real = |path: &Path| {
        path.canonicalize().ok().filter(|path| path.is_dir()).ok_or_else(|| {
            ToolError::new(format!("There is no folder {}.", path.display()), "Give the folder of the project.")
        })
    };
    let dir = real(&args.dir)?;
    let root = match &settings.workspace {
        Some(workspace) => real(workspace)?,
        None => dir.ancestors().find(|above| above.join(".git").exists()).unwrap_or(&dir).to_path_buf(),
    };
    let within = dir.strip_prefix(&root).map_err(|_| {
        ToolError::new(
            format!("{} is not in the workspace {}.", dir.display(), root.display()),
            "Leave --workspace out, or give the folder above it.",
        )
    })?;
    let within = within.to_string_lossy().replace('\\', "/");
    Ok((root, Some(within).filter(|within| !within.is_empty())))
}

fn exit_code(checked: &Checked) -> u8 {
    match checked.findings.iter().map(|each| each.finding.severity).min() {
        Some(Severity::Critical | Severity::Error) => ERRORS,
        Some(Severity::Warning) => WARNINGS,
        Some(Severity::Info) | None => WELL,
    }
}
