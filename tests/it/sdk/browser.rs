//! Two majors of `@sentry/browser` in a real browser, driven over MCP: every kind of item, byte for byte.

use std::{
    collections::BTreeMap,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use base64::Engine;
use serde_json::{Value, json};

use super::envelope::Envelope;
use crate::{
    browser::web::Site,
    support::{Reply, Server, Setup},
};

/// One page of an SDK major, open in a browser.
struct Page {
    server: Server,
    _built: tempfile::TempDir,
}

impl Page {
    async fn open(major: &str) -> Self {
        let built = tempfile::tempdir().unwrap();
        let app = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/apps/sdk-browser");
        let build = Command::new("node").arg("build.cjs").arg(built.path()).current_dir(&app).output().unwrap();
        assert!(build.status.success(), "run `make setup`: {}", String::from_utf8_lossy(&build.stderr));
        let mut site = Site::default();
        for entry in std::fs::read_dir(built.path()).unwrap() {
            let path = entry.unwrap().path();
            let mime = if path.extension().unwrap() == "html" { "text/html; charset=utf-8" } else { "text/javascript" };
            let name = format!("/{}", path.file_name().unwrap().to_str().unwrap());
            site = site.with(&name, 200, &[("content-type", mime)], &std::fs::read_to_string(&path).unwrap());
        }
        let site = site.serve().await;
        let server = Server::start(Setup::default().args(&["--reply-chars", "4000000"])).await;
        let dsn = status(&server).await["dsn"].as_str().unwrap().to_owned();
        let url = format!("{site}/{major}.html?dsn={dsn}");
        server.call("browser_open", json!({"url": url})).await.ok();
        Self { server, _built: built }
    }

    /// Clicks a button of the page and waits until its SDK has flushed.
    async fn act(&self, name: &str) -> Reply {
        let steps = json!([
            {"do": "click", "role": "button", "name": name},
            {"do": "wait_for", "role": "status", "value": format!("sent {name}"), "timeout_ms": 15000},
        ]);
        self.server.call("browser_act", json!({"steps": steps})).await.ok()
    }

    /// What the SDK gave to `fetch`, in order.
    async fn sent(&self) -> Vec<Envelope> {
        let read = json!({"expression": "window.sent.map((sent) => sent.body)"});
        let reply = self.server.call("browser_evaluate", read).await.ok();
        let fenced = reply.text.lines().skip_while(|line| !line.starts_with("<untrusted-")).skip(1);
        let value: Vec<&str> = fenced.take_while(|line| !line.starts_with("</untrusted-")).collect();
        let bodies: Vec<String> = serde_json::from_str(&value.join("\n")).unwrap();
        let decode = |body: &String| base64::engine::general_purpose::STANDARD.decode(body).unwrap();
        bodies.iter().map(|body| Envelope::read(decode(body))).collect()
    }

    /// What the sink kept of the envelope with this event id, byte for byte.
    async fn kept(&self, event_id: &str) -> Vec<u8> {
        let uri = format!("fixloop://envelopes/{event_id}");
        let read = self.server.request("resources/read", json!({"uri": uri})).await;
        let contents = &read["contents"][0];
        match contents["text"].as_str() {
            Some(text) => text.as_bytes().to_vec(),
            None => base64::engine::general_purpose::STANDARD.decode(contents["blob"].as_str().unwrap()).unwrap(),
        }
    }
}

/// The sink's part of `status`.
async fn status(server: &Server) -> Value {
    server.call("status", json!({})).await.ok().structured["sink"].clone()
}

/// The buttons of the page, and the item types that each must have sent in this major.
const ACTIONS: [(&str, &[&str], &[&str]); 10] = [
    ("exception", &["event"], &["event"]),
    ("message", &["event"], &["event"]),
    ("fingerprint", &["event"], &["event"]),
    ("unhandled", &["event"], &["event"]),
    ("rejection", &["event"], &["event"]),
    // v11 streams spans; v10 sends a transaction.
    ("span", &["transaction"], &["span"]),
    ("log", &["log"], &["log"]),
    ("feedback", &["feedback"], &["feedback"]),
    ("attachment", &["event", "attachment", "attachment"], &["event", "attachment", "attachment"]),
    ("replay", &["replay_event", "replay_recording"], &["replay_event", "replay_recording"]),
];

#[tokio::test(flavor = "multi_thread")]
async fn what_v10_sends_arrives() {
    check("v10").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_v11_sends_arrives() {
    check("v11").await;
}

async fn check(major: &str) {
    let page = Page::open(major).await;
    for (name, v10, v11) in ACTIONS {
        let before = page.sent().await.len();
        let reply = page.act(name).await;
        let sent = page.sent().await;
        let wanted = if major == "v10" { v10 } else { v11 };
        let new = &sent[before..];
        assert!(new.iter().any(|envelope| envelope.types() == wanted), "{name}: {new:?}\n{}", reply.text);
        // Each envelope is an observation of the act that caused it.
        let observed = reply.structured["observations"].as_array().unwrap();
        let envelopes = observed.iter().filter(|seen| seen["kind"] == "sentry_envelope").count();
        assert!(envelopes > 0, "{name}: {}", reply.text);
    }
    let sent = page.sent().await;
    same_bytes(&page, &sent).await;
    same_counts(&page).await;
    for envelope in &sent {
        if let Some(event) = envelope.payload("event") {
            same_event(&page, &event).await;
        }
    }
    grouped(&page, &sent).await;
    page.server.call("browser_close", json!({})).await.ok();
    assert!(page.server.stop().await.success());
}

/// Every envelope that names an event is kept as it was sent.
async fn same_bytes(page: &Page, sent: &[Envelope]) {
    let mut by_id: BTreeMap<&str, Vec<&Envelope>> = BTreeMap::new();
    for envelope in sent {
        if let Some(id) = envelope.event_id() {
            by_id.entry(id).or_default().push(envelope);
        }
    }
    assert!(by_id.len() >= 8, "{:?}", by_id.keys());
    for (id, envelopes) in by_id {
        let kept = page.kept(id).await;
        // Segments of one replay share an id.
        assert!(
            envelopes.iter().any(|envelope| envelope.bytes == kept),
            "{id}: sent {envelopes:?}\nkept {}",
            String::from_utf8_lossy(&kept)
        );
    }
}

/// As many items of each type as were sent. The SDK goes on sending spans by itself: what is kept lies between what had
/// been sent before and after it was counted.
async fn same_counts(page: &Page) {
    let patience = Instant::now() + Duration::from_secs(20);
    loop {
        let before = counts(&page.sent().await);
        let items = status(&page.server).await["items"].clone();
        let kept: Vec<(String, u64)> = serde_json::from_value(items).unwrap();
        let kept: BTreeMap<String, u64> = kept.into_iter().collect();
        let after = counts(&page.sent().await);
        let all_kept = before.iter().all(|(ty, number)| kept.get(ty).is_some_and(|kept| kept >= number));
        let none_made_up = kept.iter().all(|(ty, number)| after.get(ty).is_some_and(|sent| sent >= number));
        if all_kept && none_made_up {
            return;
        }
        assert!(Instant::now() < patience, "kept {kept:?}\nsent before {before:?}\nand after {after:?}");
    }
}

fn counts(sent: &[Envelope]) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for ty in sent.iter().flat_map(Envelope::types) {
        *counts.entry(ty.to_owned()).or_default() += 1;
    }
    counts
}

/// What the SDK put into an event is what `get_event` shows.
async fn same_event(page: &Page, sent: &Value) {
    let id = sent["event_id"].as_str().unwrap();
    let reply = page.server.call("get_event", json!({"event": id})).await.ok();
    let shown = &reply.structured;
    assert!(shown["issue"].as_str().unwrap().starts_with("LOCAL-"), "{shown}");
    let exceptions = sent["exception"]["values"].as_array().cloned().unwrap_or_default();
    let thrown = exceptions.last();
    let title = match thrown.and_then(|it| it["type"].as_str()) {
        Some(ty) => format!("{ty}: {}", thrown.unwrap()["value"].as_str().unwrap()),
        None => sent["message"].as_str().unwrap().to_owned(),
    };
    assert_eq!(shown["title"], json!(title));
    assert_eq!(shown["event"]["release"], sent["release"]);
    assert_eq!(shown["event"]["trace_id"], sent["contexts"]["trace"]["trace_id"]);
    assert_eq!(shown["event"]["handled"], thrown.map_or(Value::Null, |it| it["mechanism"]["handled"].clone()));
    let mut words = vec!["staging", "u-42", "ada@example.org", "plan", "gold", "sentry.javascript.browser"];
    words.extend(exceptions.iter().filter_map(|it| it["value"].as_str()));
    let crumbs = sent["breadcrumbs"].as_array().cloned().unwrap_or_default();
    let last = crumbs.last().and_then(|crumb| crumb["category"].as_str());
    words.extend(last);
    for word in words {
        assert!(reply.text.contains(word), "{word} is not in\n{}", reply.text);
    }
    if thrown.is_some_and(|it| it["stacktrace"]["frames"].as_array().is_some_and(|frames| !frames.is_empty())) {
        let top = &shown["event"]["frames"][0];
        assert!(top["file"].as_str().unwrap().ends_with("src/page.ts"), "{top}\n{}", reply.text);
        assert_eq!(top["mapped"], json!(true));
    }
}

/// The same fault again is the same issue; other faults are other issues.
async fn grouped(page: &Page, sent: &[Envelope]) {
    let before = issues(page).await;
    let events = sent.iter().filter(|envelope| envelope.types().contains(&"event")).count();
    // One issue for each button that sends an event, and one for the feedback.
    assert_eq!(before.len(), 7, "{before:?}");
    assert_eq!(before.values().sum::<u64>(), u64::try_from(events).unwrap() + 1);
    page.act("exception").await;
    let after = issues(page).await;
    let grown: Vec<_> = after.iter().filter(|(id, count)| before.get(*id) != Some(count)).collect();
    assert_eq!((after.len(), grown.len()), (7, 1), "{before:?}\n{after:?}");
}

async fn issues(page: &Page) -> BTreeMap<String, u64> {
    let reply = page.server.call("search_issues", json!({"limit": 50})).await.ok();
    let rows = reply.structured["issues"].as_array().unwrap().clone();
    rows.iter().map(|row| (row["id"].as_str().unwrap().to_owned(), row["count"].as_u64().unwrap())).collect()
}
