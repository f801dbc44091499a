//! Waits for a commit: subscribe first, look second, so that nothing falls between.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::{
    WaitFor,
    store::{Store, read},
};
use crate::{
    error::{Result, ToolError},
    event::StoredEvent,
};

/// See [`super::Sink::wait`].
pub async fn wait(
    store: &Store,
    what: &WaitFor,
    timeout: Duration,
    cancel: &CancellationToken,
) -> Result<Option<StoredEvent>> {
    if what.issue.as_deref().is_some_and(|id| super::query::issue_number(id).is_none()) {
        return Err(super::no_issue(what.issue.as_deref().unwrap_or_default()));
    }
    let found = tokio::time::timeout(timeout, search(store, what.clone()));
    tokio::select! {
        () = cancel.cancelled() => Err(ToolError::cancelled()),
        found = found => found.unwrap_or(Ok(None)),
    }
}

async fn search(store: &Store, what: WaitFor) -> Result<Option<StoredEvent>> {
    let mut commits = store.wake().subscribe();
    let mut after = if what.since_ms.is_some() { 0 } else { store.read(read::newest).await? };
    loop {
        commits.mark_unchanged();
        let looking_for = what.clone();
        let (found, newest) = store.read(move |connection| read::first_match(connection, &looking_for, after)).await?;
        if found.is_some() {
            return Ok(found);
        }
        after = newest;
        if commits.changed().await.is_err() {
            return Err(ToolError::new("The sink has been stopped.", "Start fixloop again."));
        }
    }
}
