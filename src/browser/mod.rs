//! Driver processes, fantoccini sessions, BiDi, snapshot, actions, raw observations.

mod step;
mod words;

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

pub use step::{Action, Step, Target};

use crate::{
    config::BrowserConfig,
    error::{Result, ToolError},
    event::Observation,
};

/// The browsers of this process: drivers that run, sessions that are open. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Browsers {}

/// One fixloop session: an isolated user context with one page in front. All calls on it are serialised inside.
#[derive(Debug)]
pub struct Session {}

/// How to open a session.
#[derive(Debug, Clone, Default)]
pub struct OpenOptions {
    /// `chrome` or `firefox`; none = the configured or first found.
    pub browser: Option<String>,
    /// CSS pixels; none = the configured 1280×720.
    pub viewport: Option<(u32, u32)>,
}

/// What a session is, for replies.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SessionInfo {
    /// `s1`
    pub id: String,
    /// `chrome 156.0.8078.79`
    pub browser: String,
    /// Address of the page in front.
    pub url: String,
    /// Its title; untrusted.
    pub title: String,
    /// What had to be done otherwise than usual: `--no-sandbox (running as root)`, ….
    pub notes: Vec<String>,
}

/// What a step did.
#[derive(Debug, Clone)]
pub struct StepOutcome {
    /// What was done, in a few words of ours: `clicked button "Pay"` (names quoted and cleaned).
    pub summary: String,
    /// What the step caused, raw: frames not yet mapped, envelopes not yet joined. `at_ms` counts from the start of the
    /// step, and `step` is 0: `scenario::perform` sets both.
    pub observations: Vec<Observation>,
    /// HTTP status of the main document, when the step navigated.
    pub status: Option<u16>,
    /// The step's target as a durable locator, for recording.
    pub durable: Option<Target>,
    /// The step typed into a password field: its value must not be recorded.
    pub secret: bool,
    /// Milliseconds the step took, settling included.
    pub took_ms: u64,
}

/// A step that failed, with what it had caused until then.
#[derive(Debug)]
pub struct StepFailure {
    /// Why, and what is in the way or near.
    pub error: ToolError,
    /// What the step caused, raw.
    pub observations: Vec<Observation>,
    /// Milliseconds the step took.
    pub took_ms: u64,
}

/// What part of the page a snapshot shows.
#[derive(Debug, Clone, Default)]
pub struct SnapshotOptions {
    /// Only the subtree of this ref or locator.
    pub root: Option<Target>,
    /// Only lines that hold this text, with their ancestors.
    pub find: Option<String>,
    /// Budget in characters.
    pub max_chars: usize,
}

/// The accessible tree of a page.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// The tree, one node a line (`- button "Pay" [e12]`); untrusted.
    pub tree: String,
    /// Nodes shown.
    pub shown: usize,
    /// Nodes left out for the budget or folded.
    pub left_out: usize,
    /// Address.
    pub url: String,
    /// Title; untrusted.
    pub title: String,
}

/// What to read of a page.
#[derive(Debug, Clone)]
pub enum Read {
    /// Visible text of the page or of a target.
    Text(Option<Target>),
    /// Value, checked state and attributes of a target.
    Element(Target),
    /// Console lines since the session began (or the last navigation).
    Console,
    /// Requests since the last navigation.
    Network,
    /// Result of a JavaScript expression, as JSON.
    Evaluate(String),
}

/// What a screenshot shows.
#[derive(Debug, Clone, Default)]
pub struct ScreenshotOptions {
    /// Only this element.
    pub target: Option<Target>,
    /// The whole page instead of the viewport.
    pub full_page: bool,
}

fn not_built<T>() -> Result<T> {
    Err(ToolError::bare("The browser room is not built yet."))
}

impl Browsers {
    /// Nothing is started until the first session is opened.
    pub fn new(_config: BrowserConfig) -> Self {
        Self {}
    }

    /// Opens a session; starts driver and browser when they do not run yet.
    pub async fn open(&self, _options: OpenOptions, _cancel: &CancellationToken) -> Result<Arc<Session>> {
        not_built()
    }

    /// The session with this id; with none given, the only one that is open.
    pub fn session(&self, _id: Option<&str>) -> Result<Arc<Session>> {
        not_built()
    }

    /// All open sessions.
    pub async fn sessions(&self) -> Vec<SessionInfo> {
        Vec::new()
    }

    /// What browser and driver would be used, or why none; for `status`.
    pub fn found(&self) -> Result<String> {
        not_built()
    }

    /// Closes a session; the last one takes the browser with it.
    pub async fn close(&self, _id: Option<&str>) -> Result<SessionInfo> {
        not_built()
    }

    /// Closes everything; nothing that we started outlives this.
    pub async fn shutdown(&self) {}
}

impl Session {
    /// `s1`; never used again in this process.
    pub fn id(&self) -> &str {
        ""
    }

    /// What it is.
    pub async fn info(&self) -> Result<SessionInfo> {
        not_built()
    }

    /// Runs one step: waits until its target can be acted on, acts, waits until the page has settled, and returns what
    /// the step caused.
    pub async fn perform(
        &self,
        _step: &Step,
        _cancel: &CancellationToken,
    ) -> std::result::Result<StepOutcome, StepFailure> {
        Err(StepFailure {
            error: ToolError::bare("The browser room is not built yet."),
            observations: Vec::new(),
            took_ms: 0,
        })
    }

    /// Observations that came between steps, since the last step.
    pub async fn drain(&self) -> Vec<Observation> {
        Vec::new()
    }

    /// The accessible tree.
    pub async fn snapshot(&self, _options: &SnapshotOptions) -> Result<Snapshot> {
        not_built()
    }

    /// Reads from the page; untrusted text.
    pub async fn read(&self, _what: &Read) -> Result<String> {
        not_built()
    }

    /// A PNG.
    pub async fn screenshot(&self, _options: &ScreenshotOptions) -> Result<Vec<u8>> {
        not_built()
    }
}
