//! The processes that the demo starts: this binary as an MCP server, and node for the app's build.
#![expect(
    clippy::disallowed_methods,
    reason = "the demo plays a user's shell: it starts the server and the build as a person would"
)]

use std::{ffi::OsString, path::Path, process::Stdio, time::Duration};

use tokio::process::{Child, Command};

use crate::error::{Result, ToolError};

/// A build of the demo app takes a fraction of a second; a minute means that it hangs.
const BUILD_LIMIT: Duration = Duration::from_secs(60);

/// Starts this binary as the MCP server of `workspace`, with piped stdio and its log in `log`.
pub(super) fn server(workspace: &Path, flags: &[OsString], log: &Path) -> Result<Child> {
    let failed = |error: std::io::Error| ToolError::bare(format!("Cannot start the server: {error}"));
    let mut command = Command::new(std::env::current_exe().map_err(failed)?);
    command
        .arg("serve")
        .args(flags)
        .arg("--workspace")
        .arg(workspace)
        // The planted bug is nothing for the user's own Sentry.
        .env("FIXLOOP_FORWARD", "")
        .env("FIXLOOP_TUNNEL_ALLOW", "")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(std::fs::File::create(log).map_err(failed)?)
        .current_dir(workspace)
        .kill_on_drop(true)
        .spawn()
        .map_err(failed)
}

/// Builds the app in `app` against the packages in `modules`, with this DSN built in. Returns what the build said:
/// `dist/main.js 89 kB`.
pub(super) async fn build(app: &Path, modules: &Path, dsn: &str) -> Result<String> {
    let output = Command::new("node")
        .arg("build.cjs")
        .current_dir(app)
        .env("NODE_PATH", modules)
        .env("SENTRY_DSN", dsn)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = tokio::time::timeout(BUILD_LIMIT, output)
        .await
        .map_err(|_| ToolError::bare(format!("The app's build took over {} s.", BUILD_LIMIT.as_secs())))?
        .map_err(|error| {
            ToolError::new(format!("Cannot start node: {error}"), "Install Node.js 20 or newer, or run `make demo`.")
        })?;
    if !output.status.success() {
        return Err(ToolError::bare(format!(
            "The app's build failed:\n{}",
            String::from_utf8_lossy(&output.stderr).trim_end()
        )));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
