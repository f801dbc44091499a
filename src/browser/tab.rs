//! A page, as the in-page parts use it: calls into its documents, input, its frames.

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::{
    bidi::{Bidi, Failure},
    observe::{Frame, Watch},
    page, settle,
};
use crate::error::{Result, ToolError};

/// How long one command to the browser may take, unless the caller says otherwise.
pub const COMMAND_LIMIT: Duration = Duration::from_secs(15);
/// The sandbox (isolated world) of our in-page code: the same DOM, but globals that the page cannot touch.
pub const SANDBOX: &str = "fixloop";
/// What a call answers when the in-page code is not there yet.
const MISSING: &str = "fixloop: not installed";

/// The pages of one session. Cheap to clone. Every call is bounded, and ends at once when browser or page dies.
#[derive(Debug, Clone)]
pub struct Page(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    bidi: Bidi,
    watch: Watch,
    user_context: String,
    refs: page::Refs,
    secrets: page::Secrets,
    /// Cancelled when the session is closed.
    over: CancellationToken,
}

impl Page {
    /// A page over a connection.
    pub(super) fn new(bidi: Bidi, watch: Watch, user_context: String, over: CancellationToken) -> Self {
        Self(Arc::new(Inner {
            bidi,
            watch,
            user_context,
            refs: page::Refs::default(),
            secrets: page::Secrets::default(),
            over,
        }))
    }

    /// BiDi context id of the tab in front.
    pub fn front(&self) -> String {
        self.0.watch.lock().frames.front().to_owned()
    }

    /// All tabs and frames of the session, oldest first.
    pub fn contexts(&self) -> Vec<Frame> {
        self.0.watch.lock().frames.all().cloned().collect()
    }

    /// The refs given so far.
    pub fn refs(&self) -> &page::Refs {
        &self.0.refs
    }

    /// What was typed into secret fields.
    pub fn secrets(&self) -> &page::Secrets {
        &self.0.secrets
    }

    /// What is observed.
    pub fn watch(&self) -> &Watch {
        &self.0.watch
    }

    /// BiDi id of the user context.
    pub fn user_context(&self) -> &str {
        &self.0.user_context
    }

    /// Sends any BiDi command.
    pub async fn send(&self, method: &str, params: Value) -> Result<Value, Failure> {
        self.send_within(method, params, COMMAND_LIMIT).await
    }

    /// Sends any BiDi command with a limit of its own.
    pub async fn send_within(&self, method: &str, params: Value, limit: Duration) -> Result<Value, Failure> {
        tokio::select! {
            biased;
            answer = self.0.bidi.send(method, params, limit) => answer,
            () = self.0.over.cancelled() => Err(Failure::Closed { reason: "it was closed".to_owned() }),
            () = self.0.watch.until(|state| state.frames.is_front_crashed().then_some(())) => Err(Failure::Crashed),
        }
    }

    /// Calls a JavaScript function in the tab in front, with the in-page code of [`page::SCRIPT`] at hand as `fixloop`.
    ///
    /// `function` is a function expression, sync or async: `(selector, n) => fixloop.find(selector, n)`. `args` is the
    /// array of its arguments (any other value is the only argument). The result travels as JSON; `undefined` is null.
    pub async fn call(&self, function: &str, args: Value) -> Result<Value> {
        Ok(self.call_in(&self.front(), function, args).await?)
    }

    /// The same in any tab or frame.
    pub async fn call_in(&self, context: &str, function: &str, args: Value) -> Result<Value, Failure> {
        let first = self.call_once(context, function, &args).await;
        match first {
            Err(Failure::Command { message, .. }) if message.contains(MISSING) => {
                self.install(context).await?;
                self.call_once(context, function, &args).await
            }
            answer => answer,
        }
    }

    /// Calls a function in the page's own world, where the app's variables are. The page can forge what it answers.
    pub async fn call_in_page_world(&self, function: &str, args: Value) -> Result<Value, Failure> {
        let target = json!({"context": self.front()});
        let wrapped = format!(
            "async (json) => {{ const r = await ({function})(...JSON.parse(json)); \
             return JSON.stringify(r === undefined ? null : r); }}"
        );
        self.evaluate(target, wrapped, &args).await
    }

    async fn call_once(&self, context: &str, function: &str, args: &Value) -> Result<Value, Failure> {
        let target = json!({"context": context, "sandbox": SANDBOX});
        let wrapped = format!(
            "async (json) => {{ const fixloop = globalThis.__fixloop; if (!fixloop) throw new Error('{MISSING}'); \
             const r = await ({function})(...JSON.parse(json)); return JSON.stringify(r === undefined ? null : r); }}"
        );
        self.evaluate(target, wrapped, args).await
    }

    async fn evaluate(&self, target: Value, function: String, args: &Value) -> Result<Value, Failure> {
        let args = if args.is_array() { args.to_string() } else { format!("[{args}]") };
        let params = json!({
            "functionDeclaration": function,
            "awaitPromise": true,
            "target": target,
            "arguments": [{"type": "string", "value": args}],
            "resultOwnership": "none",
        });
        result_of(&self.send("script.callFunction", params).await?)
    }

    /// For documents that were there before our preload script, or that lost it.
    async fn install(&self, context: &str) -> Result<(), Failure> {
        let params = json!({
            "functionDeclaration": sandbox_script(),
            "awaitPromise": false,
            "target": {"context": context, "sandbox": SANDBOX},
        });
        self.send("script.callFunction", params).await.map(drop)
    }

    /// Dispatches input in a tab or frame: `actions` as `input.performActions` takes it. Elements can be named by
    /// coordinates only, relative to that frame's viewport.
    pub async fn actions(&self, context: &str, actions: Value) -> Result<(), Failure> {
        let params = json!({"context": context, "actions": actions});
        self.send("input.performActions", params).await.map(drop)
    }

    /// The BiDi context of the frame element that `function` returns (a function that returns a `contentWindow`).
    pub async fn frame_behind(&self, context: &str, function: &str, args: Value) -> Result<Option<String>, Failure> {
        let args = if args.is_array() { args.to_string() } else { format!("[{args}]") };
        let params = json!({
            "functionDeclaration":
                format!("(json) => {{ const fixloop = globalThis.__fixloop; return ({function})(...JSON.parse(json)); }}"),
            "awaitPromise": false,
            "target": {"context": context, "sandbox": SANDBOX},
            "arguments": [{"type": "string", "value": args}],
        });
        let answer = self.send("script.callFunction", params).await?;
        Ok(answer.pointer("/result/value/context").and_then(Value::as_str).map(str::to_owned))
    }
}

/// The script that puts our in-page code into the sandbox of a document.
pub fn sandbox_script() -> String {
    format!(
        "() => {{ if (globalThis.__fixloop) return; globalThis.__fixloop = ({})(); \
         globalThis.__fixloopQuiet = ({})(); }}",
        page::SCRIPT,
        settle::SCRIPT,
    )
}

fn result_of(answer: &Value) -> Result<Value, Failure> {
    let thrown = answer.pointer("/exceptionDetails/text").and_then(Value::as_str);
    if let Some(text) = thrown {
        return Err(Failure::Command { code: "javascript error".into(), message: text.to_owned() });
    }
    let json = answer.pointer("/result/value").and_then(Value::as_str).unwrap_or("null");
    serde_json::from_str(json)
        .map_err(|error| Failure::Command { code: "javascript error".into(), message: error.to_string() })
}

/// Runs `work` until the client cancels the call.
pub async fn unless_cancelled<T>(cancel: &CancellationToken, work: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::select! {
        biased;
        () = cancel.cancelled() => Err(ToolError::cancelled()),
        result = work => result,
    }
}
