//! What a tool is: a declaration and one call of a service.

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};
use tokio_util::sync::CancellationToken;

use super::confirm::{Asker, Confirmation};
use crate::{ctx::Ctx, error::ToolError, report::Render};

/// A tool: declares itself and calls one service. It formats nothing and does no I/O of its own.
pub trait Tool: 'static {
    /// The arguments. Must be `#[serde(deny_unknown_fields)]`; field docs are what the model reads.
    type Input: DeserializeOwned + JsonSchema + Send + 'static;
    /// The result: `structuredContent`, and its own Markdown.
    type Report: Serialize + JsonSchema + Render + Send + 'static;
    /// Wire name.
    const NAME: &'static str;
    /// Title for people.
    const TITLE: &'static str;
    /// `include_str!("../../tools/NAME.md")`: the words above the marker are the description.
    const CONTRACT: &'static str;
    /// Every hint, explicitly.
    const HINTS: Hints;
    /// The toolset it belongs to.
    const TOOLSET: Toolset;

    /// Runs one call.
    fn run(ctx: &Ctx, call: &Call, input: Self::Input) -> impl Future<Output = Result<Self::Report, ToolError>> + Send;
}

/// The four MCP tool hints; none has a default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hints {
    /// Changes nothing, here or elsewhere.
    pub read_only: bool,
    /// May destroy or overwrite something.
    pub destructive: bool,
    /// Calling it again with the same arguments changes nothing more.
    pub idempotent: bool,
    /// Reaches things outside fixloop (web pages, servers).
    pub open_world: bool,
}

/// Groups of tools that `--toolsets` selects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Toolset {
    /// Always on: `status`.
    Core,
    /// `browser_*`.
    Browser,
    /// Issues and events.
    Sentry,
    /// Scenarios, runs, verdicts.
    Scenario,
    /// The setup doctor (a later issue).
    Setup,
    /// Projects, teams and DSNs of Sentry; offered only where it is named.
    Admin,
}

impl Toolset {
    /// Its name in `--toolsets`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Core => "core",
            Self::Browser => "browser",
            Self::Sentry => "sentry",
            Self::Scenario => "scenario",
            Self::Setup => "setup",
            Self::Admin => "admin",
        }
    }
}

/// What a running call may know of its client: cancellation, progress, and the user's word.
#[derive(Debug, Clone)]
pub struct Call {
    cancel: CancellationToken,
    time_is_up: Arc<AtomicBool>,
    progress: tokio::sync::watch::Sender<String>,
    asker: Asker,
}

impl Call {
    /// A call that `cancel` stops; the latest progress message is read from `progress`.
    pub(super) fn new(cancel: CancellationToken, progress: tokio::sync::watch::Sender<String>, asker: Asker) -> Self {
        Self { cancel, time_is_up: Arc::default(), progress, asker }
    }

    /// Asks the user to confirm what `message` says, before an act that cannot be undone. The wait is bounded; no answer
    /// is none. A message goes to people: text from elsewhere belongs in it only as `Text::quoted`.
    pub async fn confirm(&self, message: &str) -> Confirmation {
        self.asker.ask(message, &self.cancel).await
    }

    /// Cancelled when the client cancels, disconnects, or the time limit is up. Services stop their work on it.
    pub fn cancel(&self) -> &CancellationToken {
        &self.cancel
    }

    /// Whether the work is stopped because the time limit is up: the client still waits, and what was done and seen until
    /// now is better than an error. A report must come at once.
    pub fn time_is_up(&self) -> bool {
        self.time_is_up.load(Ordering::Acquire)
    }

    /// Stops the work since its time is up.
    pub(super) fn end_time(&self) {
        self.time_is_up.store(true, Ordering::Release);
        self.cancel.cancel();
    }

    /// Says what the call is doing now; sent to the client once the call runs past 1 s.
    pub fn progress(&self, message: impl Into<String>) {
        self.progress.send_replace(message.into());
    }
}
