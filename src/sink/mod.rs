//! The embedded local Sentry: HTTP intake, envelope framing, store, grouping.

mod asked;
mod auth;
pub mod envelope;
mod explore;
mod http;
mod limits;
mod listen;
mod parcel;
pub mod query;
mod refused;
mod relay;
mod security;
mod seen;
mod store;
mod wait;

use std::{net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use crate::{
    config::SinkConfig,
    error::{Result, ToolError},
    event::{ForwardCounts, Forwarded, Issue, IssueStatus, StoredEvent},
};

pub use asked::{Found, KeptProfiles, KeptTrace, Scope, Traffic};
pub use explore::Question;
use listen::Listening;
pub use refused::Refused;
use relay::Relay;
pub use seen::{SeenItem, SeenRelease};
use store::{Store, read, search};

/// The embedded sink of one workspace. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Sink {
    store: Store,
    listening: Arc<Listening>,
    relay: Arc<Relay>,
}

/// The largest page of results.
const MAX_PAGE: usize = 100;
/// Retention looks at the store this often when nothing comes in.
const TIDY_EVERY: Duration = Duration::from_secs(300);

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
    /// What became of what is passed on, by DSN.
    pub forwards: Vec<ForwardCounts>,
    /// What `/tunnel` refused: reason, count.
    pub tunnel_refused: Vec<(String, u64)>,
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
    /// Project id of the DSN; none = all.
    pub project: Option<String>,
    /// Environment; none = all.
    pub environment: Option<String>,
    /// First and last millisecond since the epoch of the time in which an event was seen.
    pub between_ms: Option<(i64, i64)>,
}

/// A project that the sink has seen, by the id in its DSN.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenProject {
    /// The last part of the DSN's path.
    pub id: String,
    /// Its issues.
    pub issues: u64,
    /// Envelopes kept.
    pub envelopes: u64,
    /// RFC 3339.
    pub last_seen: String,
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

/// An envelope that can be read back whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptEnvelope {
    /// 32 lower-case hex characters.
    pub event_id: String,
    /// Size in bytes, after content decoding.
    pub bytes: u64,
}

impl Sink {
    /// Opens the store in `state` (`.fixloop/`), starts to listen as `config` says, and shares the store of another
    /// fixloop of this workspace where one holds the port. Never fails because of the port or a read-only folder: then
    /// it takes a free port, or keeps events in memory, and says so in [`Sink::status`].
    pub async fn start(config: &SinkConfig, state: Option<PathBuf>) -> Result<Self> {
        let settings = config.clone();
        let store = tokio::task::spawn_blocking(move || Store::open(state, &settings))
            .await
            .map_err(|error| ToolError::bare("Cannot open the sink's store.").caused_by(error))??;
        let relay = Relay::new(&config.relay);
        let listening = if config.enabled {
            Listening::start(config.port, &store, Arc::clone(&relay)).await
        } else {
            Listening::off("The sink is switched off.", Arc::clone(&relay))
        };
        relay.start(&store, &listening.stopped());
        let sink = Self { store, listening, relay };
        sink.keep_tidy();
        Ok(sink)
    }

    fn keep_tidy(&self) {
        let store = self.store.clone();
        let stopped = self.listening.stopped();
        tokio::spawn(async move {
            let mut tick = tokio::time::interval(TIDY_EVERY);
            loop {
                tokio::select! {
                    () = stopped.cancelled() => return,
                    _ = tick.tick() => store.tidy().await,
                }
            }
        });
    }

    /// Where it listens.
    pub fn address(&self) -> Option<SocketAddr> {
        self.listening.place().address
    }

    /// `http://127.0.0.1:8969`, when it listens.
    pub fn url(&self) -> Option<String> {
        self.address().map(|address| format!("http://{address}"))
    }

    /// DSN to give to an SDK, when it listens.
    pub fn dsn(&self) -> Option<String> {
        self.address().map(|address| format!("http://{}@{address}/1", self.store.key()))
    }

    /// Whether `url` (of a request that a page made) goes to this sink.
    pub fn is_ours(&self, url: &url::Url) -> bool {
        let port = self.address().map(|address| address.port());
        matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"))
            && url.scheme() == "http"
            && url.port_or_known_default() == port
    }

    /// What is out of the ordinary: a free port, a shared store, a database that could not be written.
    pub fn notes(&self) -> Vec<String> {
        let place = self.listening.place();
        let problems = self.relay.problems(place.address.map(|address| address.port()), place.shared);
        let place = Some(place.note).filter(|note| !note.is_empty());
        place.into_iter().chain(self.store.notes()).chain(problems).collect()
    }

    /// What it is doing.
    pub async fn status(&self) -> Result<SinkStatus> {
        let counts = self.store.read(read::counts).await?;
        Ok(SinkStatus {
            url: self.url(),
            dsn: self.dsn(),
            note: self.notes().join(" "),
            shared: self.listening.place().shared,
            database: self.store.path().cloned(),
            events: counts.events,
            issues: counts.issues,
            items: counts.items,
            discarded: counts.discarded,
            forwards: self.relay.counts(&self.store).await?,
            tunnel_refused: self.relay.refusals(),
        })
    }

    /// Issues, a page at a time.
    pub async fn issues(&self, query: IssueQuery) -> Result<Page<Issue>> {
        let terms = query::terms_of(&query)?;
        let sort = search::sort(query.sort.as_deref())?;
        let after = search::cursor(query.cursor.as_deref(), sort)?;
        let limit = query.limit.clamp(1, MAX_PAGE);
        self.store.read(move |connection| search::issues(connection, &terms, sort, after, limit)).await
    }

    /// Keys of the tags that issues have, at most 1,000.
    pub async fn tag_keys(&self) -> Result<Vec<String>> {
        self.store.read(search::tag_keys).await
    }

    /// The projects that have sent something, the latest first, at most 100.
    pub async fn projects(&self) -> Result<Vec<SeenProject>> {
        self.store.read(search::projects).await
    }

    /// One issue by `LOCAL-n` (or its number); none = there is no such issue.
    pub async fn issue(&self, id: &str) -> Result<Option<Issue>> {
        let Some(number) = query::issue_number(id) else { return Ok(None) };
        self.store.read(move |connection| search::issue(connection, number)).await
    }

    /// Events of an issue, newest first.
    pub async fn events(&self, issue: &str, limit: usize, cursor: Option<&str>) -> Result<Page<StoredEvent>> {
        let number = query::issue_number(issue).ok_or_else(|| no_issue(issue))?;
        let before = match cursor {
            Some(text) => Some(text.parse().map_err(|_| {
                let shown: String = text.chars().take(60).collect();
                ToolError::new(
                    format!("`{shown}` is no cursor of events."),
                    "Take the one of the page before, or none.",
                )
            })?),
            None => None,
        };
        let limit = limit.clamp(1, MAX_PAGE);
        self.store.read(move |connection| read::events(connection, number, limit, before)).await
    }

    /// The first event of an issue that is still kept.
    pub async fn oldest_event(&self, issue: &str) -> Result<Option<StoredEvent>> {
        let number = query::issue_number(issue).ok_or_else(|| no_issue(issue))?;
        self.store.read(move |connection| read::oldest(connection, number)).await
    }

    /// One event by its id.
    pub async fn event(&self, event_id: &str) -> Result<Option<StoredEvent>> {
        let Some(id) = parcel::parse_event_id(event_id) else { return Ok(None) };
        self.store.read(move |connection| read::event(connection, &id)).await
    }

    /// What became of an event's envelopes on their way to the DSNs that they are passed on to; empty = to none.
    pub async fn forwarded(&self, event_id: &str) -> Result<Vec<Forwarded>> {
        let Some(id) = parcel::parse_event_id(event_id) else { return Ok(Vec::new()) };
        self.relay.fates(&self.store, id).await
    }

    /// The items of the envelope with this event id (replay, attachments, …), without payloads.
    pub async fn items(&self, event_id: &str) -> Result<Vec<Item>> {
        let Some(id) = parcel::parse_event_id(event_id) else { return Ok(Vec::new()) };
        self.store.read(move |connection| read::items(connection, &id)).await
    }

    /// The first items that came with this event id, at most `most`, each with its header and payload.
    pub async fn payloads(&self, event_id: &str, most: usize) -> Result<Vec<(Item, Vec<u8>)>> {
        let Some(id) = parcel::parse_event_id(event_id) else { return Ok(Vec::new()) };
        self.store.read(move |connection| read::payloads(connection, &id, most)).await
    }

    /// The raw bytes of the envelope that brought this event.
    pub async fn envelope(&self, event_id: &str) -> Result<Option<Vec<u8>>> {
        let Some(id) = parcel::parse_event_id(event_id) else { return Ok(None) };
        self.store.read(move |connection| read::envelope(connection, &id)).await
    }

    /// Envelopes of events whose ids begin with `prefix` (any case), newest first.
    pub async fn envelopes(&self, prefix: &str, limit: usize) -> Result<Vec<KeptEnvelope>> {
        let prefix = prefix.to_ascii_lowercase();
        self.store.read(move |connection| read::envelopes(connection, &prefix, limit)).await
    }

    /// Sets an issue's status; returns it before and after.
    pub async fn update(&self, id: &str, status: IssueStatus) -> Result<(Issue, Issue)> {
        let number = query::issue_number(id).ok_or_else(|| no_issue(id))?;
        let changed = self.store.write(move |connection| read::update(connection, number, status)).await?;
        changed.ok_or_else(|| no_issue(id))
    }

    /// Waits until something that matches has been committed; woken by notification. `None` = the time is up.
    pub async fn wait(
        &self,
        what: &WaitFor,
        timeout: Duration,
        cancel: &CancellationToken,
    ) -> Result<Option<StoredEvent>> {
        wait::wait(&self.store, what, timeout, cancel).await
    }

    /// Stops listening and closes the store.
    pub async fn stop(&self) {
        tokio::join!(self.listening.stop(), async {
            self.listening.stopped().cancelled().await;
            self.relay.stop().await;
        });
        self.store.close().await;
    }
}

fn no_issue(id: &str) -> ToolError {
    let shown: String = id.chars().take(60).collect();
    ToolError::new(format!("The sink has no issue `{shown}`."), "Ids look like LOCAL-3; search_issues lists them.")
}
