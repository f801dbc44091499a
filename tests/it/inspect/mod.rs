//! Tools that look closer at one thing, over the sink and over a scripted Sentry: replays, attachments, feedback, releases,
//! monitors, source maps.

mod attachment;
mod feedback;
mod monitors;
mod recording;
mod releases;
mod replay;
mod source_maps;

use serde_json::{Value, json};

use crate::support::{Intake, Reply, Server, sentry::Sentry};

impl Intake {
    /// Posts an envelope of these items: type, more of the item's header, payload.
    async fn send_parts(&self, event_id: &str, items: &[(&str, Value, &[u8])]) {
        let mut body = format!("{}\n", json!({"event_id": event_id})).into_bytes();
        for (ty, header, payload) in items {
            let mut header = header.clone();
            header["type"] = json!(ty);
            header["length"] = json!(payload.len());
            body.extend_from_slice(format!("{header}\n").as_bytes());
            body.extend_from_slice(payload);
            body.push(b'\n');
        }
        assert_eq!(self.post("1", body).await, 200);
    }

    async fn call(&self, tool: &str, arguments: Value) -> Reply {
        self.server.call(tool, arguments).await
    }
}

/// The text and the structured content of a reply, with what differs from run to run made the same.
fn shown(reply: &Reply, server: &Server) -> String {
    let structured = serde_json::to_string_pretty(&reply.structured).unwrap();
    stable(&format!("{}\n---\n{structured}", reply.text), server)
}

fn stable(text: &str, server: &Server) -> String {
    let workspace = server.workspace().canonicalize().unwrap().display().to_string();
    let mut text = text.replace(&workspace, "WORKSPACE");
    for (pattern, with) in [(r"untrusted-[0-9a-f]+", "untrusted-BOUNDARY"), (r"127\.0\.0\.1:\d{2,5}", "127.0.0.1:PORT")]
    {
        text = regex::Regex::new(pattern).unwrap().replace_all(&text, with).into_owned();
    }
    text
}

/// Compares with `tests/it/snapshots/inspect__NAME.snap`.
fn snapshot(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(format!("inspect__{name}"), text));
}

/// A server that is connected to the scripted Sentry.
async fn connected(sentry: &Sentry) -> Server {
    Server::start(sentry.setup()).await
}
