//! A running sink, and raw HTTP to it.

use std::{path::Path, time::Duration};

use fixloop::{
    config::{Config, SinkConfig},
    event::StoredEvent,
    sink::{Sink, WaitFor},
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_util::sync::CancellationToken;

pub const KEY: &str = "0123456789abcdef0123456789abcdef";
pub const SOON: Duration = Duration::from_secs(20);

pub fn config() -> SinkConfig {
    SinkConfig { port: 0, ..Config::default().sink }
}

pub async fn start(state: &Path) -> Sink {
    start_with(state, config()).await
}

pub async fn start_with(state: &Path, config: SinkConfig) -> Sink {
    Sink::start(&config, Some(state.to_owned())).await.unwrap()
}

pub struct Answer {
    pub status: u16,
    pub headers: String,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|_| panic!("no JSON: {:?}", String::from_utf8_lossy(&self.body)))
    }

    pub fn header(&self, name: &str) -> Option<String> {
        self.headers.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        })
    }
}

/// One request on a connection of its own, written by hand: nothing between the test and the bytes.
pub async fn request(port: u16, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
    let mut head = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
    if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("host")) {
        head.push_str(&format!("Host: 127.0.0.1:{port}\r\n"));
    }
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let mut bytes = Vec::new();
    let exchange = async {
        // A refused body is not read to its end: then the writing side fails, and the answer is there.
        let _ = stream.write_all(&[head.as_bytes(), body].concat()).await;
        let _ = stream.read_to_end(&mut bytes).await;
    };
    tokio::time::timeout(SOON, exchange).await.expect("the sink did not answer");
    answer(&bytes)
}

fn answer(bytes: &[u8]) -> Answer {
    let split = bytes.windows(4).position(|four| four == b"\r\n\r\n").expect("no HTTP answer");
    let headers = String::from_utf8(bytes[..split].to_vec()).unwrap();
    let status = headers.split(' ').nth(1).unwrap().parse().unwrap();
    Answer { status, headers, body: bytes[split + 4..].to_vec() }
}

pub fn port(sink: &Sink) -> u16 {
    sink.address().expect("the sink does not listen").port()
}

pub async fn post(sink: &Sink, path: &str, body: &[u8]) -> Answer {
    request(port(sink), "POST", path, &[], body).await
}

pub async fn send(sink: &Sink, event: &Value) -> Answer {
    post(sink, &format!("/api/1/envelope/?sentry_key={KEY}"), &envelope(event)).await
}

/// As the browser SDK frames it: no `length`, no newline at the end.
pub fn envelope(event: &Value) -> Vec<u8> {
    format!("{}\n{}\n{event}", json!({ "event_id": event["event_id"] }), json!({ "type": "event" })).into_bytes()
}

pub fn id(n: u64) -> String {
    format!("{n:032x}")
}

pub fn error(n: u64, ty: &str, value: &str) -> Value {
    json!({
        "event_id": id(n),
        "platform": "javascript",
        "level": "error",
        "timestamp": 1_790_000_000.5,
        "environment": "test",
        "release": "shop@1.2.3",
        "exception": { "values": [{
            "type": ty,
            "value": value,
            "mechanism": { "type": "onerror", "handled": false },
            "stacktrace": { "frames": [
                { "filename": "http://localhost/app.js", "abs_path": "http://localhost/app.js", "function": "checkout", "lineno": 3, "colno": 7, "in_app": true }
            ]}
        }]}
    })
}

pub async fn wait(sink: &Sink, what: &WaitFor) -> Option<StoredEvent> {
    sink.wait(what, SOON, &CancellationToken::new()).await.unwrap()
}

/// `fixloop sink` as a process of its own; killed when dropped.
pub struct Process {
    pub child: tokio::process::Child,
    pub port: u16,
    pub dsn: String,
}

impl Process {
    pub async fn start(workspace: &Path, port: u16) -> Self {
        Self::start_with(workspace, port, &[]).await
    }

    pub async fn start_with(workspace: &Path, port: u16, args: &[&str]) -> Self {
        use tokio::io::AsyncBufReadExt;
        let mut child = tokio::process::Command::new(env!("CARGO_BIN_EXE_fixloop"))
            .args(["sink", "--workspace"])
            .arg(workspace)
            .args(["--sink-port", &port.to_string()])
            .args(args)
            .env("NO_PROXY", "127.0.0.1,localhost")
            .stderr(std::process::Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = tokio::io::BufReader::new(child.stderr.take().unwrap()).lines();
        let mut said = String::new();
        let reading = async {
            while let Some(line) = lines.next_line().await.unwrap() {
                said.push_str(&line);
                said.push('\n');
                if line.starts_with("Spotlight: ") {
                    break;
                }
            }
        };
        tokio::time::timeout(SOON, reading).await.unwrap_or_else(|_| panic!("fixloop sink did not come up: {said}"));
        let after = |label: &str| {
            said.lines().find_map(|line| line.strip_prefix(label)).unwrap_or_else(|| panic!("{said}")).to_owned()
        };
        let port = after("Sentry sink at http://127.0.0.1:").parse().unwrap();
        let dsn = after("DSN: ");
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Self { child, port, dsn }
    }

    /// SIGKILL.
    pub async fn kill(&mut self) {
        self.child.kill().await.unwrap();
    }
}

/// Like [`request`], for a sink that may die meanwhile.
pub async fn try_post(port: u16, path: &str, body: &[u8]) -> Option<u16> {
    let exchange = async {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).await.ok()?;
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(&[head.as_bytes(), body].concat()).await.ok()?;
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).await.ok()?;
        String::from_utf8_lossy(&bytes).split(' ').nth(1)?.parse().ok()
    };
    tokio::time::timeout(SOON, exchange).await.ok().flatten()
}

/// A port that nobody holds now.
pub async fn free_port() -> u16 {
    tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap().local_addr().unwrap().port()
}
