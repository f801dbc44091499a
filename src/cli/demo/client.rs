//! A minimal MCP client over stdio: as much of one as the demo needs to speak to its own server the way an agent does.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout},
};

use crate::error::{Result, ToolError};

const PROTOCOL: &str = "2025-11-25";
/// Longer than any call of the demo takes, shorter than a person's patience.
const CALL_LIMIT: Duration = Duration::from_secs(60);
const EXIT_LIMIT: Duration = Duration::from_secs(5);

/// A server process, and the conversation with it.
#[derive(Debug)]
pub struct Client {
    child: Child,
    stdin: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
    requests: u64,
    transcript: String,
}

/// The answer of a tool.
#[derive(Debug)]
pub struct Reply {
    /// What a model reads.
    pub text: String,
    /// What a program reads.
    pub data: Value,
}

impl Client {
    /// Takes over a process that was started with piped stdio, and greets it. Returns its name and version too.
    pub async fn connect(mut child: Child) -> Result<(Self, String)> {
        let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(ToolError::bare("The server was started without pipes."));
        };
        let mut client =
            Self { child, stdin, lines: BufReader::new(stdout).lines(), requests: 0, transcript: String::new() };
        let hello = client
            .request(
                "initialize",
                json!({
                    "protocolVersion": PROTOCOL,
                    "capabilities": {},
                    "clientInfo": {"name": "fixloop-demo", "version": env!("CARGO_PKG_VERSION")},
                }),
            )
            .await?;
        client.send(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"})).await?;
        let of = |pointer: &str| hello.pointer(pointer).and_then(Value::as_str).unwrap_or("?").to_owned();
        Ok((client, format!("{} {}", of("/serverInfo/name"), of("/serverInfo/version"))))
    }

    /// Calls a tool. A reply that is an error is an error here too, in the tool's own words.
    pub async fn call(&mut self, tool: &str, arguments: Value) -> Result<Reply> {
        let asked = format!("## {tool} {arguments}\n");
        let mut result = self.request("tools/call", json!({"name": tool, "arguments": arguments})).await?;
        let text = result
            .pointer("/content")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(|part| part.pointer("/text").and_then(Value::as_str))
            .collect::<Vec<_>>()
            .join("\n");
        self.transcript.push_str(&format!("{asked}\n{text}\n"));
        if result.pointer("/isError").and_then(Value::as_bool) == Some(true) {
            return Err(ToolError::bare(format!("{tool}: {text}")));
        }
        Ok(Reply { text, data: result.pointer_mut("/structuredContent").map(Value::take).unwrap_or_default() })
    }

    /// Every call and the text it was answered with, as an agent saw them.
    pub fn transcript(&self) -> &str {
        &self.transcript
    }

    /// Closes the server's stdin, as a client that leaves does, and waits for it to go.
    pub async fn leave(self) -> Result<()> {
        let Self { mut child, stdin, .. } = self;
        drop(stdin);
        match tokio::time::timeout(EXIT_LIMIT, child.wait()).await {
            Ok(Ok(status)) if status.success() => Ok(()),
            Ok(Ok(status)) => Err(ToolError::bare(format!("The server ended with {status}."))),
            Ok(Err(error)) => Err(ToolError::bare(format!("Cannot wait for the server: {error}"))),
            // `kill_on_drop` ends it.
            Err(_) => Err(ToolError::bare(format!("The server did not end within {} s.", EXIT_LIMIT.as_secs()))),
        }
    }

    async fn request(&mut self, method: &str, params: Value) -> Result<Value> {
        self.requests += 1;
        let id = self.requests;
        self.send(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params})).await?;
        tokio::time::timeout(CALL_LIMIT, self.answer(id)).await.map_err(|_| {
            ToolError::bare(format!("The server did not answer {method} within {} s.", CALL_LIMIT.as_secs()))
        })?
    }

    /// Reads until the answer to `id` comes; answers what the server asks in between.
    async fn answer(&mut self, id: u64) -> Result<Value> {
        loop {
            let line = self
                .lines
                .next_line()
                .await
                .map_err(|error| ToolError::bare(format!("Cannot read from the server: {error}")))?
                .ok_or_else(|| ToolError::bare("The server ended in the middle of a call."))?;
            let mut message: Value = serde_json::from_str(&line)
                .map_err(|_| ToolError::bare("The server wrote something other than JSON on stdout."))?;
            if let Some(method) = message.pointer("/method").and_then(Value::as_str) {
                // A request of the server's own has an id; the demo offers nothing, so only `ping` has an answer.
                if let Some(asked) = message.pointer("/id") {
                    let reply = if method == "ping" {
                        json!({"jsonrpc": "2.0", "id": asked, "result": {}})
                    } else {
                        json!({"jsonrpc": "2.0", "id": asked, "error": {"code": -32601, "message": "not offered"}})
                    };
                    self.send(&reply).await?;
                }
            } else if message.pointer("/id").and_then(Value::as_u64) == Some(id) {
                if let Some(error) = message.pointer("/error/message") {
                    return Err(ToolError::bare(format!("The server refused the request: {error}")));
                }
                return Ok(message.pointer_mut("/result").map(Value::take).unwrap_or_default());
            }
        }
    }

    async fn send(&mut self, message: &Value) -> Result<()> {
        let failed = |error: std::io::Error| ToolError::bare(format!("Cannot write to the server: {error}"));
        self.stdin.write_all(format!("{message}\n").as_bytes()).await.map_err(failed)?;
        self.stdin.flush().await.map_err(failed)
    }
}
