//! What reads the output of the server, and answers what it asks.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    process::ChildStdin,
    sync::{Mutex as AsyncMutex, oneshot, watch},
};

/// What the reader has seen.
#[derive(Debug, Default)]
pub struct Seen {
    pub waiting: HashMap<u64, oneshot::Sender<Value>>,
    pub notifications: Vec<Value>,
    pub unasked: Vec<Value>,
    pub not_json_rpc: Vec<String>,
    pub closed: bool,
}

pub async fn read_stdout(
    mut stdout: BufReader<tokio::process::ChildStdout>,
    seen: Arc<Mutex<Seen>>,
    stdin: Arc<AsyncMutex<Option<ChildStdin>>>,
    answers: Answers,
    tell: watch::Sender<u64>,
) {
    let mut line = Vec::new();
    while stdout.read_until(b'\n', &mut line).await.is_ok_and(|read| read > 0) {
        let message: Value = serde_json::from_slice(&line).unwrap_or_default();
        let id = message["id"].as_u64();
        if message["jsonrpc"] != "2.0" {
            seen.lock().unwrap().not_json_rpc.push(String::from_utf8_lossy(&line).into_owned());
        } else if let Some(method) = message["method"].as_str() {
            if message.get("id").is_some() {
                let answer = answers.to(method);
                let answer = match answer {
                    Some(result) if result["error"].is_object() => {
                        json!({"jsonrpc": "2.0", "id": message["id"], "error": result["error"]})
                    }
                    Some(result) => json!({"jsonrpc": "2.0", "id": message["id"], "result": result}),
                    None => json!({"jsonrpc": "2.0", "id": message["id"],
                                   "error": {"code": -32601, "message": "not known"}}),
                };
                if let Some(stdin) = stdin.lock().await.as_mut() {
                    let _ = stdin.write_all(format!("{answer}\n").as_bytes()).await;
                    let _ = stdin.flush().await;
                }
            }
            seen.lock().unwrap().notifications.push(message);
        } else {
            let mut seen = seen.lock().unwrap();
            match id.and_then(|id| seen.waiting.remove(&id)) {
                Some(waiting) => drop(waiting.send(message)),
                None => seen.unasked.push(message),
            }
        }
        tell.send_modify(|count| *count += 1);
        line.clear();
    }
    {
        let mut seen = seen.lock().unwrap();
        seen.closed = true;
        seen.waiting.clear();
    }
    tell.send_modify(|count| *count += 1);
    // Keeps the channel open: who waits for something else still gets its own time limit.
    std::future::pending::<()>().await;
}

/// What the client answers to requests of the server.
#[derive(Debug)]
pub struct Answers {
    pub roots: Option<Vec<String>>,
    pub confirms: Option<Value>,
}

impl Answers {
    fn to(&self, method: &str) -> Option<Value> {
        match method {
            "ping" => Some(json!({})),
            "roots/list" => {
                let roots = self.roots.as_ref()?;
                Some(json!({"roots": roots.iter().map(|uri| json!({"uri": uri})).collect::<Vec<_>>()}))
            }
            "elicitation/create" => self.confirms.clone(),
            _ => None,
        }
    }
}

pub async fn read_stderr(mut stderr: tokio::process::ChildStderr, text: Arc<Mutex<String>>, tell: watch::Sender<u64>) {
    let mut chunk = vec![0; 8192];
    while let Ok(read @ 1..) = stderr.read(&mut chunk).await {
        text.lock().unwrap().push_str(&String::from_utf8_lossy(&chunk[..read]));
        tell.send_modify(|count| *count += 1);
    }
    std::future::pending::<()>().await;
}
