//! Whether the tunnel posts to whoever an envelope names: an open relay, and a way into the user's network.
//!
//! The hosts that are named are our own listener on this machine, or names that cannot exist: nobody else is ever asked.

use std::time::Duration;

use futures_util::future::join_all;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc,
    task::JoinHandle,
    time::timeout,
};
use url::Url;

use super::{Symptom, With, envelope};
use crate::http::is_loopback;

/// A tunnel that answers first and posts later has this long.
const LATER: Duration = Duration::from_millis(400);
/// Until a request that came to our listener is read.
const READ: Duration = Duration::from_secs(2);
/// Bytes of it that are read.
const HEAD: usize = 8 * 1024;
/// What our requests carry, so that it shows whether it is handed on.
const COOKIE: &str = "fixloop_probe";

/// Whom the tunnel was led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenTo {
    /// How the DSN led there, in our words.
    pub how: &'static str,
    /// The DSN's host and path, as the envelope had it.
    pub named: String,
    /// It came with TLS, so no more of it can be read.
    pub tls: bool,
    /// It brought the cookie of the caller along.
    pub cookie: bool,
}

/// Whether the tunnel posts to whoever an envelope names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Relays {
    /// Not asked: the tunnel does not work, or passes on without looking at the envelope.
    NotAsked,
    /// It refused foreign DSNs: those that were tried, in our words.
    Refused(Vec<&'static str>),
    /// It posted to our own listener.
    Open(Vec<OpenTo>),
    /// Its answers to foreign DSNs do not tell.
    Unclear(u16),
}

/// A DSN of ours that a check may take for an allowed one.
struct Trap {
    how: &'static str,
    /// Where the envelope is posted to, where that is not the tunnel as it is.
    at: Option<Url>,
    /// The host that leads to us; empty = it cannot exist.
    host: &'static str,
    named: String,
    dsn: String,
    /// Listens for it; none = its host cannot exist.
    ear: Option<Ear>,
}

/// Sends envelopes that name other hosts.
pub(super) async fn look(with: With<'_>, url: &Url, first: Symptom) -> Relays {
    let rewrite = url.query_pairs().any(|(name, _)| name == "o");
    let asked = first.may_work() && (first != Symptom::Upstream || rewrite);
    if !asked {
        return Relays::NotAsked;
    }
    let traps = match (is_loopback(url), rewrite && first == Symptom::Upstream) {
        (true, true) => query_trap(url).await.into_iter().collect(),
        (true, false) => traps(with).await,
        (false, true) => Vec::new(),
        (false, false) => names(with),
    };
    let tried: Vec<&'static str> = traps.iter().map(|trap| trap.how).collect();
    if tried.is_empty() {
        return Relays::NotAsked;
    }
    let mut sprung = join_all(traps.into_iter().map(|trap| spring(with, url, trap))).await;
    // Of two plain names of this machine only one was asked: that name is allowed, whatever the port. A set-up for this machine.
    let plain =
        |host: &str| sprung.iter().find(|one| one.how == FOREIGN && one.host == host).map(|one| one.open.is_some());
    let allowed = match (plain(NAMES[0]), plain(NAMES[1])) {
        (Some(true), Some(false)) => Some(NAMES[0]),
        (Some(false), Some(true)) => Some(NAMES[1]),
        _ => None,
    };
    sprung.retain(|one| allowed != Some(one.host));
    let open: Vec<OpenTo> = sprung.iter().filter_map(|one| one.open.clone()).collect();
    if !open.is_empty() {
        return Relays::Open(open);
    }
    let unclear = sprung.iter().map(|one| one.status).find(|status| !matches!(status, 400..=499));
    unclear.map_or(Relays::Refused(tried), Relays::Unclear)
}

/// What became of a trap.
struct Sprung {
    how: &'static str,
    host: &'static str,
    open: Option<OpenTo>,
    /// Of the answer; 0 = there was none.
    status: u16,
}

/// Names of this machine.
const NAMES: [&str; 2] = ["127.0.0.1", "localhost"];
/// The simplest trap.
const FOREIGN: &str = "a DSN of another host";

async fn spring(with: With<'_>, url: &Url, trap: Trap) -> Sprung {
    let Trap { how, at, host, named, dsn, ear } = trap;
    let at = at.as_ref().unwrap_or(url);
    let sent = with.sent(at, envelope::named(&dsn)).with("cookie", format!("{COOKIE}=1"));
    let exchange = with.prober.send(sent).await;
    let status = exchange.answer().map_or(0, |answer| answer.status);
    let heard = match ear {
        Some(mut ear) => ear.heard().await,
        None => None,
    };
    let open = heard.map(|heard| OpenTo { how, named, tls: heard.tls, cookie: heard.cookie });
    Sprung { how, host, open, status }
}

/// Traps with a listener each.
async fn traps(with: With<'_>) -> Vec<Trap> {
    let own = with.dsn.map(|dsn| dsn.host.clone()).unwrap_or_default();
    let names: Vec<&'static str> = NAMES.into_iter().filter(|name| *name != own).collect();
    let allowed = if own.is_empty() { "o1.ingest.sentry.io".to_owned() } else { own };
    let mut traps = Vec::new();
    for name in &names {
        let place = |port: u16| format!("{name}:{port}/1");
        traps.extend(trap(FOREIGN, name, envelope::id(), place).await);
    }
    let Some(name) = names.first().copied() else { return traps };
    let how = "a DSN with the allowed host in its path";
    traps.extend(trap(how, name, envelope::id(), |port| format!("{name}:{port}/{allowed}/1")).await);
    let how = "a DSN with the allowed host before the @";
    traps.extend(trap(how, name, allowed.clone(), |port| format!("{name}:{port}/1")).await);
    if allowed.contains(|c: char| c.is_ascii_alphabetic()) && !allowed.contains('[') {
        let how = "a DSN whose host begins with the allowed one";
        traps.extend(trap(how, name, envelope::id(), |port| format!("{allowed}.localhost:{port}/1")).await);
    }
    traps
}

async fn trap(how: &'static str, host: &'static str, user: String, place: impl Fn(u16) -> String) -> Option<Trap> {
    let ear = Ear::new().await?;
    let named = place(ear.port);
    Some(Trap { how, at: None, host, dsn: format!("http://{user}@{named}"), named, ear: Some(ear) })
}

/// The organization of a rewrite's query written so that another host comes of it (CVE-2023-46729).
async fn query_trap(url: &Url) -> Option<Trap> {
    let ear = Ear::new().await?;
    let named = format!("127.0.0.1:{}", ear.port);
    let mut at = url.clone();
    at.query_pairs_mut().clear().append_pair("o", &format!("@{named}/1?")).append_pair("p", "1");
    let how = "an organization in the query that turns into another host";
    Some(Trap { how, at: Some(at), host: "127.0.0.1", named, dsn: String::new(), ear: Some(ear) })
}

/// For tunnels that cannot reach us: names that do not exist, by the standard that reserves `.invalid`.
fn names(with: With<'_>) -> Vec<Trap> {
    let own = with.dsn.map_or("o1.ingest.sentry.io", |dsn| dsn.host.as_str());
    let named = |how, named: String| Trap {
        how,
        at: None,
        host: "",
        dsn: format!("https://{}@{named}", envelope::id()),
        named,
        ear: None,
    };
    vec![
        named(FOREIGN, "fixloop-probe.invalid/1".to_owned()),
        named("a DSN whose host begins with the allowed one", format!("{own}.invalid/1")),
    ]
}

/// What came to our listener.
#[derive(Debug, Clone, Copy)]
struct Heard {
    tls: bool,
    cookie: bool,
}

/// A listener of ours; it ends with this value.
struct Ear {
    port: u16,
    heard: mpsc::Receiver<Heard>,
    tasks: Vec<JoinHandle<()>>,
}

impl Ear {
    /// On a free port of this machine, by both families where that can be.
    async fn new() -> Option<Self> {
        let four = TcpListener::bind(("127.0.0.1", 0)).await.ok()?;
        let port = four.local_addr().ok()?.port();
        let (tell, heard) = mpsc::channel(4);
        let mut tasks = vec![tokio::spawn(listen(four, tell.clone()))];
        // `localhost` is ::1 first for some.
        if let Ok(six) = TcpListener::bind(("::1", port)).await {
            tasks.push(tokio::spawn(listen(six, tell)));
        }
        Some(Self { port, heard, tasks })
    }

    /// Whether somebody came.
    async fn heard(&mut self) -> Option<Heard> {
        timeout(LATER, self.heard.recv()).await.ok().flatten()
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

/// One at a time is enough: the first one tells.
async fn listen(listener: TcpListener, tell: mpsc::Sender<Heard>) {
    while let Ok((stream, _)) = listener.accept().await {
        if let Ok(Some(heard)) = timeout(READ, hear(stream)).await
            && tell.try_send(heard).is_err()
        {
            return;
        }
    }
}

/// Reads a request's head, and answers as Sentry does. None = it closed without a byte.
async fn hear(mut stream: TcpStream) -> Option<Heard> {
    let mut head = Vec::new();
    let mut part = [0_u8; 1024];
    while head.len() < HEAD {
        let read = stream.read(&mut part).await.ok()?;
        head.extend_from_slice(part.get(..read).unwrap_or_default());
        let over = head.windows(4).any(|end| end == b"\r\n\r\n");
        // A TLS handshake begins with 22; nobody waits for an answer to it.
        if read == 0 || over || head.first() == Some(&22) {
            break;
        }
    }
    let tls = *head.first()? == 22;
    let cookie = String::from_utf8_lossy(&head).contains(COOKIE);
    let answer =
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}";
    let _ = stream.write_all(answer.as_bytes()).await;
    Some(Heard { tls, cookie })
}
