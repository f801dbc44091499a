//! The ingest host itself: whether it takes events of this DSN. Only asked where the user said so.

use url::Url;

use super::{
    answer::Exchange,
    envelope,
    fetch::{Prober, SMALL, Sent},
};
use crate::doctor::csp::Dsn;

/// What the ingest host did with a test event.
#[derive(Debug, Clone)]
pub struct Ingest {
    /// Where it was sent to, without the key.
    pub url: Url,
    /// Id of the event.
    pub event_id: String,
    /// What was answered.
    pub exchange: Exchange,
}

/// Sends a test event as the browser SDK does.
pub(super) async fn look(prober: &Prober, dsn: &Dsn, origin: &Url) -> Option<Ingest> {
    let url = dsn.envelope()?;
    let event_id = envelope::id();
    let mut full = url.clone();
    full.query_pairs_mut()
        .append_pair("sentry_version", "7")
        .append_pair("sentry_key", &dsn.key)
        .append_pair("sentry_client", concat!("fixloop/", env!("CARGO_PKG_VERSION")));
    let sent = Sent { url: full, body: Some(envelope::event(dsn, &event_id)), headers: Vec::new(), most: SMALL }
        .with("content-type", envelope::TEXT)
        .with("origin", origin.origin().ascii_serialization());
    let exchange = prober.send(sent).await;
    Some(Ingest { url, event_id, exchange })
}
