//! Every fact that `docs/sentry-facts.md` lists is in the reply of get_issue, and the reply is short.

use serde_json::{Value, json};

use super::connected;
use crate::support::sentry::{Sentry, acme};

const EVENT: &str = "/organizations/{organization_id_or_slug}/issues/{issue_id}/events/{event_id}/";
const ISSUE: &str = "/organizations/{organization_id_or_slug}/issues/{issue_id}/";
const TAGS: &str = "/organizations/{organization_id_or_slug}/issues/{issue_id}/tags/";
const COMMITTERS: &str = "/projects/{organization_id_or_slug}/{project_id_or_slug}/events/{event_id}/committers/";

fn frame(file: &str, function: &str, line: u64, in_app: bool) -> Value {
    let context = if in_app {
        json!([[line - 1, "  try {"], [line, format!("    await {function}(order);")], [line + 1, "  }"]])
    } else {
        json!([])
    };
    json!({"filename": file, "absPath": format!("/srv/{file}"), "function": function, "lineNo": line, "colNo": 9, "inApp": in_app, "context": context})
}

/// 40 frames (8 times one of the app and 4 of libraries), 50 breadcrumbs.
fn event() -> Value {
    let mut frames: Vec<Value> = Vec::new();
    for n in (1..=8).rev() {
        frames.push(frame("src/routes/orders.ts", &format!("postOrder{n}"), 100 + n, true));
        for library in [
            "raw-body/index.js",
            "body-parser/lib/read.js",
            "express/lib/router/index.js",
            "express/lib/router/layer.js",
        ] {
            frames.push(frame(&format!("node_modules/{library}"), &format!("next{n}"), 10 * n, false));
        }
    }
    // The crash is in the app.
    let mut crash = frame("src/checkout/total.ts", "computeTotal", 256, true);
    crash["colNo"] = json!(62);
    crash["context"] = json!([[255, "const items = cart.items;"], [256, "return items.map(taxOf);"], [257, "}"]]);
    crash["vars"] = json!({"orderId": "ord_1", "retries": 0});
    frames.remove(0);
    frames.push(crash);
    let crumbs: Vec<Value> = (0..50)
        .map(|n| {
            let time = jiff::Timestamp::from_millisecond(1_795_166_142_000 - (50 - n) * 1_700).unwrap().to_string();
            match n % 2 {
                0 => json!({"timestamp": time, "type": "http", "category": "fetch", "level": "info", "message": null,
                    "data": {"method": "GET", "url": format!("https://api.shop.example/v2/stock/{n}"), "status_code": 200}}),
                _ => json!({"timestamp": time, "type": "http", "category": "fetch", "level": "info", "message": null,
                    "data": {"method": "POST", "url": format!("https://api.shop.example/v2/cart/{}", n - 1), "status_code": 404}}),
            }
        })
        .collect();
    let tags = [
        ("environment", "production"),
        ("level", "error"),
        ("handled", "no"),
        ("mechanism", "middleware"),
        ("release", "shop@3.14.1"),
        ("runtime", "node v22.9.0"),
        ("runtime.name", "node"),
        ("tenant", "north"),
        ("transaction", "POST /api/orders"),
        ("url", "https://shop.example/api/orders"),
    ];
    json!({
        "id": "5f0c1a2b3c4d4e5f8a9b0c1d2e3f4a5b", "eventID": "5f0c1a2b3c4d4e5f8a9b0c1d2e3f4a5b", "groupID": "7", "platform": "node", "type": "error",
        "dateCreated": jiff::Timestamp::from_millisecond(1_795_166_142_000).unwrap().to_string(), "message": "", "title": "ReferenceError: taxOf is not defined",
        "entries": [
            {"type": "exception", "data": {"values": [{"type": "ReferenceError", "value": "taxOf is not defined",
                "mechanism": {"type": "middleware", "handled": false}, "stacktrace": {"frames": frames}}]}},
            {"type": "breadcrumbs", "data": {"values": crumbs}},
            {"type": "request", "data": {"method": "POST", "url": "https://shop.example/api/orders", "query": [["ref", "mail"]], "data": {"cart": "c_81723"},
                "headers": [["Accept", "application/json"], ["Authorization", "Bearer header-secret-1"], ["User-Agent", "Mozilla/5.0 (X11) Chrome/150.0"]]}},
        ],
        "user": {"id": "u_5521", "email": "kim@example.com", "ip_address": "127.0.0.1", "geo": {"country_code": "AT", "region": "Austria"}},
        "tags": tags.iter().map(|(key, value)| json!({"key": key, "value": value})).collect::<Vec<_>>(),
        "contexts": {"runtime": {"name": "node", "version": "v22.9.0", "type": "runtime"}, "replay": {"replay_id": acme::REPLAY_ID},
            "trace": {"trace_id": "a1b2c3d4e5f60718293a4b5c6d7e8f90", "span_id": "0a1b2c3d4e5f6071", "type": "trace"}},
        "context": {"cartSize": 3}, "sdk": {"name": "sentry.javascript.node", "version": "9.40.0"},
        "errors": [{"type": "js_invalid_source", "message": "Source file was not found", "data": {}}],
        "sdkUpdates": [{"type": "updateSdk", "sdkName": "sentry.javascript.node", "newSdkVersion": "9.50.0"}],
        "previousEventID": acme::OLDEST_EVENT_ID, "nextEventID": null,
    })
}

fn issue() -> Value {
    let mut issue = acme::issue();
    for (key, value) in [
        ("id", json!("7")),
        ("shortId", json!("SHOP-7")),
        ("title", json!("ReferenceError: taxOf is not defined")),
        ("culprit", json!("POST /api/orders")),
        ("substatus", json!("ongoing")),
        ("platform", json!("node")),
        ("count", json!("3187")),
        ("userCount", json!(440)),
        ("firstSeen", json!("2026-11-01T08:00:00.000Z")),
        ("lastSeen", json!("2026-11-20T09:15:42.000Z")),
        ("firstRelease", json!({"version": "shop@3.0.0"})),
    ] {
        issue[key] = value;
    }
    issue["project"]["slug"] = json!("shop");
    issue
}

#[tokio::test]
async fn every_listed_fact_is_in_the_reply() {
    let sentry = Sentry::acme().await;
    sentry.on("GET", ISSUE, issue());
    sentry.on("GET", EVENT, event());
    sentry.on("GET", TAGS, json!([{"key": "tenant", "totalValues": 100, "uniqueValues": 2, "topValues": [{"value": "north", "count": 90}, {"value": "south", "count": 10}]}]));
    sentry.on("GET", COMMITTERS, json!({"committers": [{"author": {"name": "Sam Ode"}, "commits": [
        {"id": "9fceb02d0ae598e95dc970b74767f19372d61af8", "message": "Compute taxes", "dateCreated": "2026-11-20T07:51:00Z"}]}]}));
    let server = connected(&sentry).await;
    let reply = server.call("get_issue", json!({"issue": "SHOP-7"})).await.ok();
    let doc = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/sentry-facts.md")).unwrap();
    let rows: Vec<&str> = doc.lines().skip_while(|line| !line.starts_with("| fact |")).skip(2).collect();
    assert!(rows.len() > 35, "{} facts", rows.len());
    let mut missing = Vec::new();
    for row in rows {
        let cells: Vec<&str> = row.split(" | ").collect();
        let [fact, _, ours] = cells.as_slice() else { panic!("{row:?} is no row of three") };
        let literal = ours.split('`').nth(1).expect("a literal in backticks").replace("\\|", "|");
        // What a second call says is named as its argument.
        let second = literal.strip_prefix("only: ");
        let found = match second {
            Some(only) => {
                let only: Value = serde_json::from_str(only).unwrap();
                let more = server.call("get_issue", json!({"issue": "SHOP-7", "only": only})).await.ok();
                more.text.contains("node_modules/express/lib/router/layer.js:10:9 next1")
                    && more.text.contains("await postOrder7(order);")
            }
            None => reply.text.contains(&literal),
        };
        if !found {
            missing.push(format!("{fact}: {literal}"));
        }
    }
    assert!(missing.is_empty(), "not in the reply: {missing:#?}\n{}", reply.text);
    // About 3.1 characters a token here: the peer's two answers to an equal event have 12,000 characters.
    assert!(reply.text.chars().count() < 12_000 * 6 / 10, "{}", reply.text.chars().count());
    server.stop().await;
}
