//! The tunnel: what becomes of what is posted to it.

mod arrive;
mod open;
mod symptom;

use futures_util::future::join_all;
use tokio_util::sync::CancellationToken;
use url::Url;

use super::{
    answer::{Answer, Exchange},
    ask::Ask,
    envelope,
    fetch::{Prober, SMALL, Sent},
};
use crate::{doctor::csp::Dsn, sink::Sink};

pub use arrive::{Arrival, Binary, Delivered, Receiver};
pub use open::{OpenTo, Relays};
pub use symptom::Symptom;
pub(super) use symptom::is_csrf;

/// A body that is larger than the 1 MiB that proxies take unless told otherwise; replays are often larger.
const LARGE: usize = (1 << 20) + (64 << 10);

/// A post, and what it means.
#[derive(Debug, Clone)]
pub struct Probe {
    /// Where to.
    pub url: Url,
    /// What was answered.
    pub exchange: Exchange,
    /// What it means.
    pub symptom: Symptom,
}

/// Another way of writing the tunnel's address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variant {
    /// With a slash at its end, or without.
    Slash,
    /// With the app's base path, or without.
    BasePath,
    /// With a locale.
    Locale,
}

/// What was seen of the tunnel.
#[derive(Debug, Clone)]
pub struct TunnelSeen {
    /// Its address, as the SDK posts to it.
    pub url: Url,
    /// The page that would post.
    pub page: Url,
    /// An empty envelope to it.
    pub first: Probe,
    /// The same to other ways of writing its address; only where the first one failed.
    pub variants: Vec<(Variant, Probe)>,
    /// An envelope that is larger than 1 MiB; only where the small one came through.
    pub large: Option<Probe>,
    /// Whether it posts to whoever an envelope names.
    pub relays: Relays,
    /// Whether it hands the caller's `Authorization` on; none = it cannot be told.
    pub hands_on: Option<bool>,
    /// A test event through it; none = nobody may get one.
    pub delivered: Option<Delivered>,
}

/// What is looked with.
#[derive(Debug, Clone, Copy)]
pub(super) struct With<'a> {
    pub prober: &'a Prober,
    pub ask: &'a Ask,
    pub dsn: Option<&'a Dsn>,
    pub sink: &'a Sink,
    pub cancel: &'a CancellationToken,
}

impl With<'_> {
    /// Posts as the SDK does.
    async fn post(&self, url: &Url, body: Vec<u8>) -> Probe {
        let exchange = self.prober.send(self.sent(url, body)).await;
        let symptom = Symptom::of(&exchange);
        Probe { url: url.clone(), exchange, symptom }
    }

    fn sent(&self, url: &Url, body: Vec<u8>) -> Sent {
        // A browser says of a body of bytes nothing, of a text that it is one.
        let text = std::str::from_utf8(&body).is_ok();
        let sent = Sent { url: url.clone(), body: Some(body), headers: Vec::new(), most: SMALL };
        let sent = sent
            .with("accept", "*/*")
            .with("origin", self.ask.url.origin().ascii_serialization())
            .with("referer", super::answer::shown(&self.ask.url));
        if text { sent.with("content-type", envelope::TEXT) } else { sent }
    }
}

/// Looks at a tunnel.
pub(super) async fn look(with: With<'_>, url: Url) -> TunnelSeen {
    let (mut url, mut first) = (url.clone(), with.post(&url, envelope::empty()).await);
    // A page by http that is there by https only: its pages post by https, too.
    if first.symptom == Symptom::Secure
        && let Some(hop) = first.exchange.hops.first()
    {
        url = hop.to.clone();
        first = with.post(&url, envelope::empty()).await;
    }
    let mut seen = TunnelSeen {
        url: url.clone(),
        page: with.ask.url.clone(),
        first,
        variants: Vec::new(),
        large: None,
        relays: Relays::NotAsked,
        hands_on: None,
        delivered: None,
    };
    if !seen.first.symptom.may_work() && !seen.first.arrives() {
        let ways = ways(&url, with.ask);
        seen.variants =
            join_all(ways.into_iter().map(async |(variant, url)| (variant, with.post(&url, envelope::empty()).await)))
                .await;
        return seen;
    }
    // A real Sentry behind it is not sent a mebibyte unasked.
    let ends_here = seen.first.exchange.answer().is_some_and(Answer::is_sink);
    let symptom = Symptom::of_end(&seen.first.exchange);
    let may = symptom != Symptom::Upstream || ends_here || with.ask.send;
    let large = async { if may { Some(with.post(&url, envelope::large(LARGE)).await) } else { None } };
    let (large, relays, hands_on) =
        tokio::join!(large, open::look(with, &url, symptom), hands_on(with, &url, &seen.first));
    seen.large = large;
    seen.relays = relays;
    seen.hands_on = hands_on;
    seen.delivered = arrive::look(with, &url, &seen.first).await;
    seen
}

impl Probe {
    /// It was redirected in a way that keeps method and body, and came through.
    pub fn arrives(&self) -> bool {
        let kept = self.exchange.hops.iter().all(|hop| matches!(hop.status, 307 | 308));
        kept && !self.exchange.hops.is_empty() && Symptom::of_end(&self.exchange).may_work()
    }
}

/// Other ways of writing the address.
fn ways(url: &Url, ask: &Ask) -> Vec<(Variant, Url)> {
    let path = url.path().to_owned();
    let with_path = |path: &str| {
        let mut other = url.clone();
        other.set_path(path);
        other
    };
    let slash = match path.strip_suffix('/') {
        Some(bare) => bare.to_owned(),
        None => format!("{path}/"),
    };
    let mut ways = vec![(Variant::Slash, with_path(&slash))];
    if let Some(base) = ask.base_path.as_deref().map(|base| base.trim_end_matches('/')).filter(|base| !base.is_empty())
    {
        let other = match path.strip_prefix(base).filter(|rest| rest.starts_with('/')) {
            Some(rest) => rest.to_owned(),
            None => format!("{base}{path}"),
        };
        ways.push((Variant::BasePath, with_path(&other)));
    }
    ways.extend(ask.locales.iter().take(3).map(|locale| (Variant::Locale, with_path(&format!("/{locale}{path}")))));
    ways.retain(|(_, way)| way.path() != path && !way.path().is_empty());
    ways
}

/// Whether `Authorization` is handed on: Relay refuses an envelope without a key, and takes one from `Authorization`. Where a
/// key that nobody has changes its answer, it got the header.
async fn hands_on(with: With<'_>, url: &Url, first: &Probe) -> Option<bool> {
    use base64::Engine;
    let plain = first.exchange.answer()?;
    if first.symptom != Symptom::Upstream || plain.status != 401 || !plain.text().contains("missing authorization") {
        return None;
    }
    let key = base64::engine::general_purpose::STANDARD.encode(format!("{}:", envelope::id()));
    let sent = with.sent(url, envelope::empty()).with("authorization", format!("Basic {key}"));
    let exchange = with.prober.send(sent).await;
    let answer = exchange.answer()?;
    if answer.status == 401 && answer.text().contains("missing authorization") {
        return Some(false);
    }
    answer.is_relay().then_some(true).or_else(|| (answer.status == 200 && answer.json().is_some()).then_some(true))
}
