//! A recording as moments: pure.

use std::io::Write as _;

use fixloop::{
    event::replay::{Kind, Moment, Reader, Subject, body, folded, window},
    report::timeline,
};
use serde_json::{Value, json};

/// Seconds at which the recordings of these tests begin.
pub const START: f64 = 1_795_166_100.0;

pub fn crumb(at: f64, category: &str, message: &str, level: &str, data: Value) -> Value {
    let payload = json!({"timestamp": START + at, "type": "default", "category": category, "level": level, "message": message, "data": data});
    json!({"type": 5, "timestamp": (START + at) * 1000.0, "data": {"tag": "breadcrumb", "payload": payload}})
}

/// A performance span: its outer time is in seconds, as the SDK sends it.
pub fn span(at: f64, op: &str, description: &str, data: Value) -> Value {
    let payload = json!({"op": op, "description": description, "startTimestamp": START + at, "endTimestamp": START + at + 0.25, "data": data});
    json!({"type": 5, "timestamp": START + at, "data": {"tag": "performanceSpan", "payload": payload}})
}

pub fn click(at: f64, node: i64) -> Value {
    json!({"type": 3, "timestamp": (START + at) * 1000.0, "data": {"source": 2, "type": 2, "id": node, "x": 1, "y": 2}})
}

pub fn input(at: f64, node: i64, text: &str, checked: bool) -> Value {
    json!({"type": 3, "timestamp": (START + at) * 1000.0, "data": {"source": 5, "id": node, "text": text, "isChecked": checked}})
}

/// A page with a form.
pub fn page(at: f64) -> Vec<Value> {
    let element = |id: i64, tag: &str, attributes: Value, text: &str| json!({"type": 2, "id": id, "tagName": tag, "attributes": attributes, "childNodes": [{"type": 3, "id": id + 1000, "textContent": text}]});
    let body = json!({"type": 2, "id": 2, "tagName": "body", "attributes": {}, "childNodes": [
        element(7, "button", json!({"id": "pay", "data-testid": "pay-now"}), "Pay now"),
        element(8, "input", json!({"name": "email", "type": "email"}), ""),
        element(9, "input", json!({"name": "pw", "type": "password"}), ""),
        element(10, "input", json!({"type": "checkbox", "name": "terms"}), ""),
        element(11, "a", json!({"href": "/help"}), "****"),
    ]});
    vec![
        json!({"type": 4, "timestamp": (START + at) * 1000.0, "data": {"href": "https://shop.example/cart?token=abcdefgh1234", "width": 1, "height": 1}}),
        json!({"type": 2, "timestamp": (START + at) * 1000.0 + 1.0, "data": {"node": {"type": 0, "id": 1, "childNodes": [body]}}}),
    ]
}

fn read(events: Vec<Value>) -> Vec<Moment> {
    let mut reader = Reader::default();
    reader.segment(&events);
    folded(reader.moments())
}

fn lines(moments: &[Moment]) -> Vec<String> {
    timeline::around(moments, START, 100_000).lines().map(|line| line.trim().to_owned()).collect()
}

#[test]
fn every_kind_of_event_is_read() {
    let checks: Vec<(Value, &str)> = vec![
        (click(1.0, 7), "+1.0s   click button#pay[data-testid=\"pay-now\"] \"Pay now\""),
        (click(1.0, 11), "+1.0s   click a[href=\"/help\"]"),
        (click(1.0, 99), "+1.0s   click (unknown element)"),
        (input(1.0, 8, "*****", false), "+1.0s   input input[name=\"email\"][type=\"email\"]: 5 characters, masked"),
        (input(1.0, 8, "plain words", false), "+1.0s   input input[name=\"email\"][type=\"email\"]: \"plain words\""),
        (input(1.0, 9, "hunter22", false), "+1.0s   input input[name=\"pw\"][type=\"password\"]: 8 characters, masked"),
        (input(1.0, 10, "on", true), "+1.0s   input input[name=\"terms\"][type=\"checkbox\"]: checked"),
        (
            crumb(1.0, "console", "no stock for Bearer abcdefgh12345", "error", json!({"arguments": []})),
            "+1.0s ! console error no stock for Bearer [redacted]",
        ),
        (crumb(1.0, "console", "hello", "info", json!({})), "+1.0s   console info hello"),
        (
            crumb(1.0, "navigation", "", "", json!({"from": "/a", "to": "/b?code=4f9a0b2c"})),
            "+1.0s   page /a → /b?code=[redacted]",
        ),
        (
            crumb(
                1.0,
                "ui.slowClickDetected",
                "a.x",
                "",
                json!({"endReason": "timeout", "timeAfterClickMs": 7000, "clickCount": 1}),
            ),
            "+1.0s ! DEAD CLICK a.x (nothing changed in 7.0 s)",
        ),
        (
            crumb(
                1.0,
                "ui.slowClickDetected",
                "a.x",
                "",
                json!({"endReason": "timeout", "timeAfterClickMs": 7000, "clickCount": 6}),
            ),
            "+1.0s ! RAGE CLICK a.x (nothing changed in 7.0 s, 6 clicks)",
        ),
        (
            crumb(1.0, "ui.slowClickDetected", "a.x", "", json!({"endReason": "mutation", "timeAfterClickMs": 3200})),
            "+1.0s   slow click a.x (the page changed after 3.2 s)",
        ),
        (
            crumb(1.0, "ui.keyDown", "body > div", "", json!({"key": "Enter", "ctrlKey": true, "shiftKey": false})),
            "+1.0s   input body > div: key Ctrl+Enter",
        ),
        (
            crumb(1.0, "replay.hydrate-error", "", "", json!({"url": "https://shop.example/"})),
            "+1.0s ! note hydration error https://shop.example/",
        ),
        (
            crumb(1.0, "cart", "added", "", json!({"sku": 4, "token": "abc"})),
            "+1.0s   note cart added {\"sku\":4,\"token\":\"[redacted]\"}",
        ),
        (
            span(1.0, "resource.fetch", "https://shop.example/api", json!({"method": "POST", "statusCode": 200})),
            "+1.0s   request POST https://shop.example/api 200 250 ms",
        ),
        (
            span(
                1.0,
                "resource.xhr",
                "/api",
                json!({"method": "GET", "statusCode": 422, "response": {"body": {"why": "no", "apiKey": "k"}}}),
            ),
            "+1.0s ! request GET /api 422 250 ms, answered {\"why\":\"no\",\"apiKey\":\"[redacted]\"}",
        ),
        (
            span(1.0, "resource.fetch", "/api", json!({"method": "GET"})),
            "+1.0s ! request GET /api (no response) 250 ms",
        ),
        (span(1.0, "resource.script", "/a.js", json!({"statusCode": 404})), "+1.0s ! request GET /a.js 404 (script)"),
        (
            span(1.0, "navigation.push", "https://shop.example/x", json!({})),
            "+1.0s   page https://shop.example/x (push)",
        ),
        (
            span(1.0, "web-vital", "largest-contentful-paint", json!({"value": 4200.4, "rating": "poor"})),
            "+1.0s   measure largest-contentful-paint 4200 poor",
        ),
    ];
    for (event, expect) in checks {
        let mut events = page(0.0);
        events.push(event);
        let lines = lines(&read(events));
        assert_eq!(lines.last().map(String::as_str), Some(expect), "{lines:#?}");
    }
    let silent = [
        span(1.0, "resource.img", "/a.png", json!({"statusCode": 200})),
        span(1.0, "memory", "", json!({})),
        span(1.0, "web-vital", "cumulative-layout-shift", json!({"value": 0.0, "rating": "good"})),
        crumb(1.0, "sentry.event", "x", "", json!({})),
        json!({"type": 3, "timestamp": START * 1000.0, "data": {"source": 1, "positions": []}}),
        json!({"type": 3}),
        json!({"type": "x", "timestamp": "y"}),
        json!(null),
    ];
    assert!(read(silent.to_vec()).is_empty());
}

#[test]
fn one_act_is_one_moment_and_repetitions_are_counted() {
    let mut events = page(0.0);
    events.extend([
        // Three observers of one page, two of one click; the second click has no breadcrumb.
        span(0.1, "navigation.navigate", "https://shop.example/cart?token=abcdefgh1234", json!({})),
        click(2.0, 7),
        crumb(2.01, "ui.click", "div > button#pay", "", json!({"nodeId": 7})),
        click(2.6, 7),
        // Typing is one moment, with its last value.
        input(4.0, 8, "*", false),
        input(4.5, 8, "**", false),
        input(5.0, 8, "***", false),
    ]);
    events.extend((0..5).map(|n| {
        let address = format!("https://shop.example/poll/{n}");
        span(6.0 + f64::from(n), "resource.fetch", &address, json!({"method": "GET", "statusCode": 200}))
    }));
    events.push(span(
        11.5,
        "resource.fetch",
        "https://shop.example/poll/9",
        json!({"method": "GET", "statusCode": 500}),
    ));
    let lines = lines(&read(events));
    assert_eq!(
        lines,
        [
            "0s   page https://shop.example/cart?token=[redacted]",
            "+2.0s   click div > button#pay ×2 until +2.6s",
            "+4.0s   input input[name=\"email\"][type=\"email\"]: 3 characters, masked",
            "+6.0s   request GET https://shop.example/poll/0 200 250 ms ×5 until +10.0s",
            "+11.5s ! request GET https://shop.example/poll/9 500 250 ms",
        ]
    );
}

#[test]
fn a_segment_is_read_plain_or_packed_or_told_apart() {
    let events = json!([{"type": 4}, {"type": 5}]).to_string();
    let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    zlib.write_all(events.as_bytes()).unwrap();
    let zlib = zlib.finish().unwrap();
    let with_head = |body: &[u8]| [b"{\"segment_id\":3}\n", body].concat();
    for bytes in [events.as_bytes(), &zlib] {
        let body = body(&with_head(bytes)).unwrap();
        assert_eq!((body.segment, body.events.len()), (Some(3), 2));
    }
    assert_eq!(body(&with_head(b"")).unwrap().events.len(), 0);
    for (bytes, why) in [
        (with_head(b"x\x9cgarbage"), "neither JSON nor zlib"),
        (with_head(b"[{"), "no JSON"),
        (with_head(&zlib[..zlib.len() / 2]), "neither JSON nor zlib"),
        (b"nothing".to_vec(), "no body"),
        (b"head\n[]".to_vec(), "head is no JSON"),
    ] {
        let error = body(&bytes).unwrap_err();
        assert!(error.contains(why), "{error}");
    }
}

#[test]
fn a_timeline_keeps_its_budget_and_what_is_near() {
    let moments: Vec<Moment> = (0..200)
        .map(|n| Moment::new(START + f64::from(n), Kind::Note, format!("n{} {}", n, "x".repeat(n as usize % 7))))
        .collect();
    let text = timeline::around(&moments, START + 150.0, 1_000);
    assert!(text.chars().count() < 1_100, "{text}");
    assert!(text.contains("0s   note n150") && text.contains("+1.0s   note n151"), "{text}");
    assert!(text.contains("earlier left out)") && text.contains("later left out)"), "{text}");
    let shown = text.lines().filter(|line| line.contains("note")).count();
    let said: usize =
        text.lines().filter_map(|line| line.trim().strip_prefix('(')?.split(' ').next()?.parse::<usize>().ok()).sum();
    assert_eq!(shown + said, 200, "{text}");
    assert_eq!(window(&moments, START + 150.0, 10.0, 5.0).len(), 16);
    assert_eq!(window(&moments, START - 150.0, 10.0, 5.0).len(), 0);
    // The whole leaves out first what went well.
    let mut mixed = moments;
    mixed.push(Moment::new(START + 300.0, Kind::Click, "last"));
    let whole = timeline::whole(&mixed, START, 1_000);
    assert!(whole.contains("click last") && whole.contains("(200 requests, measures and notes"), "{whole}");
}

#[test]
fn a_subject_is_read_in_every_form() {
    let id = "5e9e1a7c4b7f4f0d8a6b3c2d1e0f9a8b";
    let dashed = "5E9E1A7C-4B7F-4F0D-8A6B-3C2D1E0F9A8B";
    assert_eq!(Subject::parse(dashed), Ok(Subject::Id(id.to_owned())));
    let replay = |host: &str, organization: Option<&str>| {
        Ok(Subject::Replay { host: host.into(), organization: organization.map(str::to_owned), id: id.into() })
    };
    for (text, expect) in [
        (format!("https://acme.sentry.io/explore/replays/{id}/?t=3"), replay("acme.sentry.io", Some("acme"))),
        (format!("https://acme.sentry.io/replays/shop:{dashed}/"), replay("acme.sentry.io", Some("acme"))),
        (format!("https://s.example:9000/organizations/acme/replays/{id}/"), replay("s.example:9000", Some("acme"))),
    ] {
        assert_eq!(Subject::parse(&text), expect, "{text}");
    }
    for text in ["LOCAL-3", "17", "FRONTEND-4K", "https://acme.sentry.io/issues/17/events/latest/"] {
        assert!(matches!(Subject::parse(text), Ok(Subject::Issue(_))), "{text}");
    }
    for text in ["", "hello", "https://acme.sentry.io/replays/", "javascript:alert(1)"] {
        assert!(Subject::parse(text).is_err(), "{text}");
    }
}
