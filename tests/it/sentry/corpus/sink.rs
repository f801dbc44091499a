//! The attempts in envelopes to the embedded sink, over real HTTP, read back with every tool that reads it.

use serde_json::{Value, json};

use super::{attempts, brief, inert::faults, poison};
use crate::support::{Server, Setup};

/// A running server and where its sink takes envelopes.
pub(super) struct Inlet {
    pub server: Server,
    url: String,
    sent: std::cell::Cell<u32>,
}

impl Inlet {
    pub(super) async fn start() -> Self {
        Self::with(&[]).await
    }

    pub(super) async fn with(args: &[&str]) -> Self {
        let server = Server::start(Setup::default().args(args)).await;
        let status = server.call("status", json!({})).await.ok().structured;
        let dsn = url::Url::parse(status["sink"]["dsn"].as_str().unwrap()).unwrap();
        let base = status["sink"]["url"].as_str().unwrap();
        let url = format!("{base}/api/1/envelope/?sentry_key={}", dsn.username());
        Self { server, url, sent: std::cell::Cell::new(0) }
    }

    /// Sends an item under a new id, which it returns.
    pub(super) async fn send(&self, header: &Value, payload: &Value) -> String {
        self.sent.set(self.sent.get() + 1);
        let id = format!("{:032x}", self.sent.get());
        let mut payload = payload.clone();
        if payload.is_object() {
            payload["event_id"] = json!(id);
        }
        let body = format!("{}\n{header}\n{payload}\n", json!({ "event_id": id }));
        let answer = reqwest::Client::new().post(&self.url).body(body).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        id
    }
}

/// An event as an SDK sends it, with a text in every place that there is.
pub(super) fn event() -> Value {
    let frame = json!({
        "filename": "src/pay.py", "abs_path": "/srv/src/pay.py", "module": "shop.pay", "function": "pay", "lineno": 12, "colno": 3, "in_app": true,
        "pre_context": ["before"], "context_line": "charge(total)", "post_context": ["after"], "vars": {"total": "12", "cart": {"note": "none"}},
    });
    json!({
        "timestamp": 1_795_354_400.25, "platform": "python", "level": "error", "logger": "shop", "release": "shop@1", "dist": "d", "environment": "production",
        "transaction": "/pay", "server_name": "web-1", "message": "said", "logentry": {"message": "said %s", "params": ["a"], "formatted": "said a"},
        "exception": {"values": [
            {"type": "KeyError", "value": "price", "module": "builtins", "mechanism": {"type": "chained", "source": "__cause__", "exception_id": 1, "parent_id": 0}, "stacktrace": {"frames": [frame]}},
            {"type": "PayError", "value": "not paid", "module": "shop", "mechanism": {"type": "generic", "handled": false, "exception_id": 0}, "stacktrace": {"frames": [frame, frame]}},
        ]},
        "threads": {"values": [{"id": 1, "name": "main", "current": true}]},
        "breadcrumbs": {"values": [
            {"timestamp": 1_795_354_399.0, "type": "default", "category": "ui.click", "level": "info", "message": "button", "data": {"a": "b"}},
            {"timestamp": 1_795_354_399.5, "type": "http", "category": "fetch", "level": "error", "data": {"method": "GET", "url": "https://shop.example/api", "status_code": "500"}},
            {"timestamp": 1_795_354_399.7, "type": "navigation", "category": "navigation", "data": {"from": "/a", "to": "/b"}},
        ]},
        "request": {"method": "POST", "url": "https://shop.example/pay?a=b", "query_string": "a=b", "data": {"x": "y"}, "cookies": "a=b", "env": {"REMOTE_ADDR": "203.0.113.9"},
            "headers": {"User-Agent": "curl/8", "Referer": "https://shop.example/", "X-Custom": "1", "Host": "shop.example"}},
        "user": {"id": "7", "email": "a@b.example", "username": "a", "ip_address": "203.0.113.9", "name": "A"},
        "tags": {"shop": "north", "browser": "Firefox"}, "extra": {"note": "hello", "list": ["a", {"b": "c"}]},
        "contexts": {"browser": {"name": "Firefox", "version": "1"}, "trace": {"trace_id": "4bf92f3577b34da6a3ce929d0e0e4736", "span_id": "00f067aa0ba902b7", "op": "http", "status": "ok"},
            "replay": {"replay_id": "5b8f5b8f5b8f5b8f5b8f5b8f5b8f5b8f"}, "custom": {"k": "v"}, "os": {"name": "Linux"}},
        "sdk": {"name": "sentry.python", "version": "2.0.0", "packages": [{"name": "pypi:sentry-sdk", "version": "2.0.0"}], "integrations": ["django"]},
        "fingerprint": ["pay", "not-paid"], "modules": {"django": "5.0"}, "debug_meta": {"images": [{"type": "sourcemap", "code_file": "a.js", "debug_id": "b"}]},
    })
}

/// Other items than events.
fn items() -> Vec<(Value, Value)> {
    vec![
        (
            json!({"type": "transaction"}),
            json!({"type": "transaction", "transaction": "/pay", "start_timestamp": 1_795_354_400.0, "timestamp": 1_795_354_401.0,
            "contexts": {"trace": {"trace_id": "4bf92f3577b34da6a3ce929d0e0e4736", "span_id": "00f067aa0ba902b7", "op": "http", "status": "ok"}}, "tags": {"a": "b"},
            "spans": [{"span_id": "a0f067aa0ba902b7", "op": "db", "description": "SELECT 1", "status": "ok", "start_timestamp": 1_795_354_400.0, "timestamp": 1_795_354_400.5}]}),
        ),
        (
            json!({"type": "log", "item_count": 1, "content_type": "application/vnd.sentry.items.log+json"}),
            json!({"items": [
            {"timestamp": 1_795_354_400.0, "level": "error", "body": "no stock", "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736", "attributes": {"a": {"value": "b", "type": "string"}}}]}),
        ),
        (
            json!({"type": "feedback"}),
            json!({"type": "feedback", "timestamp": 1_795_354_400.0, "contexts": {"feedback": {"message": "it broke", "name": "A", "contact_email": "a@b.example", "url": "https://shop.example/", "source": "widget"}}}),
        ),
        (json!({"type": "user_report"}), json!({"name": "A", "email": "a@b.example", "comments": "it broke"})),
        (
            json!({"type": "session"}),
            json!({"sid": "7c7b6585-f901-4351-bf8d-02711b721929", "did": "u", "status": "crashed", "errors": 1, "attrs": {"release": "shop@1", "user_agent": "curl"}}),
        ),
        (
            json!({"type": "replay_event"}),
            json!({"type": "replay_event", "replay_id": "5b8f5b8f5b8f5b8f5b8f5b8f5b8f5b8f", "segment_id": 0, "urls": ["https://shop.example/"], "error_ids": [], "tags": {"a": "b"}}),
        ),
        (
            json!({"type": "check_in"}),
            json!({"check_in_id": "x", "monitor_slug": "nightly", "status": "error", "environment": "production"}),
        ),
        (
            json!({"type": "client_report"}),
            json!({"timestamp": 1, "discarded_events": [{"reason": "sample_rate", "category": "error", "quantity": 3}]}),
        ),
        (
            json!({"type": "trace_metric", "item_count": 1}),
            json!({"items": [{"timestamp": 1, "name": "orders", "type": "counter", "value": 1, "unit": "none", "attributes": {"a": {"value": "b", "type": "string"}}}]}),
        ),
        (
            json!({"type": "csp"}),
            json!({"csp-report": {"document-uri": "https://shop.example/", "violated-directive": "script-src", "blocked-uri": "https://x.example/a.js", "source-file": "a.js"}}),
        ),
        (json!({"type": "attachment", "filename": "log.txt", "content_type": "text/plain"}), json!("a text")),
    ]
}

/// What the tools that read the sink say of an event.
async fn read(inlet: &Inlet, id: &str, all: bool) -> Vec<String> {
    let mut calls = vec![("get_event", json!({"event": id}))];
    let server = &inlet.server;
    let shown = server.call("get_event", json!({"event": id})).await;
    if let Some(issue) = shown.structured["issue"].as_str() {
        calls.push(("get_issue", json!({"issue": issue, "event": id})));
    }
    if all {
        calls.push(("search_issues", json!({"limit": 100})));
        calls.push(("status", json!({})));
        for item in [
            "event",
            "transaction",
            "log",
            "feedback",
            "session",
            "check_in",
            "client_report",
            "replay_event",
            "trace_metric",
            "csp",
            "attachment",
            "user_report",
        ] {
            calls.push(("wait_for_event", json!({"item": item, "since": 600, "timeout_s": 0})));
        }
    }
    let mut found = Vec::new();
    for (tool, arguments) in calls {
        let reply = server.call(tool, arguments.clone()).await;
        found.extend(faults(&reply).into_iter().map(|fault| format!("{tool} {arguments}: {fault}")));
    }
    found
}

#[tokio::test]
async fn attempts_in_every_place_at_once_come_out_inert() {
    let inlet = Inlet::start().await;
    let mut found = Vec::new();
    for attempt in attempts() {
        let mut hostile = event();
        poison(&mut hostile, &attempt.text, None);
        let id = inlet.send(&json!({"type": "event"}), &hostile).await;
        for (mut header, mut payload) in items() {
            poison(&mut header, &attempt.text, None);
            poison(&mut payload, &attempt.text, None);
            inlet.send(&header, &payload).await;
        }
        let faults = read(&inlet, &id, true).await;
        found.extend(faults.into_iter().map(|fault| format!("{}: {fault}", attempt.name)));
    }
    let echoed = inlet.server.call("search_issues", json!({"query": brief(), "source": "local"})).await;
    found.extend(faults(&echoed));
    assert!(found.is_empty(), "{} faults:\n{}", found.len(), found[..found.len().min(40)].join("\n"));
    inlet.server.stop().await;
}

#[tokio::test]
async fn an_attempt_in_one_place_comes_out_inert() {
    let inlet = Inlet::start().await;
    let fields = poison(&mut event(), "", None);
    assert!(fields > 80, "{fields}");
    let mut found = Vec::new();
    for field in 0..fields {
        let mut hostile = event();
        poison(&mut hostile, &brief(), Some(field));
        let id = inlet.send(&json!({"type": "event"}), &hostile).await;
        found.extend(read(&inlet, &id, false).await);
    }
    found.extend(faults(&inlet.server.call("search_issues", json!({"limit": 100})).await));
    assert!(found.is_empty(), "{} faults:\n{}", found.len(), found[..found.len().min(40)].join("\n"));
    inlet.server.stop().await;
}
