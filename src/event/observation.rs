//! An observation: one thing that went wrong (or was sent) while a step ran.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Frame;

/// One thing that went wrong, or was sent, while a step ran. Text in it comes from the page: untrusted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Observation {
    /// 1-based index of the step that caused it; 0 = between steps, or while the page was opened.
    pub step: usize,
    /// Milliseconds since the act (or run) began.
    pub at_ms: u64,
    /// URL of the document it happened in.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub page_url: String,
    /// How often the same thing was seen in this step (folded).
    #[serde(default = "one")]
    pub count: u32,
    /// The same for the same fault across reloads, runs and builds; written by `event::fingerprint` after source mapping.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub fingerprint: String,
    /// What it was.
    #[serde(flatten)]
    pub what: What,
}

fn one() -> u32 {
    1
}

/// The kinds of observation, each with what is known of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum What {
    /// An uncaught exception.
    UncaughtError(Fault),
    /// A promise rejection that nobody handled.
    UnhandledRejection(Fault),
    /// `console.error(…)`, with the error's own message and stack where an Error was logged.
    ConsoleError(Fault),
    /// A request that got no response (DNS, refused, aborted, blocked).
    FailedRequest(Request),
    /// A response that was not 2xx/3xx.
    HttpError(Request),
    /// A Content-Security-Policy violation.
    CspViolation(Csp),
    /// The page's process crashed.
    Crash {
        /// What the browser said.
        message: String,
    },
    /// A dialog (alert, confirm, prompt, beforeunload) opened.
    Dialog {
        /// `alert`, `confirm`, `prompt` or `beforeunload`.
        dialog: String,
        /// Its text.
        message: String,
        /// What fixloop did with it: `accepted` or `dismissed`.
        answer: String,
    },
    /// The page sent a Sentry envelope.
    SentryEnvelope(SentEnvelope),
}

/// An error as the page threw or logged it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Fault {
    /// Error class, `ReferenceError`; empty when what was thrown is no Error.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The message.
    pub message: String,
    /// Crash frame FIRST (as JavaScript prints stacks), source-mapped where a map was found.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub frames: Vec<Frame>,
    /// The `cause` chain, nearest first: `TypeError: x`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<String>,
}

/// A request as the browser saw it. Query values that look secret are redacted before they get here.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Request {
    /// HTTP method.
    pub method: String,
    /// URL without credentials.
    pub url: String,
    /// HTTP status, when there was a response.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Browser's own error (`net::ERR_CONNECTION_REFUSED`), when there was none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// `document`, `script`, `fetch`, `xmlhttprequest`, `image`, …
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destination: Option<String>,
}

/// A CSP violation (CSP3 `SecurityPolicyViolationEvent`).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Csp {
    /// The effective directive that was violated, `connect-src`.
    pub directive: String,
    /// The blocked URL, or `inline`, `eval`, ….
    pub blocked_url: String,
    /// `enforce` or `report`.
    pub disposition: String,
    /// Where in the page's code: `url:line:column`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
}

/// A Sentry envelope that the page sent, and what became of it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct SentEnvelope {
    /// Event id of the envelope header, 32 hex.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_id: Option<String>,
    /// Item types in order: `event`, `session`, `replay_event`, ….
    pub items: Vec<String>,
    /// Where it was sent, without the key: `http://127.0.0.1:8969/api/1/envelope/`.
    pub to: String,
    /// What became of it.
    pub fate: Fate,
    /// HTTP status, when there was a response.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The issue it landed in when the embedded sink took it: `LOCAL-3`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issue: Option<String>,
}

/// What became of a Sentry envelope on its way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// 2xx with an answer that a Sentry endpoint gives.
    Accepted,
    /// A CSP directive forbade it.
    BlockedByCsp,
    /// The endpoint is not there (404/405).
    NotFound,
    /// Redirected, or answered with an HTML page: nobody took it.
    RedirectedToHtml,
    /// 429, or a rate-limit header.
    RateLimited,
    /// Any other non-2xx.
    Rejected,
    /// No response: refused, DNS, aborted.
    NetworkError,
    /// The page went away, or our wait ended, before the response.
    #[default]
    Unknown,
}
