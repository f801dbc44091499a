//! A JSON-RPC client over stdio that spawns the real `fixloop` and speaks MCP to it.
//!
//! ```ignore
//! let server = Server::start(Setup::default()).await;
//! let reply = server.call("status", json!({})).await;
//! assert!(reply.text.contains("sink"));
//! server.stop().await;
//! ```

mod reader;

use std::{
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncWriteExt, BufReader},
    process::{Child, ChildStdin, Command},
    sync::{Mutex as AsyncMutex, oneshot, watch},
    time::timeout,
};

use reader::{Answers, Seen, read_stderr, read_stdout};

/// Nothing that a test waits for takes longer on the slowest machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// How to start the server.
#[derive(Debug, Clone)]
pub struct Setup {
    /// Arguments after `--sink-port 0` (and `--workspace`, unless `bare`).
    pub args: Vec<String>,
    /// Environment on top of PATH and HOME.
    pub env: Vec<(String, String)>,
    /// The workspace; none = a new temporary folder that goes with the server.
    pub workspace: Option<PathBuf>,
    /// Protocol version of `initialize`; `2026-07-28` sends per-request metadata instead.
    pub protocol: &'static str,
    /// The client's roots; none = it has none.
    pub roots: Option<Vec<String>>,
    /// What the client's user answers when asked to confirm (`elicitation/create`), or `{error}`; none = the client
    /// cannot ask.
    pub confirms: Option<Value>,
    /// Give no `--workspace` (it is then the working directory still).
    pub bare: bool,
    /// Do not open the connection: the test speaks first.
    pub silent: bool,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            args: Vec::new(),
            env: Vec::new(),
            workspace: None,
            protocol: "2025-11-25",
            roots: None,
            confirms: None,
            bare: false,
            silent: false,
        }
    }
}

impl Setup {
    /// With these arguments.
    pub fn args(mut self, args: &[&str]) -> Self {
        self.args.extend(args.iter().map(|arg| (*arg).to_owned()));
        self
    }

    /// With this variable.
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With a user who answers like this when asked to confirm: `accept`, `decline`, `cancel`.
    pub fn confirms(mut self, action: &str) -> Self {
        self.confirms = Some(json!({"action": action}));
        self
    }

    /// Without a `--workspace` of our own.
    pub fn bare(mut self) -> Self {
        self.bare = true;
        self
    }

    /// In this folder.
    pub fn workspace(mut self, workspace: impl Into<PathBuf>) -> Self {
        self.workspace = Some(workspace.into());
        self
    }
}

/// What a tool answered.
#[derive(Debug, Clone)]
pub struct Reply {
    /// All text blocks, joined.
    pub text: String,
    /// `structuredContent`, or null.
    pub structured: Value,
    /// `isError`.
    pub is_error: bool,
    /// The content blocks.
    pub content: Vec<Value>,
    /// The whole result.
    pub raw: Value,
}

impl Reply {
    /// The reply, which must not be an error.
    #[track_caller]
    pub fn ok(self) -> Self {
        assert!(!self.is_error, "the tool failed: {}", self.text);
        self
    }
}

/// A JSON-RPC error.
#[derive(Debug, Clone)]
pub struct RpcError {
    /// Its code.
    pub code: i64,
    /// Its message.
    pub message: String,
}

/// The running server and the client's end of it. Killed on drop.
#[derive(Debug)]
pub struct Server {
    child: Child,
    stdin: Arc<AsyncMutex<Option<ChildStdin>>>,
    seen: Arc<Mutex<Seen>>,
    news: watch::Receiver<u64>,
    stderr: Arc<Mutex<String>>,
    stderr_news: watch::Receiver<u64>,
    next_id: AtomicU64,
    protocol: &'static str,
    workspace: PathBuf,
    /// The answer to `initialize`; null when there was none.
    pub greeting: Value,
    _temporary: Option<tempfile::TempDir>,
}

impl Server {
    /// Starts the server and opens the connection.
    pub async fn start(setup: Setup) -> Self {
        let temporary = setup.workspace.is_none().then(|| tempfile::tempdir().unwrap());
        let workspace = setup.workspace.clone().unwrap_or_else(|| temporary.as_ref().unwrap().path().to_owned());
        let mut command = Command::new(env!("CARGO_BIN_EXE_fixloop"));
        command.args(["--sink-port", "0"]);
        if !setup.bare {
            command.arg("--workspace").arg(&workspace);
        }
        command.args(&setup.args).current_dir(&workspace).env_clear();
        for name in ["PATH", "HOME", "TMPDIR", "SystemRoot", "TEMP", "TMP", "USERPROFILE", "LLVM_PROFILE_FILE"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        command.envs(setup.env.iter().cloned());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().unwrap();
        let stdin = Arc::new(AsyncMutex::new(child.stdin.take()));
        let seen = Arc::<Mutex<Seen>>::default();
        let (tell, news) = watch::channel(0);
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let answers = Answers { roots: setup.roots.clone(), confirms: setup.confirms.clone() };
        tokio::spawn(read_stdout(stdout, seen.clone(), stdin.clone(), answers, tell));
        let stderr = Arc::<Mutex<String>>::default();
        let (tell, stderr_news) = watch::channel(0);
        tokio::spawn(read_stderr(child.stderr.take().unwrap(), stderr.clone(), tell));
        let mut server = Self {
            child,
            stdin,
            seen,
            news,
            stderr,
            stderr_news,
            next_id: AtomicU64::new(1),
            protocol: setup.protocol,
            workspace,
            greeting: Value::Null,
            _temporary: temporary,
        };
        if !setup.silent {
            server.open(setup.roots.is_some(), setup.confirms.is_some()).await;
        }
        server
    }

    async fn open(&mut self, roots: bool, confirms: bool) {
        if self.protocol == "2026-07-28" {
            self.greeting = self.request("server/discover", json!({})).await;
            return;
        }
        let mut capabilities = if roots { json!({"roots": {"listChanged": true}}) } else { json!({}) };
        if confirms {
            capabilities["elicitation"] = json!({});
        }
        let params = json!({
            "protocolVersion": self.protocol,
            "capabilities": capabilities,
            "clientInfo": {"name": "fixloop-tests", "version": "0"},
        });
        self.greeting = self.request("initialize", params).await;
        self.notify("notifications/initialized", json!({})).await;
    }

    /// The workspace of the server.
    pub fn workspace(&self) -> &Path {
        &self.workspace
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id().expect("the server has ended")
    }

    /// Calls a tool.
    pub async fn call(&self, tool: &str, arguments: Value) -> Reply {
        let raw = self.request("tools/call", json!({"name": tool, "arguments": arguments})).await;
        let content = raw["content"].as_array().cloned().unwrap_or_default();
        let text = content.iter().filter_map(|block| block["text"].as_str()).collect::<Vec<_>>().join("\n");
        let is_error = raw["isError"] == json!(true);
        Reply { text, structured: raw["structuredContent"].clone(), is_error, content, raw }
    }

    /// Sends a request and returns its result; an error fails the test.
    pub async fn request(&self, method: &str, params: Value) -> Value {
        match self.try_request(method, params.clone()).await {
            Ok(result) => result,
            Err(error) => panic!("{method} {params} failed: {error:?}\nstderr:\n{}", self.stderr()),
        }
    }

    /// Sends a request and returns its result or error.
    pub async fn try_request(&self, method: &str, params: Value) -> Result<Value, RpcError> {
        let (_, answer) = self.begin(method, params).await;
        let Ok(Ok(message)) = timeout(PATIENCE, answer).await else {
            panic!("no answer to {method}\nstderr:\n{}", self.stderr());
        };
        match message.get("error") {
            Some(error) => Err(RpcError {
                code: error["code"].as_i64().unwrap_or_default(),
                message: error["message"].as_str().unwrap_or_default().to_owned(),
            }),
            None => Ok(message["result"].clone()),
        }
    }

    /// Sends a request and returns its id and where its answer will come, for what happens in between.
    pub async fn begin(&self, method: &str, mut params: Value) -> (u64, oneshot::Receiver<Value>) {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        if self.protocol == "2026-07-28" {
            let meta = &mut params["_meta"];
            meta["io.modelcontextprotocol/protocolVersion"] = json!(self.protocol);
            meta["io.modelcontextprotocol/clientInfo"] = json!({"name": "fixloop-tests", "version": "0"});
            meta["io.modelcontextprotocol/clientCapabilities"] = json!({});
        }
        let (sender, answer) = oneshot::channel();
        self.seen.lock().unwrap().waiting.insert(id, sender);
        self.send(json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params})).await;
        (id, answer)
    }

    /// Sends a notification.
    pub async fn notify(&self, method: &str, params: Value) {
        self.send(json!({"jsonrpc": "2.0", "method": method, "params": params})).await;
    }

    /// Writes a message.
    pub async fn send(&self, message: Value) {
        self.send_bytes(format!("{message}\n").as_bytes()).await;
    }

    /// Writes raw bytes to the server's stdin.
    pub async fn send_bytes(&self, bytes: &[u8]) {
        if let Some(stdin) = self.stdin.lock().await.as_mut() {
            // A server that has ended is noticed by who waits for its answer.
            let _ = stdin.write_all(bytes).await;
            let _ = stdin.flush().await;
        }
    }

    /// The notifications received so far.
    pub fn notifications(&self) -> Vec<Value> {
        self.seen.lock().unwrap().notifications.clone()
    }

    /// Messages with an id that nobody waits for: answers to nothing, errors without an id.
    pub fn unasked(&self) -> Vec<Value> {
        self.seen.lock().unwrap().unasked.clone()
    }

    /// Waits until what was received satisfies `check`.
    pub async fn wait_until<T>(&self, what: &str, mut check: impl FnMut(&Self) -> Option<T>) -> T {
        let (mut news, mut stderr_news) = (self.news.clone(), self.stderr_news.clone());
        let found = timeout(PATIENCE, async {
            loop {
                news.borrow_and_update();
                stderr_news.borrow_and_update();
                if let Some(found) = check(self) {
                    return found;
                }
                tokio::select! {
                    Ok(()) = news.changed() => {}
                    Ok(()) = stderr_news.changed() => {}
                    else => tokio::time::sleep(PATIENCE).await,
                }
            }
        })
        .await;
        found.unwrap_or_else(|_| panic!("never saw: {what}\nstderr:\n{}", self.stderr()))
    }

    /// What the server wrote to stderr so far.
    pub fn stderr(&self) -> String {
        self.stderr.lock().unwrap().clone()
    }

    /// Closes stdin, waits for the end of the process, and checks that nothing but JSON-RPC was on stdout.
    pub async fn stop(mut self) -> ExitStatus {
        self.close_stdin().await;
        self.ended().await
    }

    /// Closes stdin, as a client does that leaves.
    pub async fn close_stdin(&self) {
        *self.stdin.lock().await = None;
    }

    /// Waits for the end of the process, and checks that nothing but JSON-RPC was on stdout.
    pub async fn ended(&mut self) -> ExitStatus {
        let status = timeout(Duration::from_secs(30), self.child.wait()).await;
        let status = status.unwrap_or_else(|_| panic!("the server did not end\nstderr:\n{}", self.stderr())).unwrap();
        self.wait_until("the end of stdout", |server| server.seen.lock().unwrap().closed.then_some(())).await;
        let garbage = std::mem::take(&mut self.seen.lock().unwrap().not_json_rpc);
        assert!(garbage.is_empty(), "not JSON-RPC on stdout: {garbage:?}");
        status
    }
}
