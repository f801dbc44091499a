//! The tools over the sink, through the real server: envelopes go in over HTTP, replies come out over MCP.

use std::time::Duration;

use serde_json::{Value, json};

use super::sample;
use crate::support::{Intake, Setup};

impl Intake {
    async fn send_event(&self, event: &Value) {
        self.send_item("event", &event["event_id"], event).await;
    }

    async fn send_item(&self, ty: &str, event_id: &Value, payload: &Value) {
        let header = if event_id.is_null() { json!({}) } else { json!({"event_id": event_id}) };
        let body = format!("{header}\n{{\"type\":\"{ty}\"}}\n{payload}\n");
        assert_eq!(self.post("1", body).await, 200);
    }

    /// The reply's text with what differs from run to run made the same.
    fn stable(&self, text: &str) -> String {
        let mut text = text.replace(&self.url, "http://SINK").replace(&self.key, "KEY");
        text = text.replace(&self.server.workspace().canonicalize().unwrap().display().to_string(), "WORKSPACE");
        for (pattern, with) in [
            (r"untrusted-[0-9a-f]+", "untrusted-BOUNDARY"),
            (r#""((?:first|last)_seen)": "[^"]+""#, r#""$1": "TIME""#),
            (r"(first|last) 20\d\d-\d\d-\d\d(?:T[0-9:.]+Z)?", "$1 TIME"),
            (r"127\.0\.0\.1:\d{2,5}", "127.0.0.1:PORT"),
            ("cannot be fetched: [^»]+", "cannot be fetched: WHY"),
            (r"Browser: .*", "Browser: BROWSER"),
            (r"fixloop \d+\.\d+\.\d+", "fixloop VERSION"),
        ] {
            text = regex::Regex::new(pattern).unwrap().replace_all(&text, with).into_owned();
        }
        text
    }
}

fn id(n: u32) -> String {
    format!("{n:032x}")
}

#[tokio::test]
async fn status_says_how_to_begin_and_then_what_came() {
    let shop = Intake::start().await;
    let empty = shop.server.call("status", json!({})).await.ok();
    super::snapshot("status_empty", &shop.stable(&empty.text));
    assert!(empty.text.contains(&format!("http://{}@", shop.key)), "{}", empty.text);
    shop.send_event(&sample::poor(&id(1))).await;
    shop.send_item(
        "client_report",
        &Value::Null,
        &json!({"timestamp": 1, "discarded_events": [
        {"reason": "ratelimit_backoff", "category": "error", "quantity": 3}]}),
    )
    .await;
    let full = shop.server.call("status", json!({})).await.ok();
    super::snapshot("status_full", &shop.stable(&full.text));
    assert_eq!(full.structured["sink"]["issues"], 1);
    shop.server.stop().await;
}

#[tokio::test]
async fn issues_are_found_shown_and_updated() {
    let shop = Intake::start().await;
    let none = shop.server.call("search_issues", json!({})).await.ok();
    assert!(none.text.contains("no event at all"), "{}", none.text);
    for n in 1..=3 {
        shop.send_event(&sample::rich(&id(n))).await;
    }
    shop.send_event(&sample::poor(&id(4))).await;
    shop.send_event(&sample::python(&id(5))).await;

    let all = shop.server.call("search_issues", json!({"sort": "freq"})).await.ok();
    super::snapshot("search_issues", &shop.stable(&all.text));
    assert_eq!(all.structured["total"], 3);
    assert_eq!(all.structured["issues"][0]["count"], 3);
    let page = shop.server.call("search_issues", json!({"limit": 2})).await.ok();
    let next = page.structured["next"].as_str().unwrap();
    let rest = shop.server.call("search_issues", json!({"limit": 2, "cursor": next})).await.ok();
    assert_eq!(rest.structured["issues"].as_array().unwrap().len(), 1);
    let warnings = shop.server.call("search_issues", json!({"query": "level:warning"})).await.ok();
    assert_eq!(warnings.structured["issues"][0]["title"], "Cart is empty");
    let no_match = shop.server.call("search_issues", json!({"query": "nowhere"})).await.ok();
    assert!(no_match.text.contains("No issue matches. The sink has 3 issues of 5 events"), "{}", no_match.text);

    let issue = shop.server.call("get_issue", json!({"issue": "LOCAL-1"})).await.ok();
    super::snapshot("get_issue_rich", &shop.stable(&issue.text));
    super::snapshot(
        "get_issue_rich_structured",
        &shop.stable(&serde_json::to_string_pretty(&issue.structured).unwrap()),
    );
    let python = shop.server.call("get_issue", json!({"issue": 3})).await.ok();
    super::snapshot("get_issue_python", &shop.stable(&python.text));
    let poor = shop.server.call("get_issue", json!({"issue": "#2"})).await.ok();
    super::snapshot("get_issue_poor", &shop.stable(&poor.text));

    for (event, expected) in [("latest", id(3)), ("oldest", id(1)), (&id(2), id(2))] {
        let shown = shop.server.call("get_issue", json!({"issue": "local-1", "event": event})).await.ok();
        assert_eq!(shown.structured["event"]["event_id"], expected.as_str(), "{event}");
    }
    let link = issue.content.iter().find(|block| block["type"] == "resource_link").unwrap();
    assert_eq!(link["uri"], format!("fixloop://envelopes/{}", id(3)).as_str());

    let resolved = shop.server.call("update_issue", json!({"issue": "LOCAL-1", "status": "resolved"})).await.ok();
    super::snapshot("update_issue", &resolved.text);
    let again = shop.server.call("update_issue", json!({"issue": 1, "status": "resolved"})).await.ok();
    assert!(again.text.contains("was resolved already; nothing changed"), "{}", again.text);
    // An event that happened before the issue was resolved is no regression, however late it comes.
    let now = jiff::Timestamp::now().as_millisecond() as f64 / 1000.0;
    let mut before = sample::rich(&id(6));
    before["timestamp"] = json!(now - 60.0);
    shop.send_event(&before).await;
    let late = shop.server.call("get_issue", json!({"issue": 1})).await.ok();
    assert_eq!(late.structured["status"], "resolved");
    let mut new = sample::rich(&id(7));
    new["timestamp"] = json!(jiff::Timestamp::now().as_millisecond() as f64 / 1000.0);
    shop.send_event(&new).await;
    let back = shop.server.call("get_issue", json!({"issue": 1})).await.ok();
    assert_eq!(back.structured["status"], "regressed");
    assert!(back.text.contains("had been resolved, and came back"), "{}", back.text);
    let ignored = shop.server.call("update_issue", json!({"issue": 1, "status": "ignored"})).await.ok();
    assert!(
        ignored.text.contains(r#"Undo: update_issue {"issue": "LOCAL-1", "status": "unresolved"}"#),
        "{}",
        ignored.text
    );
    shop.server.stop().await;
}

#[tokio::test]
async fn an_event_is_shown_with_what_came_with_it() {
    let shop = Intake::start().await;
    let event = sample::poor(&id(1));
    let attachment = "hello";
    let body = format!(
        "{}\n{{\"type\":\"event\"}}\n{event}\n{{\"type\":\"attachment\",\"length\":{},\"filename\":\"log.txt\"}}\n{attachment}\n",
        json!({"event_id": id(1)}),
        attachment.len()
    );
    let url = format!("{}/api/1/envelope/?sentry_key={}", shop.url, shop.key);
    assert_eq!(reqwest::Client::new().post(url).body(body).send().await.unwrap().status(), 200);
    let shown = shop.server.call("get_event", json!({"event": id(1).to_uppercase()})).await.ok();
    super::snapshot("get_event", &shop.stable(&shown.text));
    assert_eq!(shown.structured["issue"], "LOCAL-1");
    assert!(shown.structured["items"].as_array().unwrap().iter().any(|item| item["name"] == "log.txt"));
    assert_eq!(shown.structured["item_count"], 2);
    let by_link = shop.server.call("get_event", json!({"event": format!("fixloop://envelopes/{}", id(1))})).await.ok();
    assert_eq!(by_link.structured, shown.structured);
    shop.server.stop().await;
}

#[tokio::test]
async fn waiting_ends_when_the_event_arrives() {
    let shop = Intake::start().await;
    let arguments = json!({"name": "wait_for_event", "arguments": {"contains": "MYUNDEFINED", "timeout_s": 60}});
    let (_, answer) = shop.server.begin("tools/call", arguments).await;
    // What does not match does not end the wait.
    shop.send_event(&sample::poor(&id(1))).await;
    // A second call on the same connection is answered while the first waits.
    shop.server.call("search_issues", json!({})).await.ok();
    shop.send_event(&sample::rich(&id(2))).await;
    let reply = tokio::time::timeout(Duration::from_secs(60), answer).await.unwrap().unwrap();
    let result = &reply["result"];
    assert_eq!(result["structuredContent"]["arrived"], true, "{result}");
    assert_eq!(result["structuredContent"]["issue"], "LOCAL-2");
    assert_eq!(result["structuredContent"]["event"]["event_id"], id(2).as_str());
    super::snapshot("wait_for_event", &shop.stable(result["content"][0]["text"].as_str().unwrap()));

    let since = shop.server.call("wait_for_event", json!({"issue": "LOCAL-1", "since": 600})).await.ok();
    assert_eq!(since.structured["event"]["event_id"], id(1).as_str());
    let stamp =
        shop.server.call("wait_for_event", json!({"since": "2020-01-01T00:00:00Z", "timeout_s": 60})).await.ok();
    assert_eq!(stamp.structured["arrived"], true);
    let nothing = shop.server.call("wait_for_event", json!({"contains": "never", "timeout_s": 0})).await.ok();
    assert_eq!(nothing.structured["arrived"], false);
    assert!(nothing.text.contains("The sink took nothing at all meanwhile (2 events before)"), "{}", nothing.text);

    let arguments = json!({"name": "wait_for_event", "arguments": {"item": "session", "timeout_s": 60}});
    let (_, answer) = shop.server.begin("tools/call", arguments).await;
    shop.server.call("status", json!({})).await.ok();
    shop.send_item(
        "session",
        &Value::Null,
        &json!({"sid": id(9), "status": "ok", "init": true, "started": "2026-11-22T13:00:00Z",
        "timestamp": "2026-11-22T13:00:00Z", "attrs": {"release": "1"}}),
    )
    .await;
    let reply = tokio::time::timeout(Duration::from_secs(60), answer).await.unwrap().unwrap();
    let text = reply["result"]["content"][0]["text"].as_str().unwrap();
    assert!(text.contains("An item of type «session» arrived"), "{text}");
    shop.server.stop().await;
}

#[tokio::test]
async fn wrong_arguments_say_what_is_right() {
    let shop = Intake::start().await;
    shop.send_event(&sample::poor(&id(1))).await;
    shop.send_event(&sample::rich(&id(2))).await;
    let mut said = String::new();
    for (tool, arguments) in [
        ("get_issue", json!({"issue": "LOCAL-99"})),
        ("get_issue", json!({"issue": "what"})),
        ("get_issue", json!({"issue": ["LOCAL-1"]})),
        ("get_issue", json!({"issue": "FRONTEND-4K"})),
        ("get_issue", json!({"issue": "https://acme.sentry.io/issues/123/?project=1"})),
        ("get_issue", json!({"issue": "LOCAL-1", "source": "sentry"})),
        ("get_issue", json!({"issue": "LOCAL-1", "source": "moon"})),
        ("get_issue", json!({"issue": "LOCAL-1", "event": "newest"})),
        ("get_issue", json!({"issue": "LOCAL-1", "event": id(2)})),
        ("get_issue", json!({"issue": "LOCAL-1", "event": id(77)})),
        ("get_issue", json!({"id": "LOCAL-1"})),
        ("get_event", json!({"event": "abc"})),
        ("get_event", json!({"event": id(77)})),
        ("search_issues", json!({"source": "sentry"})),
        ("search_issues", json!({"sort": "best"})),
        ("search_issues", json!({"query": "is:broken"})),
        ("search_issues", json!({"cursor": "not one"})),
        ("update_issue", json!({"issue": "LOCAL-99", "status": "resolved"})),
        ("update_issue", json!({"issue": "LOCAL-1", "status": "regressed"})),
        ("wait_for_event", json!({"issue": "LOCAL-99"})),
        ("wait_for_event", json!({"since": "yesterday"})),
        ("status", json!({"verbose": true})),
    ] {
        let reply = shop.server.call(tool, arguments.clone()).await;
        assert!(reply.is_error, "{tool} {arguments}: {}", reply.text);
        said.push_str(&format!("# {tool} {arguments}\n{}\n\n", reply.text));
    }
    super::snapshot("wrong_arguments", &said);
    shop.server.stop().await;
}

#[tokio::test]
async fn read_only_mode_offers_no_update() {
    let shop = Intake::with(Setup::default().args(&["--read-only"])).await;
    let tools = shop.server.request("tools/list", json!({})).await;
    let names: Vec<&str> = tools["tools"].as_array().unwrap().iter().filter_map(|tool| tool["name"].as_str()).collect();
    assert!(names.contains(&"get_issue") && !names.contains(&"update_issue"), "{names:?}");
    assert!(shop.server.call("update_issue", json!({"issue": 1, "status": "resolved"})).await.is_error);
    shop.server.stop().await;
}

/// Nothing that an event holds gets out of its fence or its quotes, and no secret gets into a reply.
#[tokio::test]
async fn hostile_and_secret_text_stays_inside() {
    let shop = Intake::start().await;
    shop.send_event(&sample::hostile(&id(1))).await;
    for n in 2..=3 {
        shop.send_event(&sample::rich(&id(n))).await;
    }
    for (tool, arguments) in [
        ("update_issue", json!({"issue": 1, "status": "ignored"})),
        ("get_issue", json!({"issue": 1})),
        ("get_event", json!({"event": id(1)})),
        ("search_issues", json!({})),
        ("wait_for_event", json!({"issue": 1, "since": 600})),
        ("get_issue", json!({"issue": 2})),
        ("get_event", json!({"event": id(2)})),
        ("wait_for_event", json!({"issue": 2, "since": 600})),
        ("status", json!({})),
    ] {
        let reply = shop.server.call(tool, arguments.clone()).await.ok();
        let outside = outside(&reply.text);
        for evil in ["SYSTEM", "Ignore all", "```"] {
            assert!(!outside.contains(evil), "{tool} {arguments}: {evil} got out:\n{outside}\n\nof:\n{}", reply.text);
        }
        let all = format!("{}{}", reply.text, reply.structured);
        assert!(reply.structured.to_string().len() < 8_000, "{tool} {arguments}: {}", reply.structured);
        for secret in ["-secret-", "hunter2", "\u{202e}", "\u{200b}", "\u{1b}"] {
            let where_ = if secret.contains("secret") || secret == "hunter2" { &all } else { &reply.text };
            assert!(!where_.contains(secret), "{tool} {arguments}: {secret:?} in\n{where_}");
        }
    }
    shop.server.stop().await;
}

/// A reply without its fenced blocks and its quotes.
fn outside(text: &str) -> String {
    let boundary = regex::Regex::new("<(untrusted-[0-9a-f]+) ").unwrap();
    let mut rest = text.to_owned();
    if let Some(found) = boundary.captures(text) {
        let close = format!("</{}>", &found[1]);
        let open = format!("<{} ", &found[1]);
        while let Some(start) = rest.find(&open) {
            let end = rest[start..].find(&close).expect("an open fence") + start + close.len();
            rest.replace_range(start..end, "");
        }
    }
    regex::Regex::new("«[^«»]*»").unwrap().replace_all(&rest, "").into_owned()
}
