//! How many requests of one endpoint run at once, and until when none may start.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::Instant,
};

/// Requests of one endpoint at once; Sentry's cloud allows 25 for most, and other tools of the user share that.
const AT_ONCE: usize = 5;

/// One gate per endpoint and method; Sentry counts by both.
#[derive(Debug, Default)]
pub(super) struct Gates(Mutex<HashMap<(String, &'static str), Arc<Gate>>>);

/// The gate of one endpoint.
#[derive(Debug)]
pub(super) struct Gate {
    permits: Arc<Semaphore>,
    closed_until: Mutex<Option<Instant>>,
}

impl Gates {
    /// The gate of an endpoint. There are as many as endpoints in the code.
    pub(super) fn of(&self, method: &str, endpoint: &'static str) -> Arc<Gate> {
        let mut gates = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let make = || Arc::new(Gate { permits: Arc::new(Semaphore::new(AT_ONCE)), closed_until: Mutex::default() });
        gates.entry((method.to_owned(), endpoint)).or_insert_with(make).clone()
    }
}

impl Gate {
    /// Waits for a free place; none = the gate is gone, which does not happen.
    pub(super) async fn enter(&self) -> Option<OwnedSemaphorePermit> {
        self.permits.clone().acquire_owned().await.ok()
    }

    /// How long it is closed still.
    pub(super) fn wait(&self) -> Duration {
        let until = *self.closed_until.lock().unwrap_or_else(PoisonError::into_inner);
        until.map_or(Duration::ZERO, |until| until.saturating_duration_since(Instant::now()))
    }

    /// Closes it for a time: the server said that it is asked too often.
    pub(super) fn close(&self, time: Duration) {
        let until = Instant::now() + time;
        let mut closed = self.closed_until.lock().unwrap_or_else(PoisonError::into_inner);
        *closed = Some(closed.map_or(until, |before| before.max(until)));
    }
}
