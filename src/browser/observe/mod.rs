//! What the browser tells about one session: frames, requests, dialogs, faults; kept up by one task that reads events in
//! order, read by whoever waits or reports.

pub mod address;
mod console;
mod dialogs;
mod envelope;
mod fate;
mod faults;
mod frames;
mod remote;
mod requests;
mod seen;
mod stack;
mod state;
mod traffic;

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use serde_json::{Value, json};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

pub use envelope::body_of as body_bytes;
pub use frames::{Frame, Load};
pub use requests::{Progress, Sent};
pub use state::State;
pub use traffic::{Blocked, Exchange, Received, Traffic};

use super::bidi::{Bidi, Event};

/// The script that observes documents, in the page's own world.
pub const OBSERVER: &str = include_str!("observer.js");
/// The BiDi channel on which it speaks.
pub const CHANNEL: &str = "fixloop";
/// How long the browser may take to give a request's body, or to close a dialog.
const ASK_LIMIT: Duration = Duration::from_secs(5);

/// The observed state of one session, and the bell that rings on each change. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Watch(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    state: Mutex<State>,
    bell: watch::Sender<()>,
}

/// What an event asks of us.
#[derive(Debug)]
pub enum Ask {
    /// Read the body of this request.
    Body(String),
    /// Answer the dialog that is open in this context.
    Dialog {
        /// BiDi context.
        context: String,
        /// Accept or dismiss.
        accept: bool,
        /// How long to wait before.
        pause: Duration,
    },
    /// Find out which tab crashed.
    Crashed {
        /// CDP session of the event.
        session: String,
    },
}

impl Watch {
    /// Nothing known yet.
    pub fn new(user_context: &str) -> Self {
        Self(Arc::new(Inner { state: Mutex::new(State::new(user_context)), bell: watch::channel(()).0 }))
    }

    /// The state; hold it for no await.
    pub fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until `ready` finds what it looks for; looks again after each event. Unbounded: the caller sets the limit.
    pub async fn until<T>(&self, mut ready: impl FnMut(&mut State) -> Option<T>) -> T {
        let mut bell = self.0.bell.subscribe();
        loop {
            bell.mark_unchanged();
            if let Some(found) = ready(&mut self.lock()) {
                return found;
            }
            // The sender lives as long as `self`.
            let _ = bell.changed().await;
        }
    }

    /// Wakes everyone who waits.
    pub fn ring(&self) {
        self.0.bell.send_replace(());
    }

    /// Reads events until the connection or the session ends.
    pub async fn follow(self, bidi: Bidi, mut events: mpsc::Receiver<Event>, stop: CancellationToken) {
        loop {
            let event = tokio::select! {
                event = events.recv() => event,
                () = stop.cancelled() => None,
                () = bidi.closed() => None,
            };
            let Some(event) = event else { break };
            let ask = self.lock().take(&event.method, &event.params);
            if let Some(ask) = ask {
                // Never waits here: an answer comes by the socket that this task empties.
                tokio::spawn(self.clone().answer(bidi.clone(), ask));
            }
            self.ring();
        }
        self.ring();
    }

    async fn answer(self, bidi: Bidi, ask: Ask) {
        match ask {
            Ask::Body(request) => {
                let params = json!({"dataType": "request", "request": request});
                let answer = bidi.send("network.getData", params, ASK_LIMIT).await.ok();
                let body = answer.as_ref().and_then(|answer| answer.get("bytes")).map(envelope::body_of);
                self.lock().body(&request, body.as_deref());
            }
            Ask::Dialog { context, accept, pause } => {
                tokio::time::sleep(pause).await;
                let params = json!({"context": context, "accept": accept});
                let _ = bidi.send("browsingContext.handleUserPrompt", params, ASK_LIMIT).await;
            }
            Ask::Crashed { session } => {
                let tabs: Vec<String> = self.lock().frames.all().map(|frame| frame.id.clone()).collect();
                for tab in tabs {
                    let answer = bidi.send("goog:cdp.getSession", json!({"context": tab}), ASK_LIMIT).await;
                    let its_session = answer.as_ref().ok().map(|answer| text(answer, "session").to_owned());
                    if its_session.is_some_and(|its| its == session) {
                        self.lock().crashed(&tab);
                        self.ring();
                        return;
                    }
                }
                self.lock().crashed("");
            }
        }
        self.ring();
    }
}

/// A text field of an event; empty where it is not there.
pub fn text<'a>(params: &'a Value, key: &str) -> &'a str {
    params.get(key).and_then(Value::as_str).unwrap_or_default()
}
