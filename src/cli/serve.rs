//! `fixloop serve`, the default: MCP on stdin and stdout. Here the rooms are put together.

use std::process::ExitCode;

use crate::{
    cli::output,
    config::{self, Settings},
    mcp, tools,
};

/// Serves until the client closes stdin or a signal comes.
pub(super) async fn run(settings: Settings) -> ExitCode {
    let mut routes = tools::all();
    if config::test_tools() {
        routes.push(mcp::self_test());
    }
    match mcp::serve(settings, routes, shutdown_signal()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::complain(error.to_string());
            ExitCode::FAILURE
        }
    }
}

/// Comes back when the process is told to end.
#[cfg(unix)]
pub(super) async fn shutdown_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut term), Ok(mut int), Ok(mut hangup)) =
        (signal(SignalKind::terminate()), signal(SignalKind::interrupt()), signal(SignalKind::hangup()))
    else {
        return std::future::pending().await;
    };
    tokio::select! { _ = term.recv() => {}, _ = int.recv() => {}, _ = hangup.recv() => {} }
}

/// Comes back when the process is told to end.
#[cfg(not(unix))]
pub(super) async fn shutdown_signal() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending().await
    }
}
