//! Rows, traces, profiles and traffic: pure logic as data, and the four tools over the sink and over a scripted Sentry.

mod events;
mod ingestion;
mod profile;
mod trace;

use serde_json::{Value, json};

use crate::support::{Intake, Server, sentry::Sentry};

/// Compares with `tests/it/snapshots/explore__NAME.snap`.
fn snapshot(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(format!("explore__{name}"), text));
}

impl Intake {
    /// Posts an envelope with these items: type and payload.
    async fn send_items(&self, items: &[(&str, Value)]) {
        let id = items.iter().find_map(|(_, payload)| payload.get("event_id")).cloned();
        let mut body = id.map_or_else(|| json!({}), |id| json!({"event_id": id})).to_string();
        for (ty, payload) in items {
            body.push_str(&format!("\n{}\n{payload}", json!({"type": ty})));
        }
        assert_eq!(self.post("1", body).await, 200);
    }

    async fn ask(&self, tool: &str, arguments: Value) -> String {
        let reply = self.server.call(tool, arguments).await.ok();
        assert!(reply.text.chars().count() <= 8_000, "{}", reply.text);
        stable(&reply.text)
    }
}

/// A scripted Sentry and a server that is connected to it.
async fn acme() -> (Sentry, Server) {
    let sentry = Sentry::acme().await;
    let server = Server::start(sentry.setup()).await;
    (sentry, server)
}

async fn ask(server: &Server, tool: &str, arguments: Value) -> String {
    let reply = server.call(tool, arguments).await.ok();
    assert!(reply.text.chars().count() <= 8_000, "{}", reply.text);
    stable(&reply.text)
}

/// A reply with what differs from run to run made the same.
fn stable(text: &str) -> String {
    let mut text = text.to_owned();
    for (pattern, with) in [
        (r"untrusted-[0-9a-f]+", "untrusted-BOUNDARY"),
        (r"127\.0\.0\.1:\d{2,5}", "SERVER"),
        (r"rows:\d+:", "rows:N:"),
        (r"http://[0-9a-f]{32}@", "http://KEY@"),
    ] {
        text = regex::Regex::new(pattern).unwrap().replace_all(&text, with).into_owned();
    }
    text
}

fn id(n: u32) -> String {
    format!("{n:032x}")
}

fn span_id(n: u32) -> String {
    format!("{n:016x}")
}
