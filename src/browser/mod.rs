//! Driver processes, fantoccini sessions, BiDi, snapshot, actions, raw observations.

mod bidi;
mod browsers;
mod engine;
mod find;
mod kept;
mod navigate;
mod observe;
mod page;
pub mod process;
mod screenshot;
mod session;
mod settle;
mod step;
mod tab;
mod words;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use browsers::Browsers;
pub use engine::Processes;
pub use observe::{Blocked, Exchange, Received, Traffic, address};
pub use page::Secrets;
pub use session::Session;
pub use step::{Action, Step, Target};

use crate::{error::ToolError, event::Observation};

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
#[derive(Debug, Clone, Default)]
pub struct StepOutcome {
    /// Its number in the session, from 1: what [`Session::drain`] gives later names it.
    pub number: usize,
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
    /// The page had not settled when the step ended.
    pub unsettled: bool,
    /// Milliseconds the step took, settling included.
    pub took_ms: u64,
}

/// A step that failed, with what it had caused until then.
#[derive(Debug)]
pub struct StepFailure {
    /// Its number in the session, from 1; 0 = it was not begun.
    pub number: usize,
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
    /// The newest console lines of the session.
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
