//! A Sentry event as plain data, read leniently from any SDK's payload.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Frame, Processed, Thread};

/// One event (error, message, CSP report, transaction or feedback). Field names follow Sentry's event payload.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Event {
    /// 32 lower-case hex characters.
    pub event_id: String,
    /// Payload `type`: empty for errors and messages, else `transaction`, `csp`, `feedback`, ….
    pub ty: String,
    /// `javascript`, `node`, `python`, ….
    pub platform: String,
    /// `fatal`, `error`, `warning`, `info`, `debug`.
    pub level: String,
    /// When it happened: seconds since the epoch.
    pub timestamp: f64,
    /// Release name.
    pub release: Option<String>,
    /// Distribution of the release.
    pub dist: Option<String>,
    /// Environment; SDKs default to `production`.
    pub environment: Option<String>,
    /// Transaction name (route, URL).
    pub transaction: Option<String>,
    /// Host that sent it.
    pub server_name: Option<String>,
    /// Logger name.
    pub logger: Option<String>,
    /// Raw template: `logentry.message`, or `message`.
    pub message: Option<String>,
    /// Formatted message, when it differs from the template.
    pub formatted: Option<String>,
    /// Exceptions, oldest cause first and the thrown (outer) error LAST, as SDKs send them.
    pub exceptions: Vec<Exception>,
    /// Frames of a stack trace outside exceptions (threads, message with stack); crash frame last.
    pub frames: Vec<Frame>,
    /// Breadcrumbs, oldest first.
    pub breadcrumbs: Vec<Breadcrumb>,
    /// Tags, in order.
    pub tags: Vec<(String, String)>,
    /// The user.
    pub user: Option<User>,
    /// The HTTP request or page.
    pub request: Option<RequestInfo>,
    /// The SDK that sent it.
    pub sdk: Option<Sdk>,
    /// `contexts`, as sent.
    pub contexts: Map<String, Value>,
    /// `extra`, as sent.
    pub extra: Map<String, Value>,
    /// SDK fingerprint, when the app set one.
    pub fingerprint: Option<Vec<String>>,
    /// `debug_meta.images` of type `sourcemap`.
    pub debug_images: Vec<DebugImage>,
    /// Trace ids from `contexts.trace`.
    pub trace: Option<TraceContext>,
    /// Replay id from `contexts.replay` or tag `replayId`.
    pub replay_id: Option<String>,
    /// CSP report body of a `csp` event.
    pub csp: Option<Map<String, Value>>,
    /// Threads; the one whose frames are in [`Event::frames`] has none of its own.
    pub threads: Vec<Thread>,
    /// Frames that were dropped of [`Event::frames`] when it was sent or read.
    pub omitted: usize,
    /// What the server says of it.
    pub processed: Processed,
}

/// One exception of a chain.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Exception {
    /// Class name; v11 browser messages have none.
    pub ty: Option<String>,
    /// The message.
    pub value: Option<String>,
    /// Module of the class.
    pub module: Option<String>,
    /// How it was caught.
    pub mechanism: Option<Mechanism>,
    /// Frames, oldest call first and the crash frame LAST, as SDKs send them.
    pub frames: Vec<Frame>,
    /// Frames that were dropped when it was sent or read.
    pub omitted: usize,
}

/// How an exception was caught (`mechanism`).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Mechanism {
    /// `onerror`, `generic`, `chained`, ….
    pub ty: Option<String>,
    /// `false` means that the app did not catch it.
    pub handled: Option<bool>,
    /// `true` means that the class name is made up.
    pub synthetic: Option<bool>,
    /// For chained exceptions: `cause`, `errors[0]`, ….
    pub source: Option<String>,
    /// Id within the chain.
    pub exception_id: Option<i64>,
    /// Parent within the chain.
    pub parent_id: Option<i64>,
    /// An exception group (AggregateError, ExceptionGroup).
    pub is_exception_group: Option<bool>,
}

/// One breadcrumb.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Breadcrumb {
    /// Seconds since the epoch, when known.
    pub timestamp: Option<f64>,
    /// `default`, `http`, `navigation`, `user`, ….
    pub ty: Option<String>,
    /// `ui.click`, `fetch`, `console`, ….
    pub category: Option<String>,
    /// Level.
    pub level: Option<String>,
    /// Message.
    pub message: Option<String>,
    /// Data, as sent.
    pub data: Map<String, Value>,
}

/// The user of an event.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct User {
    /// Id.
    pub id: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// User name.
    pub username: Option<String>,
    /// IP address.
    pub ip_address: Option<String>,
    /// Full name.
    pub name: Option<String>,
    /// Where the user is: city, region, country.
    pub geo: Option<String>,
    /// What else the app said of the user, as sent.
    pub data: Map<String, Value>,
}

/// The HTTP request (server SDKs) or page (browser SDKs) of an event.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RequestInfo {
    /// URL.
    pub url: Option<String>,
    /// Method.
    pub method: Option<String>,
    /// Headers, in order.
    pub headers: Vec<(String, String)>,
    /// Query string.
    pub query_string: Option<String>,
    /// Body.
    pub data: Option<Value>,
}

/// The SDK.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Sdk {
    /// `sentry.javascript.browser`.
    pub name: String,
    /// `11.12.0`.
    pub version: String,
}

/// A debug image of type `sourcemap`: which debug id a built file has.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct DebugImage {
    /// The built file's URL or path, equal to the frame's `abs_path`.
    pub code_file: String,
    /// UUID.
    pub debug_id: String,
}

/// `contexts.trace`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct TraceContext {
    /// 32 hex.
    pub trace_id: String,
    /// 16 hex.
    pub span_id: Option<String>,
    /// 16 hex.
    pub parent_span_id: Option<String>,
}
