//! The WebDriver BiDi connection: commands matched to answers by id, each bounded in time and ended at once when the
//! connection closes; events handed on in order.
//!
//! <https://w3c.github.io/webdriver-bidi/>

mod failure;

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use futures_util::{SinkExt, StreamExt, stream::SplitSink, stream::SplitStream};
use serde_json::{Value, json};
use tokio::{
    net::TcpStream,
    sync::{mpsc, oneshot},
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async_with_config,
    tungstenite::{Message, protocol::WebSocketConfig},
};
use tokio_util::sync::{CancellationToken, DropGuard};

pub use failure::Failure;

use crate::error::{Result, ToolError};

/// Events that wait for the observer; when it is full the socket is read no further.
const EVENT_QUEUE: usize = 4096;
/// Commands that wait for the socket.
const COMMAND_QUEUE: usize = 64;
/// The largest message we take: a screenshot of a long page, or a collected body.
const MAX_MESSAGE: usize = 128 * 1024 * 1024;

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;
type Answer = std::result::Result<Value, Failure>;

/// One event of the browser.
#[derive(Debug)]
pub struct Event {
    /// `network.beforeRequestSent`, ….
    pub method: String,
    /// Its `params`.
    pub params: Value,
}

/// A BiDi connection. Cheap to clone; closes when the last clone is gone.
#[derive(Debug, Clone)]
pub struct Bidi {
    shared: Arc<Shared>,
    out: mpsc::Sender<Message>,
    _stop: Arc<DropGuard>,
}

#[derive(Debug)]
struct Shared {
    pending: Mutex<HashMap<u64, oneshot::Sender<Answer>>>,
    next: AtomicU64,
    /// Cancelled when no answer can come any more.
    closed: CancellationToken,
    reason: OnceLock<String>,
}

impl Bidi {
    /// Connects to the `webSocketUrl` that the driver named.
    pub async fn connect(url: &str, limit: Duration) -> Result<(Self, mpsc::Receiver<Event>)> {
        let mut config = WebSocketConfig::default();
        config.max_message_size = Some(MAX_MESSAGE);
        config.max_frame_size = Some(MAX_MESSAGE);
        let failed = || ToolError::bare(format!("Cannot connect to the browser's BiDi socket {url}."));
        let (socket, _) = tokio::time::timeout(limit, connect_async_with_config(url, Some(config), true))
            .await
            .map_err(|_| failed())?
            .map_err(|error| failed().caused_by(error))?;
        let (write, read) = socket.split();
        let stop = CancellationToken::new();
        let shared = Arc::new(Shared {
            pending: Mutex::default(),
            next: AtomicU64::new(1),
            closed: CancellationToken::new(),
            reason: OnceLock::new(),
        });
        let (out, commands) = mpsc::channel(COMMAND_QUEUE);
        let (events_in, events) = mpsc::channel(EVENT_QUEUE);
        tokio::spawn(write_commands(write, commands, Arc::clone(&shared), stop.clone()));
        tokio::spawn(read_answers(read, events_in, Arc::clone(&shared), stop.clone()));
        Ok((Self { shared, out, _stop: Arc::new(stop.drop_guard()) }, events))
    }

    /// Sends a command and waits for its answer, at most `limit`.
    pub async fn send(&self, method: &str, params: Value, limit: Duration) -> Answer {
        let id = self.shared.next.fetch_add(1, Ordering::Relaxed);
        let (answer_in, answer) = oneshot::channel();
        self.shared.lock().insert(id, answer_in);
        let forget = Forget { shared: &self.shared, id };
        let text = json!({"id": id, "method": method, "params": params}).to_string();
        let work = async {
            if self.out.send(Message::text(text)).await.is_err() {
                return Err(self.shared.closed_failure());
            }
            answer.await.unwrap_or_else(|_| Err(self.shared.closed_failure()))
        };
        let result = tokio::select! {
            biased;
            result = work => result,
            () = self.shared.closed.cancelled() => Err(self.shared.closed_failure()),
            () = tokio::time::sleep(limit) => Err(Failure::Timeout { method: method.to_owned(), after: limit }),
        };
        drop(forget);
        result
    }

    /// Resolves when the connection is gone.
    pub async fn closed(&self) {
        self.shared.closed.cancelled().await;
    }

    /// Whether the connection is gone.
    pub fn is_closed(&self) -> bool {
        self.shared.closed.is_cancelled()
    }

    /// Ends every command, now and later, with this reason: the process behind the socket is known to be dead.
    pub fn close(&self, reason: &str) {
        self.shared.close(reason);
    }
}

/// Takes a command off the list when its caller goes away, so that cancelled calls leave nothing behind.
struct Forget<'a> {
    shared: &'a Shared,
    id: u64,
}

impl Drop for Forget<'_> {
    fn drop(&mut self) {
        self.shared.lock().remove(&self.id);
    }
}

impl Shared {
    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<u64, oneshot::Sender<Answer>>> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn close(&self, reason: &str) {
        let _ = self.reason.set(reason.to_owned());
        self.closed.cancel();
    }

    fn closed_failure(&self) -> Failure {
        Failure::Closed { reason: self.reason.get().cloned().unwrap_or_else(|| "the connection closed".to_owned()) }
    }

    fn answer(&self, id: u64, answer: Answer) {
        let waiting = self.lock().remove(&id);
        if let Some(waiting) = waiting {
            let _ = waiting.send(answer);
        }
    }
}

async fn write_commands(
    mut write: SplitSink<Socket, Message>,
    mut commands: mpsc::Receiver<Message>,
    shared: Arc<Shared>,
    stop: CancellationToken,
) {
    loop {
        let message = tokio::select! {
            message = commands.recv() => message,
            () = stop.cancelled() => None,
        };
        let Some(message) = message else { break };
        if let Err(error) = write.send(message).await {
            shared.close(&format!("the connection to the browser broke: {error}"));
            return;
        }
    }
    let _ = write.close().await;
}

async fn read_answers(
    mut read: SplitStream<Socket>,
    events: mpsc::Sender<Event>,
    shared: Arc<Shared>,
    stop: CancellationToken,
) {
    let reason = loop {
        let message = tokio::select! {
            message = read.next() => message,
            () = stop.cancelled() => break "closed by fixloop".to_owned(),
        };
        match message {
            Some(Ok(Message::Text(text))) => take_message(text.as_str(), &events, &shared).await,
            Some(Ok(Message::Close(_))) | None => break "the browser or its driver went away".to_owned(),
            Some(Ok(_)) => {}
            Some(Err(error)) => break format!("the browser or its driver went away: {error}"),
        }
    };
    shared.close(&reason);
}

async fn take_message(text: &str, events: &mpsc::Sender<Event>, shared: &Shared) {
    let Ok(mut message) = serde_json::from_str::<Value>(text) else {
        tracing::warn!("a BiDi message is no JSON");
        return;
    };
    let id = message.get("id").and_then(Value::as_u64);
    let take = |message: &mut Value, key: &str| message.get_mut(key).map(Value::take).unwrap_or_default();
    match (message.get("type").and_then(Value::as_str), id) {
        (Some("event"), _) => {
            let method = message.get("method").and_then(Value::as_str).unwrap_or_default().to_owned();
            let params = take(&mut message, "params");
            let _ = events.send(Event { method, params }).await;
        }
        (Some("success"), Some(id)) => shared.answer(id, Ok(take(&mut message, "result"))),
        (Some("error"), Some(id)) => {
            let text = |key: &str| message.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
            shared.answer(id, Err(Failure::Command { code: text("error"), message: text("message") }));
        }
        _ => tracing::debug!("a BiDi message that is neither event nor answer"),
    }
}
