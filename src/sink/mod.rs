//! The embedded local Sentry: HTTP intake, envelope framing, store, grouping.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use crate::{
    config::SinkConfig,
    error::{Result, ToolError},
    event::{Issue, IssueStatus, StoredEvent},
};

/// The embedded sink of one workspace. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Sink {}

/// What `status` says of the sink.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SinkStatus {
    /// `http://127.0.0.1:8969`, when it listens (ours, or the one whose store we share).
    pub url: Option<String>,
    /// DSN to give to an SDK: `http://<32 hex>@127.0.0.1:8969/1`.
    pub dsn: Option<String>,
    /// Which port, whose store, why not the preferred port.
    pub note: String,
    /// Another fixloop process of this workspace listens, and we share its store.
    pub shared: bool,
    /// Database file; none = kept in memory, with the reason in `note`.
    pub database: Option<PathBuf>,
    /// Events kept.
    pub events: u64,
    /// Issues kept.
    pub issues: u64,
    /// Counts of kept items by type.
    pub items: Vec<(String, u64)>,
    /// Client reports: reason, category, quantity.
    pub discarded: Vec<(String, String, u64)>,
}

/// A question for issues.
#[derive(Debug, Clone, Default)]
pub struct IssueQuery {
    /// Words and `key:value` terms: `is:unresolved`, `level:error`, `release:1.2`, `environment:…`, `user.email:…`, tag
    /// keys; the rest is matched against title, culprit and message.
    pub query: String,
    /// `date` (last seen), `new` (first seen), `freq`, `user`.
    pub sort: Option<String>,
    /// Page size.
    pub limit: usize,
    /// Opaque cursor of the page before.
    pub cursor: Option<String>,
}

/// A page of results.
#[derive(Debug, Clone)]
pub struct Page<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// Rows in all pages.
    pub total: u64,
    /// Cursor of the next page, when there is one.
    pub next: Option<String>,
}

/// What `wait` waits for.
#[derive(Debug, Clone, Default)]
pub struct WaitFor {
    /// Substring of title or message, case-insensitive.
    pub contains: Option<String>,
    /// Event id.
    pub event_id: Option<String>,
    /// Issue id `LOCAL-n`.
    pub issue: Option<String>,
    /// Item type: `event` (default), `transaction`, `session`, `feedback`, `replay_event`, ….
    pub item: Option<String>,
    /// Only what was received after this moment (milliseconds since the epoch); none = from now on.
    pub since_ms: Option<i64>,
}

/// An item other than an event, as kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Item {
    /// Item type as sent.
    pub ty: String,
    /// Item header.
    pub header: serde_json::Value,
    /// Payload size in bytes.
    pub bytes: u64,
    /// When it was received, milliseconds since the epoch.
    pub received_ms: i64,
    /// Event id of its envelope.
    pub event_id: Option<String>,
}

fn not_built<T>() -> Result<T> {
    Err(ToolError::bare("The sink is not built yet."))
}

impl Sink {
    /// Opens the store in `state` (`.fixloop/`), starts to listen as `config` says, and shares the store of another
    /// fixloop of this workspace where one holds the port. Never fails because of the port or a read-only folder: then
    /// it takes a free port, or keeps events in memory, and says so in [`Sink::status`].
    pub async fn start(_config: &SinkConfig, _workspace: PathBuf, _state: Option<PathBuf>) -> Result<Self> {
        Ok(Self {})
    }

    /// Where it listens.
    pub fn address(&self) -> Option<SocketAddr> {
        None
    }

    /// Whether `url` (of a request that a page made) goes to this sink.
    pub fn is_ours(&self, _url: &url::Url) -> bool {
        false
    }

    /// What it is doing.
    pub async fn status(&self) -> Result<SinkStatus> {
        not_built()
    }

    /// Issues, a page at a time.
    pub async fn issues(&self, _query: IssueQuery) -> Result<Page<Issue>> {
        not_built()
    }

    /// One issue by `LOCAL-n` (or its number); none = there is no such issue.
    pub async fn issue(&self, _id: &str) -> Result<Option<Issue>> {
        not_built()
    }

    /// Events of an issue, newest first.
    pub async fn events(&self, _issue: &str, _limit: usize, _cursor: Option<&str>) -> Result<Page<StoredEvent>> {
        not_built()
    }

    /// One event by its id.
    pub async fn event(&self, _event_id: &str) -> Result<Option<StoredEvent>> {
        not_built()
    }

    /// The items of the envelope with this event id (replay, attachments, …), without payloads.
    pub async fn items(&self, _event_id: &str) -> Result<Vec<Item>> {
        not_built()
    }

    /// The raw bytes of the envelope that brought this event.
    pub async fn envelope(&self, _event_id: &str) -> Result<Option<Vec<u8>>> {
        not_built()
    }

    /// Sets an issue's status; returns it before and after.
    pub async fn update(&self, _id: &str, _status: IssueStatus) -> Result<(Issue, Issue)> {
        not_built()
    }

    /// Waits until something that matches has been committed; woken by notification. `None` = the time is up.
    pub async fn wait(
        &self,
        _what: &WaitFor,
        _timeout: Duration,
        _cancel: &CancellationToken,
    ) -> Result<Option<StoredEvent>> {
        not_built()
    }

    /// Stops listening and closes the store.
    pub async fn stop(&self) {}
}
