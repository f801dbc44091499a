//! Requests to hosts that were named, and to no other; bounded in number, time and bytes.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use tokio::sync::Semaphore;
use url::Url;

use super::answer::{Answer, Exchange, Hop, KEPT, Unanswered};
use crate::{
    error::Result,
    http::{self, Trusted, is_loopback},
};

/// Until a connection stands.
const CONNECT: Duration = Duration::from_secs(4);
/// Redirects that are followed.
const MAX_HOPS: usize = 5;
/// Requests of one look, redirects counted.
const MAX_REQUESTS: usize = 80;
/// Requests at once.
const AT_ONCE: usize = 6;
/// Bytes of a header's value.
const MAX_VALUE: usize = 16 * 1024;
/// Values of headers that are kept.
const MAX_VALUES: usize = 60;

/// A body of a tunnel or an ingest host.
pub(super) const SMALL: usize = 16 * 1024;
/// A page.
pub(super) const PAGE: usize = 1024 * 1024;

/// What is sent.
#[derive(Debug, Clone)]
pub(super) struct Sent {
    /// To whom.
    pub url: Url,
    /// POST this; none = GET.
    pub body: Option<Vec<u8>>,
    /// More headers.
    pub headers: Vec<(&'static str, String)>,
    /// Bytes of the answer's body that are read.
    pub most: usize,
}

impl Sent {
    /// A page or a file, as a browser asks for it.
    pub fn get(url: Url, most: usize) -> Self {
        let accept = "text/html,application/xhtml+xml,*/*;q=0.8".to_owned();
        Self { url, body: None, headers: vec![("accept", accept)], most }
    }

    /// With one more header.
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// Sends requests.
#[derive(Debug)]
pub(super) struct Prober {
    client: reqwest::Client,
    trusted: Trusted,
    named: Vec<Url>,
    local: bool,
    limit: Duration,
    sent: AtomicUsize,
    turn: Semaphore,
}

impl Prober {
    /// One that may reach the hosts of these addresses; where the first is of this machine, other ports of it too.
    pub fn new(named: Vec<Url>, limit: Duration) -> Result<Self> {
        let trusted = Trusted::default();
        for url in &named {
            trusted.add(url);
        }
        let local = named.first().is_some_and(is_loopback);
        let client = http::probe_client(CONNECT, trusted.clone(), local)?;
        let (sent, turn) = (AtomicUsize::new(0), Semaphore::new(AT_ONCE));
        Ok(Self { client, trusted, named, local, limit, sent, turn })
    }

    /// Whether `url` may be asked; the error says why not.
    pub fn permits(&self, url: &Url) -> Result<(), String> {
        self.trusted.permits(url)?;
        let same = |named: &Url| {
            let usual = matches!(url.port_or_known_default(), Some(80 | 443));
            named.host() == url.host() && (usual || named.port_or_known_default() == url.port_or_known_default())
        };
        match self.named.iter().any(same) || (self.local && is_loopback(url)) {
            true => Ok(()),
            false => Err(format!("{} was not named", url.host_str().unwrap_or("this host"))),
        }
    }

    /// Sends a request and follows its redirects as a browser does: 307 and 308 keep method and body, others become GET.
    pub async fn send(&self, sent: Sent) -> Exchange {
        // The turn comes first: waiting for it is not the server's time.
        let Ok(_turn) = self.turn.acquire().await else {
            return Exchange { hops: Vec::new(), end: Err(Unanswered::Silent), stopped: None };
        };
        let deadline = Instant::now() + self.limit;
        let mut sent = sent;
        let mut hops: Vec<Hop> = Vec::new();
        loop {
            let end = self.once(&sent, deadline).await;
            let Some((answer, to)) = end.as_ref().ok().and_then(|answer| Some((answer, answer.location()?))) else {
                return Exchange { hops, end, stopped: None };
            };
            if let Err(why) = self.permits(&to) {
                tracing::debug!(why, "a redirect is not followed");
                return Exchange { hops, end, stopped: Some("not followed: it leads to a host that was not named") };
            }
            if hops.len() >= MAX_HOPS || hops.iter().any(|hop| hop.url == to && hop.to == answer.url) {
                return Exchange { hops, end, stopped: Some("not followed: it goes in circles, or too far") };
            }
            hops.push(Hop { url: answer.url.clone(), status: answer.status, to: to.clone() });
            if !matches!(answer.status, 307 | 308) {
                sent.body = None;
            }
            sent.url = to;
        }
    }

    async fn once(&self, sent: &Sent, deadline: Instant) -> Result<Answer, Unanswered> {
        self.permits(&sent.url).map_err(Unanswered::Forbidden)?;
        if self.sent.fetch_add(1, Ordering::Relaxed) >= MAX_REQUESTS {
            return Err(Unanswered::Forbidden(format!("{MAX_REQUESTS} requests were sent already")));
        }
        let begun = Instant::now();
        let mut url = sent.url.clone();
        // reqwest would make an Authorization header of it, and redirects would take it along.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        url.set_fragment(None);
        let mut request = match &sent.body {
            Some(body) => self.client.post(url.clone()).body(body.clone()),
            None => self.client.get(url.clone()),
        };
        for (name, value) in &sent.headers {
            if sent.body.is_some() || *name != "content-type" {
                request = request.header(*name, value);
            }
        }
        let deadline = tokio::time::Instant::from_std(deadline);
        let response = match tokio::time::timeout_at(deadline, request.send()).await {
            Ok(response) => response.map_err(|error| why(&error))?,
            Err(_) => return Err(Unanswered::Silent),
        };
        let took = begun.elapsed();
        let status = response.status().as_u16();
        let headers = kept(&response);
        let (body, whole) = body(response, sent.most, deadline).await;
        Ok(Answer { url, status, headers, body, whole, took })
    }
}

/// The headers that are kept.
fn kept(response: &reqwest::Response) -> Vec<(String, String)> {
    let wanted = |name: &str| KEPT.contains(&name) || name.starts_with("content-security-policy");
    let all = response.headers().iter().filter(|(name, _)| wanted(name.as_str()));
    let text = |value: &[u8]| String::from_utf8_lossy(value.get(..MAX_VALUE).unwrap_or(value)).into_owned();
    all.take(MAX_VALUES).map(|(name, value)| (name.as_str().to_owned(), text(value.as_bytes()))).collect()
}

/// At most `most` bytes of the body, and whether that is all of it. What came before the time was up counts.
async fn body(mut response: reqwest::Response, most: usize, deadline: tokio::time::Instant) -> (Vec<u8>, bool) {
    let mut body = Vec::new();
    loop {
        match tokio::time::timeout_at(deadline, response.chunk()).await {
            Ok(Ok(Some(chunk))) => {
                let room = most - body.len();
                body.extend_from_slice(chunk.get(..room).unwrap_or(&chunk));
                if chunk.len() > room {
                    return (body, false);
                }
            }
            Ok(Ok(None)) => return (body, true),
            Ok(Err(_)) | Err(_) => return (body, false),
        }
    }
}

fn why(error: &reqwest::Error) -> Unanswered {
    if error.is_timeout() {
        return Unanswered::Silent;
    }
    let mut chain = Vec::new();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        if let Some(io) = inner.downcast_ref::<std::io::Error>()
            && io.kind() == std::io::ErrorKind::ConnectionRefused
        {
            return Unanswered::Refused;
        }
        chain.push(inner.to_string());
        cause = inner.source();
    }
    // The last one says it; those before name the address, whose query may hold a secret.
    let said = chain.pop().unwrap_or_else(|| "the connection broke".to_owned());
    Unanswered::Failed(crate::redact::text(&said.chars().take(200).collect::<String>()))
}
