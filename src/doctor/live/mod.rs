//! The app over HTTP: headers of its pages, its tunnel, its ingest host. Plain data that the rules look at.
//!
//! Nobody is contacted but the hosts that were named: that of the address, of the tunnel where it is a whole URL, and of the
//! DSN where `send` says so. From an address of this machine other ports of it may be reached too. Redirects are followed by
//! hand, only to such hosts, and kept. Every request has a time limit, a limit of bytes, and there are only so many of them.

mod answer;
mod ask;
mod envelope;
mod fetch;
mod html;
mod ingest;
pub mod judge;
mod maps;
mod pages;
mod tunnel;

pub use answer::{Answer, Exchange, Hop, Unanswered};
pub use ask::Ask;
pub use ingest::Ingest;
pub use maps::MapSeen;
pub use pages::{PageSeen, PolicySeen, Role, ScriptSeen};
pub use tunnel::{Arrival, Binary, Delivered, OpenTo, Probe, Receiver, Relays, Symptom, TunnelSeen, Variant};

use fetch::Prober;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::{
    doctor::csp::Dsn,
    error::{Result, ToolError},
    sink::Sink,
};

/// What was seen over HTTP.
#[derive(Debug)]
pub struct Live {
    /// The page that was asked for.
    pub url: Url,
    /// The DSN of the browser SDK, where it is known.
    pub dsn: Option<Dsn>,
    /// Where the embedded sink takes envelopes.
    pub sink: Option<Url>,
    /// Pages, a file and a missing page; empty where pages were not asked for.
    pub pages: Vec<PageSeen>,
    /// Source maps that anyone can fetch.
    pub maps: Vec<MapSeen>,
    /// The tunnel, where there is one.
    pub tunnel: Option<TunnelSeen>,
    /// The ingest host, where it was asked.
    pub ingest: Option<Ingest>,
    /// What was not looked at, and why.
    pub notes: Vec<String>,
}

impl Live {
    /// Looks at the app. Takes less than a minute; a server that does not answer is something seen, not an error.
    ///
    /// # Errors
    ///
    /// The address may not be fetched from, or the call was cancelled.
    pub async fn look(ask: &Ask, sink: &Sink, cancel: &CancellationToken) -> Result<Self> {
        tokio::select! {
            () = cancel.cancelled() => Err(ToolError::cancelled()),
            live = Self::all(ask, sink, cancel) => live,
        }
    }

    async fn all(ask: &Ask, sink: &Sink, cancel: &CancellationToken) -> Result<Self> {
        let dsn = ask.dsn()?;
        let tunnel = ask.tunnel(dsn.as_ref())?;
        let sink_url = sink.dsn().and_then(|dsn| Dsn::read(&dsn).ok()?.envelope());
        let ingest = dsn.as_ref().filter(|dsn| ask.send && !dsn.envelope().is_some_and(|url| sink.is_ours(&url)));
        let mut named = vec![ask.url.clone()];
        named.extend(tunnel.clone().filter(|_| ask.names_tunnel()));
        let prober = Prober::new(named, ask.limit)?;
        prober.permits(&ask.url).map_err(|why| {
            let what = format!("{} is not fetched from: {why}.", answer::shown(&ask.url));
            ToolError::new(what, "Give the address of the app: http://localhost:3000/.")
        })?;
        let mut live = Self {
            url: ask.url.clone(),
            dsn: dsn.clone(),
            sink: sink_url,
            pages: Vec::new(),
            maps: Vec::new(),
            tunnel: None,
            ingest: None,
            notes: Vec::new(),
        };
        let permitted = tunnel.clone().filter(|url| prober.permits(url).is_ok());
        if let (Some(url), None) = (&tunnel, &permitted) {
            live.notes.push(format!(
                "The tunnel of the project is on another host, {}, which is not asked unless `tunnel` names it.",
                url.host_str().unwrap_or_default()
            ));
        }
        let with = tunnel::With { prober: &prober, ask, dsn: dsn.as_ref(), sink, cancel };
        let pages = async {
            if !ask.pages {
                return (Vec::new(), Vec::new());
            }
            let pages = pages::look(&prober, ask.routes()).await;
            let maps = maps::look(&prober, &pages).await;
            (pages, maps)
        };
        let tunnelled = async {
            match permitted {
                Some(url) => Some(tunnel::look(with, url).await),
                None => None,
            }
        };
        let asked = async {
            // With a tunnel the event goes through it, once.
            let dsn = ingest.filter(|_| tunnel.is_none())?;
            let prober = Prober::new(vec![dsn.envelope()?], ask.limit).ok()?;
            ingest::look(&prober, dsn, &ask.url).await
        };
        let ((pages, maps), tunnel, ingest) = tokio::join!(pages, tunnelled, asked);
        (live.pages, live.maps, live.tunnel, live.ingest) = (pages, maps, tunnel, ingest);
        Ok(live)
    }
}
