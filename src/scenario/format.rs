//! What a scenario is: steps with durable locators, expectations, and what may be observed.

use std::fmt::Write as _;

use md5::{Digest, Md5};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::browser::Step;

/// A scenario, as its file says it: texts may still hold `${NAME}`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Scenario {
    /// What people call it.
    pub name: String,
    /// What it shows.
    pub description: Option<String>,
    /// Where the app is; paths in steps are relative to it.
    pub base_url: Option<String>,
    /// CSS pixels.
    pub viewport: Option<(u32, u32)>,
    /// What to do, in order; the first is a navigation.
    pub steps: Vec<Step>,
    /// What must be so at the end: `expect` steps.
    pub expect: Vec<Step>,
    /// Whether observations fail a run.
    pub observations: Observations,
    /// Observations that are fine.
    pub allow: Vec<Allow>,
}

/// Whether observations that are not allowed fail a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Observations {
    /// They do: none must be seen but those under `allow`.
    #[default]
    None,
    /// They do not.
    Any,
}

/// An observation that is fine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Allow {
    /// The one with this fingerprint.
    Fingerprint(String),
    /// Those of this kind that hold this text.
    Text {
        /// Kind of observation.
        kind: Kind,
        /// Part of its message or URL, as it stands.
        text: String,
    },
}

/// The kinds of observation by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// An uncaught exception.
    UncaughtError,
    /// A promise rejection that nobody handled.
    UnhandledRejection,
    /// `console.error(…)`.
    ConsoleError,
    /// A request without a response.
    FailedRequest,
    /// A response that was not 2xx/3xx.
    HttpError,
    /// A Content-Security-Policy violation.
    CspViolation,
    /// The page's process crashed.
    Crash,
    /// A dialog.
    Dialog,
    /// A Sentry envelope.
    SentryEnvelope,
    /// A step of the scenario that could not be done, or an expectation that did not hold.
    StepFailed,
}

impl Kind {
    /// Its name in files and replies.
    pub fn word(self) -> &'static str {
        match self {
            Self::UncaughtError => "uncaught_error",
            Self::UnhandledRejection => "unhandled_rejection",
            Self::ConsoleError => "console_error",
            Self::FailedRequest => "failed_request",
            Self::HttpError => "http_error",
            Self::CspViolation => "csp_violation",
            Self::Crash => "crash",
            Self::Dialog => "dialog",
            Self::SentryEnvelope => "sentry_envelope",
            Self::StepFailed => "step_failed",
        }
    }
}

impl Scenario {
    /// The steps and the expectations at the end, in the order in which a run does them.
    pub fn all_steps(&self) -> Vec<Step> {
        self.steps.iter().chain(&self.expect).cloned().collect()
    }

    /// The same for scenarios that do and expect the same, wherever the app is and whatever may be observed.
    ///
    /// Runs are compared only when it is equal: a fault is not gone because the step that showed it is.
    pub fn step_hash(&self) -> String {
        short_hash(&serde_json::to_vec(&(&self.steps, &self.expect)).unwrap_or_default())
    }
}

/// 12 hex characters of the MD5: for telling contents apart, not for security.
pub(super) fn short_hash(bytes: &[u8]) -> String {
    Md5::digest(bytes).iter().take(6).fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
