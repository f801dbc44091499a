//! A real Chromium that is asked what a policy lets through. It is spoken to over its own protocol, since that answers each
//! request in place of the network: pages can be https and hosts can be Sentry's, and nothing leaves the machine.

use std::{path::PathBuf, process::Stdio, time::Duration};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    net::TcpStream,
    process::{Child, Command},
    time::timeout,
};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async, tungstenite::Message};

const PATIENCE: Duration = Duration::from_secs(60);

/// Runs until it is dropped.
pub struct Chromium {
    _child: Child,
    _profile: tempfile::TempDir,
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    next: u64,
    session: String,
    headers: Vec<(String, String)>,
    html: String,
    loads: u64,
}

fn binary() -> PathBuf {
    let names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "chrome.exe"];
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut places: Vec<PathBuf> =
        std::env::split_paths(&path).flat_map(|folder| names.map(|name| folder.join(name))).collect();
    places.extend(["/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"].map(PathBuf::from));
    places.extend([r"C:\Program Files\Google\Chrome\Application\chrome.exe"].map(PathBuf::from));
    places.into_iter().find(|place| place.is_file()).expect("Chrome or Chromium is installed (scripts/setup.sh)")
}

impl Chromium {
    pub async fn start() -> Self {
        let profile = tempfile::tempdir().unwrap();
        let mut child = Command::new(binary())
            .args(["--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0", "--no-first-run"])
            // Else Chromium opens https where http is asked for.
            .arg("--disable-features=HttpsUpgrades,HttpsFirstBalancedMode,HttpsFirstBalancedModeAutoEnable,HttpsFirstModeV2")
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg("about:blank")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let address = timeout(PATIENCE, async {
            while let Some(line) = lines.next_line().await.unwrap() {
                if let Some((_, address)) = line.split_once("DevTools listening on ") {
                    return address.trim().to_owned();
                }
            }
            panic!("Chromium ended before it listened");
        });
        let address = address.await.expect("Chromium says where it listens");
        // What it writes later must not fill the pipe.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        let (socket, _) = connect_async(address).await.unwrap();
        let mut chromium = Self {
            _child: child,
            _profile: profile,
            socket,
            next: 0,
            session: String::new(),
            headers: Vec::new(),
            html: String::new(),
            loads: 0,
        };
        let target = chromium.call("Target.createTarget", json!({"url": "about:blank"})).await;
        let attach = json!({"targetId": target["targetId"], "flatten": true});
        let attached = chromium.call("Target.attachToTarget", attach).await;
        chromium.session = attached["sessionId"].as_str().unwrap().to_owned();
        chromium.call("Page.enable", json!({})).await;
        chromium.call("Fetch.enable", json!({"patterns": [{"urlPattern": "*"}]})).await;
        chromium
    }

    pub async fn version(&mut self) -> String {
        let version = self.call("Browser.getVersion", json!({})).await;
        version["product"].as_str().unwrap().to_owned()
    }

    /// Opens a page with these response headers, and runs a function of `page.js`'s kind in it.
    pub async fn ask(&mut self, page: &str, headers: &[(String, String)], html: &str, targets: &Value) -> Vec<String> {
        self.headers = headers.to_vec();
        self.html = html.to_owned();
        self.loads = 0;
        self.call("Page.navigate", json!({"url": page})).await;
        while self.loads == 0 {
            self.read().await;
        }
        let place = self.call("Runtime.evaluate", json!({"expression": "location.href"})).await;
        assert_eq!(place["result"]["value"], page, "the page that was asked for is open");
        let expression = format!("({})({targets})", include_str!("page.js"));
        let ask = json!({"expression": expression, "awaitPromise": true, "returnByValue": true});
        let answer = self.call("Runtime.evaluate", ask).await;
        let outcomes = answer["result"]["value"].as_array().unwrap_or_else(|| panic!("{answer}"));
        outcomes.iter().map(|outcome| outcome.as_str().unwrap().to_owned()).collect()
    }

    async fn send(&mut self, method: &str, params: Value) -> u64 {
        self.next += 1;
        let mut message = json!({"id": self.next, "method": method, "params": params});
        if !self.session.is_empty() {
            message["sessionId"] = json!(self.session);
        }
        self.socket.send(Message::text(message.to_string())).await.unwrap();
        self.next
    }

    async fn call(&mut self, method: &str, params: Value) -> Value {
        let id = self.send(method, params).await;
        loop {
            let message = self.read().await;
            if message["id"] == json!(id) {
                assert!(message["error"].is_null(), "{method}: {message}");
                return message["result"].clone();
            }
        }
    }

    /// The next message; requests of the page are answered on the way.
    async fn read(&mut self) -> Value {
        let message = timeout(PATIENCE, self.socket.next()).await.expect("Chromium answers").unwrap().unwrap();
        let message: Value = serde_json::from_str(message.to_text().unwrap_or("{}")).unwrap_or_default();
        match message["method"].as_str() {
            Some("Fetch.requestPaused") => self.answer(&message["params"]).await,
            Some("Page.loadEventFired") => self.loads += 1,
            _ => {}
        }
        message
    }

    async fn answer(&mut self, request: &Value) {
        use base64::Engine as _;
        let url = request["request"]["url"].as_str().unwrap_or_default();
        if url.starts_with("blob:") || url.starts_with("data:") {
            self.send("Fetch.continueRequest", json!({"requestId": request["requestId"]})).await;
            return;
        }
        let entry = |name: &str, value: &str| json!({"name": name, "value": value});
        let mut headers = vec![entry("access-control-allow-origin", "*")];
        let body = match request["resourceType"].as_str() {
            Some("Document") => {
                headers.push(entry("content-type", "text/html; charset=utf-8"));
                headers.extend(self.headers.iter().map(|(name, value)| entry(name, value)));
                self.html.clone()
            }
            Some("Image") => {
                headers.push(entry("content-type", "image/svg+xml"));
                "<svg xmlns='http://www.w3.org/2000/svg' width='1' height='1'/>".to_owned()
            }
            _ => {
                headers.push(entry("content-type", "text/javascript"));
                "if (self.document) (self.loaded ??= []).push(document.currentScript.src); else postMessage(1)"
                    .to_owned()
            }
        };
        let body = base64::engine::general_purpose::STANDARD.encode(body);
        let answer =
            json!({"requestId": request["requestId"], "responseCode": 200, "responseHeaders": headers, "body": body});
        self.send("Fetch.fulfillRequest", answer).await;
    }
}
