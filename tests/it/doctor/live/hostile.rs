//! Servers that hang, trickle, never end or lead astray; hosts that nobody named.

use std::{
    net::UdpSocket,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use fixloop::doctor::live::{Ask, Live};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;

use super::{look, rows, server, sink};

/// A server by hand, and how often somebody came.
struct Raw {
    url: String,
    came: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Drop for Raw {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Raw {
    async fn start<F>(host: &str, serve: fn(TcpStream) -> F) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind((host, 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let came = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&came);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(serve(stream));
            }
        });
        Self { url, came, task }
    }

    fn came(&self) -> usize {
        self.came.load(Ordering::SeqCst)
    }
}

async fn hang(mut stream: TcpStream) {
    let mut bytes = [0_u8; 1024];
    while matches!(stream.read(&mut bytes).await, Ok(1..)) {}
}

/// Reads the head of a request.
async fn asked(stream: &mut TcpStream) {
    let mut bytes = Vec::new();
    let mut part = [0_u8; 1024];
    while !bytes.windows(4).any(|four| four == b"\r\n\r\n") {
        match stream.read(&mut part).await {
            Ok(read @ 1..) => bytes.extend_from_slice(&part[..read]),
            _ => return,
        }
    }
}

async fn trickle(mut stream: TcpStream) {
    asked(&mut stream).await;
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ntransfer-encoding: chunked\r\n\r\n";
    if stream.write_all(head.as_bytes()).await.is_err() {
        return;
    }
    while stream.write_all(b"1\r\n<\r\n").await.is_ok() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn endless(mut stream: TcpStream) {
    asked(&mut stream).await;
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\n\r\n<!doctype html><html><head>";
    let _ = stream.write_all(head.as_bytes()).await;
    let part = vec![b'x'; 64 * 1024];
    while stream.write_all(&part).await.is_ok() {}
}

async fn headers(mut stream: TcpStream) {
    asked(&mut stream).await;
    let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n").await;
    while stream.write_all(b"x-more: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n").await.is_ok() {}
}

async fn nonsense(mut stream: TcpStream) {
    asked(&mut stream).await;
    let _ = stream.write_all(b"\x00\xff no HTTP at all\r\n\r\n").await;
}

async fn closes(stream: TcpStream) {
    drop(stream);
}

async fn circles(mut stream: TcpStream) {
    let mut bytes = [0_u8; 4096];
    let read = stream.read(&mut bytes).await.unwrap_or(0);
    let path = String::from_utf8_lossy(&bytes[..read]).split(' ').nth(1).unwrap_or("/").to_owned();
    let answer = format!("HTTP/1.1 307 x\r\nlocation: {path}x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    let _ = stream.write_all(answer.as_bytes()).await;
}

#[tokio::test]
async fn every_look_ends() {
    let sink = sink().await;
    let servers = [
        Raw::start("127.0.0.1", hang).await,
        Raw::start("127.0.0.1", trickle).await,
        Raw::start("127.0.0.1", endless).await,
        Raw::start("127.0.0.1", headers).await,
        Raw::start("127.0.0.1", nonsense).await,
        Raw::start("127.0.0.1", closes).await,
        Raw::start("127.0.0.1", circles).await,
    ];
    let symptoms = ["no_answer", "html_page", "html_page", "no_answer", "no_answer", "no_answer", "redirect"];
    for (server, symptom) in servers.iter().zip(symptoms) {
        let looked = look(&sink, &server.url, |ask| {
            ask.pages = true;
            ask.tunnel = Some("/tunnel".to_owned());
            ask.limit = Duration::from_millis(500);
        });
        let (live, found) = tokio::time::timeout(Duration::from_secs(60), looked).await.expect("it does not end");
        let seen = live.tunnel.as_ref().unwrap();
        assert_eq!(seen.first.symptom.word(), symptom, "{}", seen.first.exchange.evidence());
        assert_eq!(rows(&found), [format!("TUN008 error {symptom}")]);
        let bytes: usize =
            live.pages.iter().filter_map(|page| page.exchange.answer()).map(|answer| answer.body.len()).sum();
        assert!(bytes <= 4 << 20, "{bytes}");
        assert!(server.came() <= 80, "{} requests", server.came());
    }
    sink.stop().await;
}

/// An address of this machine that is not of the loopback; none where it has no network.
fn own_address() -> Option<String> {
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    // Sends nothing: it only chooses a route.
    socket.connect("10.255.255.255:9").ok()?;
    let ip = socket.local_addr().ok()?.ip();
    (!ip.is_loopback() && !ip.is_unspecified()).then(|| ip.to_string())
}

async fn to_canary(mut stream: TcpStream) {
    let mut bytes = [0_u8; 4096];
    let read = stream.read(&mut bytes).await.unwrap_or(0);
    let request = String::from_utf8_lossy(&bytes[..read]).into_owned();
    // The first segment is the host and port of the canary.
    let to = request
        .split(' ')
        .nth(1)
        .unwrap_or("/")
        .trim_start_matches('/')
        .split('/')
        .next()
        .unwrap_or_default()
        .to_owned();
    let status = if request.starts_with("POST") { 307 } else { 302 };
    let answer = format!(
        "HTTP/1.1 {status} x\r\nlocation: http://{to}/stolen\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    );
    let _ = stream.write_all(answer.as_bytes()).await;
}

#[tokio::test]
async fn hosts_that_were_not_named_are_never_contacted() {
    let sink = sink().await;
    let Some(own) = own_address() else { panic!("this machine has no address but 127.0.0.1: nothing can be shown") };
    // From this machine to its network, and from the network to this machine.
    for (from, to) in [("127.0.0.1", own.as_str()), (own.as_str(), "127.0.0.1")] {
        let (server, canary) = (Raw::start(from, to_canary).await, Raw::start(to, closes).await);
        let place = canary.url.trim_start_matches("http://").to_owned();
        let (live, found) = look(&sink, &format!("{}/{place}", server.url), |ask| {
            ask.pages = true;
            ask.tunnel = Some(format!("/{place}/tunnel"));
            ask.limit = Duration::from_secs(2);
        })
        .await;
        assert_eq!(canary.came(), 0, "{from} led to {to}");
        assert!(server.came() > 0);
        let stopped = live.tunnel.as_ref().unwrap().first.exchange.stopped;
        assert_eq!(stopped, Some("not followed: it leads to a host that was not named"));
        assert_eq!(rows(&found), ["TUN008 error redirect"]);
    }
    // The DSN and the tunnel of a project name nobody: only the user does.
    let (server, canary) = (server::start(&sink).await, Raw::start(&own, closes).await);
    let dsn = canary.url.replace("http://", "http://0123456789abcdef0123456789abcdef@") + "/1";
    let (live, _) = look(&sink, &server.url, |ask| {
        ask.pages = true;
        ask.tunnel = Some("/strict".to_owned());
        ask.dsn = Some(dsn.clone());
    })
    .await;
    assert!(live.ingest.is_none() && canary.came() == 0);
    // Said so, it is asked.
    let (live, found) = look(&sink, &server.url, |ask| {
        ask.dsn = Some(dsn.clone());
        ask.send = true;
    })
    .await;
    assert!(live.ingest.is_some() && canary.came() > 0);
    assert_eq!(rows(&found), ["DSN007 error unreachable"]);
    sink.stop().await;
}

#[tokio::test]
async fn addresses_that_are_never_fetched_from() {
    let sink = sink().await;
    for url in
        ["http://169.254.169.254/latest/meta-data/", "http://0.0.0.0:1/", "http://[fe80::1]/", "http://224.0.0.1/"]
    {
        let ask = Ask::new(url).unwrap();
        let error = Live::look(&ask, &sink, &CancellationToken::new()).await.unwrap_err();
        assert!(error.what().contains("is not fetched from"), "{url}: {error}");
    }
    for url in ["file:///etc/passwd", "javascript:alert(1)", "about:blank", "data:text/html,x"] {
        let error = Ask::new(url).unwrap_err();
        assert!(error.what().starts_with("fixloop does not open"), "{url}: {error}");
    }
    sink.stop().await;
}

#[tokio::test]
async fn a_call_that_is_cancelled_ends() {
    let sink = sink().await;
    let server = Raw::start("127.0.0.1", hang).await;
    let cancel = CancellationToken::new();
    let ask = Ask::new(&server.url).unwrap();
    let looking = Live::look(&ask, &sink, &cancel);
    tokio::pin!(looking);
    tokio::select! {
        _ = &mut looking => panic!("it hangs, and answered"),
        () = async { while server.came() == 0 { tokio::task::yield_now().await } } => cancel.cancel(),
    }
    assert!(looking.await.unwrap_err().what().contains("cancelled"));
    sink.stop().await;
}
