//! What the browser tells about one session: frames, requests, dialogs, faults; kept up by one task that reads events in
//! order, read by whoever waits or reports.

mod frames;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

pub use frames::{Frame, Frames, Load};

use super::bidi::{Bidi, Event};

/// What is known of a session now.
#[derive(Debug, Default)]
pub struct State {
    /// Its pages and frames.
    pub frames: Frames,
}

/// The observed state of one session, and the bell that rings on each change. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Watch(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    state: Mutex<State>,
    bell: watch::Sender<()>,
}

impl Watch {
    /// Nothing known yet.
    pub fn new(user_context: &str) -> Self {
        let state = State { frames: Frames::new(user_context) };
        Self(Arc::new(Inner { state: Mutex::new(state), bell: watch::channel(()).0 }))
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
            };
            let Some(event) = event else { break };
            self.take(&bidi, &event);
            self.ring();
        }
        self.ring();
    }

    fn take(&self, _bidi: &Bidi, event: &Event) {
        let mut state = self.lock();
        if event.method.starts_with("browsingContext.") {
            state.frames.take(&event.method, &event.params);
        }
    }
}

/// A text field of an event; empty where it is not there.
pub fn text<'a>(params: &'a Value, key: &str) -> &'a str {
    params.get(key).and_then(Value::as_str).unwrap_or_default()
}
