//! The session of a look, closed when the look ends, however it ends.

use std::{sync::Arc, time::Duration};

use crate::browser::{Browsers, Session};

/// How long closing may take; the browsers' own shutdown comes after it in any case.
const CLOSE_LIMIT: Duration = Duration::from_secs(5);

/// Closes a session, also when the call is dropped in the middle.
pub(super) struct Guard {
    browsers: Browsers,
    session: Option<Arc<Session>>,
}

impl Guard {
    /// Over a session that was just opened.
    pub fn new(browsers: &Browsers, session: &Arc<Session>) -> Self {
        Self { browsers: browsers.clone(), session: Some(Arc::clone(session)) }
    }

    /// Closes it; goes on doing so when the caller is dropped.
    pub async fn close(mut self) {
        if let Some(closing) = self.begin() {
            // Fails only when the runtime ends, and the browsers with it.
            let _ = closing.await;
        }
    }

    fn begin(&mut self) -> Option<tokio::task::JoinHandle<()>> {
        let (session, browsers) = (self.session.take()?, self.browsers.clone());
        let runtime = tokio::runtime::Handle::try_current().ok()?;
        Some(runtime.spawn(async move {
            if tokio::time::timeout(CLOSE_LIMIT, browsers.close(Some(session.id()))).await.is_err() {
                tracing::warn!(session = session.id(), "the session of a look did not close in time");
            }
        }))
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        let _ = self.begin();
    }
}
