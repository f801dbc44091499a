//! A real test event through the tunnel, and whether it arrives.

use std::time::{Duration, Instant};

use url::Url;

use super::{Probe, Symptom, With, envelope};
use crate::{doctor::csp::Dsn, sink::WaitFor};

/// Until an event that the tunnel took is in the sink.
const ARRIVES: Duration = Duration::from_secs(5);

/// To whom the test event goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Receiver {
    /// The embedded sink.
    Sink,
    /// A real Sentry: the user said so.
    Sentry,
}

/// An event that arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrival {
    /// `LOCAL-3`
    pub issue: Option<String>,
    /// From the post to the commit.
    pub took: Duration,
}

/// What became of bytes that are no text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Binary {
    /// They arrived as they were sent.
    Same,
    /// Others arrived.
    Changed {
        /// Bytes sent.
        sent: usize,
        /// Bytes that arrived.
        got: usize,
    },
    /// They did not arrive; the status that the tunnel answered, 0 = none.
    Lost(u16),
}

/// What became of the test event.
#[derive(Debug, Clone)]
pub struct Delivered {
    /// To whom it was to go.
    pub to: Receiver,
    /// Its DSN was the app's own; else the sink's, since the app's is not known.
    pub own_dsn: bool,
    /// Its id.
    pub event_id: String,
    /// The post.
    pub probe: Probe,
    /// It is in the sink; none = it is not, or went to Sentry.
    pub arrival: Option<Arrival>,
    /// What became of a binary item; none = not tried.
    pub binary: Option<Binary>,
    /// The post with the binary item.
    pub binary_probe: Option<Probe>,
}

/// Sends the event where somebody may get it.
pub(super) async fn look(with: With<'_>, url: &Url, first: &Probe) -> Option<Delivered> {
    let sink = with.sink.dsn().and_then(|dsn| Dsn::read(&dsn).ok());
    let is_ours = |dsn: &Dsn| dsn.envelope().is_some_and(|url| with.sink.is_ours(&url));
    let ends_here = first.exchange.answer().is_some_and(super::super::answer::Answer::is_sink);
    let (dsn, to, own_dsn) = match with.dsn {
        Some(dsn) if is_ours(dsn) || (ends_here && sink.is_some()) => (dsn.clone(), Receiver::Sink, true),
        Some(dsn) if with.ask.send => (dsn.clone(), Receiver::Sentry, true),
        // Nobody but the sink knows its key.
        None => (sink?, Receiver::Sink, false),
        Some(_) => return None,
    };
    let event_id = envelope::id();
    let begun = Instant::now();
    let probe = with.post(url, envelope::event(&dsn, &event_id)).await;
    let mut delivered = Delivered { to, own_dsn, event_id, probe, arrival: None, binary: None, binary_probe: None };
    if to == Receiver::Sentry {
        return Some(delivered);
    }
    delivered.arrival = arrival(with, &delivered, begun).await;
    if delivered.arrival.is_some() {
        let (binary, probe) = binary(with, url, &dsn).await;
        (delivered.binary, delivered.binary_probe) = (Some(binary), Some(probe));
    }
    Some(delivered)
}

async fn arrival(with: With<'_>, delivered: &Delivered, begun: Instant) -> Option<Arrival> {
    // What was refused does not come.
    if !matches!(Symptom::of_end(&delivered.probe.exchange), Symptom::Taken | Symptom::Upstream) {
        return None;
    }
    let what = WaitFor { event_id: Some(delivered.event_id.clone()), since_ms: Some(0), ..WaitFor::default() };
    let stored = with.sink.wait(&what, ARRIVES, with.cancel).await.ok().flatten()?;
    Some(Arrival { issue: stored.issue, took: begun.elapsed() })
}

/// Sends bytes that no text has, and compares what arrived.
async fn binary(with: With<'_>, url: &Url, dsn: &Dsn) -> (Binary, Probe) {
    let event_id = envelope::id();
    let probe = with.post(url, envelope::attachment(dsn, &event_id)).await;
    let status = probe.exchange.answer().map_or(0, |answer| answer.status);
    if !matches!(status, 200..=299) {
        return (Binary::Lost(status), probe);
    }
    let what = WaitFor {
        event_id: Some(event_id.clone()),
        item: Some("attachment".to_owned()),
        since_ms: Some(0),
        ..WaitFor::default()
    };
    if !matches!(with.sink.wait(&what, ARRIVES, with.cancel).await, Ok(Some(_))) {
        return (Binary::Lost(status), probe);
    }
    let sent = envelope::binary();
    let binary = match with.sink.payloads(&event_id, 1).await.ok().and_then(|items| items.into_iter().next()) {
        Some((_, got)) if got == sent => Binary::Same,
        Some((_, got)) => Binary::Changed { sent: sent.len(), got: got.len() },
        None => Binary::Lost(status),
    };
    (binary, probe)
}
