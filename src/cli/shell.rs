//! What the commands over scenarios share: the handles without MCP, Ctrl-C, and the exit codes.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use tokio_util::sync::CancellationToken;

use crate::{
    artifacts,
    cli::output,
    config::Settings,
    ctx::Ctx,
    error::{Result, ToolError},
    scenario::{self, Loaded},
};

/// Passed, or fixed.
pub(super) const PASSED: u8 = 0;
/// Failed, still failing, flaky or regressed.
pub(super) const FAILED: u8 = 1;
/// Wrong arguments, or a file that cannot be read.
pub(super) const USAGE: u8 = 2;
/// Could not look, or nothing is proved.
pub(super) const INCONCLUSIVE: u8 = 3;

/// The exit codes, for `--help`.
pub(super) const EXIT_CODES: &str = "Exit codes:\n  0  passed, or fixed\n  1  failed, still failing, flaky or regressed\n  \
                                     2  wrong arguments, or a scenario file that cannot be read\n  3  inconclusive, or it \
                                     could not run (no browser, app not reachable, cancelled)";

/// How long closing browsers and sink may take.
const CLOSE_LIMIT: Duration = Duration::from_secs(10);

/// Where the results of a command go, and where its handles are.
pub(super) struct Shell {
    /// The handles; the same as the server's.
    pub ctx: Ctx,
    /// Cancelled by Ctrl-C and by the signals that end a process.
    pub cancel: CancellationToken,
}

impl Shell {
    /// Opens the workspace that the settings name, else the working directory.
    pub(super) async fn open(settings: &Settings) -> Result<Self> {
        let workspace = workspace(settings);
        let config = settings.resolve(&workspace)?;
        let ctx = Ctx::open(Arc::new(config), &workspace).await?;
        ctx.notes.iter().for_each(output::complain);
        let cancel = CancellationToken::new();
        let on_signal = cancel.clone();
        tokio::spawn(async move {
            super::serve::shutdown_signal().await;
            on_signal.cancel();
        });
        Ok(Self { ctx, cancel })
    }

    /// Where runs are kept; none = they go with this process, since the workspace cannot be written.
    pub(super) fn runs(&self) -> Option<PathBuf> {
        let artifacts = &self.ctx.artifacts;
        (!artifacts.is_temporary()).then(|| artifacts.root().join("runs"))
    }

    /// Closes what was opened.
    pub(super) async fn close(&self) {
        if tokio::time::timeout(CLOSE_LIMIT, self.ctx.close()).await.is_err() {
            output::complain("browser and sink did not close in time");
        }
    }
}

fn workspace(settings: &Settings) -> PathBuf {
    settings.workspace.clone().unwrap_or_else(|| PathBuf::from("."))
}

/// Reads a scenario: a file from the working directory, else a name or a file of the workspace.
pub(super) fn load(settings: &Settings, named: &Path) -> Result<Loaded> {
    let workspace = workspace(settings);
    let workspace = workspace.canonicalize().map_err(|error| {
        ToolError::new(
            format!("The workspace {} cannot be used: {error}", workspace.display()),
            "Give a folder that exists with --workspace DIR.",
        )
    })?;
    let path = match named.canonicalize() {
        Ok(path) if path.is_file() => path,
        _ => named.to_path_buf(),
    };
    scenario::load(&workspace, &path.to_string_lossy())
}

/// Says what went wrong, and gives the code for it.
pub(super) fn fail(error: &ToolError, code: u8) -> ExitCode {
    output::complain(error.to_string());
    ExitCode::from(code)
}

/// Writes a JUnit report; `false` = it could not be written.
pub(super) fn write_junit(path: Option<&Path>, xml: impl FnOnce() -> Result<String>) -> bool {
    let Some(path) = path else { return true };
    match xml().and_then(|xml| artifacts::write_whole(path, xml.as_bytes())) {
        Ok(()) => true,
        Err(error) => {
            output::complain(error.to_string());
            false
        }
    }
}

/// Progress to stderr, where a person watches it.
pub(super) fn progress(quiet: bool) -> impl Fn(String) + Send + Sync {
    use std::io::IsTerminal;
    let show = !quiet && std::io::stderr().is_terminal();
    move |message| {
        if show {
            output::complain(message);
        }
    }
}
