//! The one way of a call: time limit, cancellation, progress, span, panic guard. Nothing of it is done per tool.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures_util::FutureExt;
use rmcp::{
    Peer, RoleServer,
    model::{CallToolResult, ProgressNotificationParam, ProgressToken, ProtocolVersion},
};
use serde_json::{Map, Value};
use tokio::{sync::watch, time::Instant};
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use super::{
    confirm::Asker,
    reply,
    route::{Outcome, Route},
    tool::Call,
};
use crate::{artifacts::random_hex, ctx::Ctx, error::ToolError};

/// A call that runs longer says what it is doing.
const QUIET: Duration = Duration::from_secs(1);
/// How often it says that it still runs when nothing else is new.
const STILL_RUNNING: Duration = Duration::from_secs(5);
/// A tool that is cancelled may clean up for this long before it is dropped; the promise to clients is 200 ms.
const CLEAN_UP: Duration = Duration::from_millis(120);

/// A tool whose time is up may report what it has for this long; the client still waits.
const WRAP_UP: Duration = Duration::from_secs(1);

/// Where a call came from: what the pipeline needs of its request.
pub(super) struct Caller {
    /// Cancelled by the client, by its leaving, or by the end of the server.
    pub cancel: CancellationToken,
    /// Where progress goes.
    pub peer: Peer<RoleServer>,
    /// What the client calls this request's progress; none = it does not want any.
    pub token: Option<ProgressToken>,
    /// The client knows the content type `resource_link`.
    pub links: bool,
    /// The protocol of the request.
    pub version: Option<ProtocolVersion>,
}

/// Runs one call of a tool to its reply.
pub(super) async fn run(route: &Route, ctx: Arc<Ctx>, arguments: Map<String, Value>, caller: Caller) -> CallToolResult {
    // 32 bits that the text cannot know; longer marks cost tokens in every reply.
    let boundary: String = random_hex().chars().take(8).collect();
    let limit = ctx.config.call_timeout;
    let budget = ctx.config.reply_chars;
    let (messages, latest) = watch::channel(String::new());
    let asker = Asker::new(caller.peer.clone(), caller.version);
    let call = Call::new(caller.cancel.child_token(), messages, asker);
    let span = tracing::info_span!("call", tool = route.name);
    let work = route.call(ctx.clone(), call.clone(), arguments, boundary.clone()).instrument(span.clone());
    let outcome = tokio::select! {
        outcome = bounded(route.name, AssertUnwindSafe(work), &call, &caller.cancel, limit) => outcome,
        () = report_progress(caller.peer, caller.token, latest) => Err(ToolError::cancelled()),
    };
    let _in_span = span.enter();
    match outcome {
        Ok(outcome) => reply::success(outcome, &boundary, budget, &ctx.artifacts, caller.links),
        Err(error) => {
            tracing::info!(what = error.what(), cause = error.source_chain(), "the call failed");
            reply::failure(&error, budget)
        }
    }
}

/// The work, until it ends, panics, is cancelled or takes longer than `limit`.
async fn bounded<F>(
    tool: &str,
    work: AssertUnwindSafe<F>,
    call: &Call,
    client: &CancellationToken,
    limit: Duration,
) -> Result<Outcome, ToolError>
where
    F: Future<Output = Result<Outcome, ToolError>> + Send,
{
    let mut work =
        std::pin::pin!(work.catch_unwind().map(|ended| ended.unwrap_or_else(|panic| Err(broken(tool, &*panic)))));
    tokio::select! {
        outcome = &mut work => return outcome,
        () = client.cancelled() => {}
        () = tokio::time::sleep(limit) => {
            call.end_time();
            let ended = tokio::select! {
                ended = tokio::time::timeout(WRAP_UP, &mut work) => Some(ended),
                () = client.cancelled() => None,
            };
            match ended {
                // What it has is better than an error.
                Some(Ok(Ok(outcome))) => return Ok(outcome),
                Some(_) => return Err(too_long(tool, limit)),
                None => {}
            }
        }
    }
    // Nobody reads the answer: all that counts is that nothing is left behind.
    let _ = tokio::time::timeout(CLEAN_UP, work).await;
    Err(ToolError::cancelled())
}

/// The time limit of a call is up.
fn too_long(tool: &str, limit: Duration) -> ToolError {
    ToolError::new(
        format!("{tool} took longer than {} s and was stopped.", limit.as_secs()),
        "Ask for less in one call, or give more time with --call-timeout SECONDS.",
    )
}

/// A bug of ours: the tool panicked. The server goes on.
fn broken(tool: &str, panic: &(dyn std::any::Any + Send)) -> ToolError {
    let message = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let message = message.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
    tracing::error!(tool, message, "a tool panicked");
    ToolError::new(
        format!("{tool} failed inside of fixloop. This is a bug of fixloop, not of your arguments."),
        "Other tools still work. Report it with the lines that fixloop wrote to stderr.",
    )
}

/// Tells the client what the call is doing, from one second on. Never ends by itself.
async fn report_progress(peer: Peer<RoleServer>, token: Option<ProgressToken>, mut latest: watch::Receiver<String>) {
    let Some(token) = token else { return std::future::pending().await };
    let begun = Instant::now();
    tokio::time::sleep(QUIET).await;
    loop {
        let seconds = begun.elapsed().as_secs_f64();
        let doing = latest.borrow_and_update().clone();
        let doing = if doing.is_empty() { "still running".to_owned() } else { doing };
        let message = crate::redact::text(&format!("{doing} ({seconds:.0} s)"));
        let progress = ProgressNotificationParam::new(token.clone(), seconds).with_message(message);
        if peer.notify_progress(progress).await.is_err() {
            return std::future::pending().await;
        }
        // At most two messages a second, however fast the work goes on.
        tokio::time::sleep(Duration::from_millis(500)).await;
        tokio::select! {
            changed = latest.changed() => if changed.is_err() { return std::future::pending().await },
            () = tokio::time::sleep(STILL_RUNNING) => {}
        }
    }
}
