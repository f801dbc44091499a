//! Blocks of a report: what is folded, what is left out and said so, and what never gets in.

use fixloop::{
    event::{Event, Generated},
    redact,
    report::{self, Text},
};
use serde_json::{Value, json};

fn render(event: &Event) -> String {
    let mut text = Text::new("b0");
    report::event(&mut text, "", event, &fixloop::event::grouping::group(event).why);
    text.finish()
}

fn js(frames: Vec<Value>) -> Event {
    Event::from_value(&json!({"platform": "javascript", "event_id": "1", "timestamp": 1,
        "exception": {"values": [{"type": "E", "value": "v", "stacktrace": {"frames": frames}}]}}))
}

fn frame(file: &str, function: &str, line: u32) -> Value {
    json!({"filename": file, "function": function, "lineno": line, "in_app": true})
}

#[test]
fn frames_that_repeat_are_folded() {
    let mut frames = vec![frame("a.ts", "main", 1)];
    for _ in 0..50 {
        frames.extend([frame("a.ts", "even", 2), frame("a.ts", "odd", 3), frame("a.ts", "even", 4)]);
    }
    frames.extend((0..7).map(|_| frame("a.ts", "down", 9)));
    let lib = |n| frame("node_modules/react/index.js", &format!("l{n}"), n);
    frames.extend((0..4).map(lib));
    assert_eq!(
        report::stack(&js(frames), 2_000),
        "\
E: v
  node_modules/react/index.js:3 l3
  node_modules/react/index.js:2 l2
  … 2 library frames: react/index.js:1,0
* a.ts:9 down ×7
* a.ts:4 even
* a.ts:3 odd
* a.ts:2 even
  … the 3 frames above ×50
* a.ts:1 main
"
    );
}

#[test]
fn without_app_frames_library_frames_are_shown() {
    let frames = (0..4).map(|n| frame("node_modules/x/index.js", &format!("l{n}"), n)).collect();
    let stack = report::stack(&js(frames), 2_000);
    assert_eq!(stack.lines().count(), 5, "{stack}");
}

#[test]
fn what_does_not_fit_is_counted() {
    let frames: Vec<Value> = (0..200).map(|n| frame("a.ts", &format!("f{n}"), n)).collect();
    let stack = report::stack(&js(frames), 500);
    let shown = stack.lines().filter(|line| line.starts_with('*')).count();
    assert!(stack.ends_with(&format!("… {} frames left out\n", 200 - shown)), "{stack}");
    assert!(stack.contains("a.ts:199 f199"), "the crash frame is what is kept: {stack}");

    let causes: Vec<Value> = (0..40).map(|n| json!({"type": format!("E{n}"), "value": "x".repeat(100)})).collect();
    let stack = report::stack(&Event::from_value(&json!({"exception": causes})), 500);
    assert!(stack.contains("E39") && stack.contains("36 more exceptions left out"), "{stack}");
}

/// However large an event is, its report stays within the usual budget of a reply.
#[test]
fn reports_of_huge_events_are_bounded() {
    let long = "word ".repeat(500);
    let many =
        |n: usize| (0..n).map(|n| (format!("key{n}"), json!(format!("{n} {long}")))).collect::<serde_json::Map<_, _>>();
    let huge_frame = json!({"filename": long, "function": long, "lineno": 7, "in_app": true, "context_line": long,
        "pre_context": [long, long, long], "post_context": [long, long], "vars": many(20)});
    let event = Event::from_value(&json!({
        "event_id": "1", "timestamp": 1, "platform": "python", "release": long, "environment": long, "transaction": long,
        "logger": long, "server_name": long, "message": long,
        "exception": (0..20).map(|_| json!({"type": long, "value": long, "mechanism": {"type": long, "handled": false},
            "stacktrace": {"frames": vec![huge_frame.clone(); 3]}})).collect::<Vec<_>>(),
        "breadcrumbs": (0..200).map(|n| json!({"category": long, "message": format!("{n}{long}"), "data": many(5)})).collect::<Vec<_>>(),
        "tags": many(200), "extra": many(200), "contexts": many(200), "user": {"id": long, "email": long},
        "request": {"url": format!("http://x/{long}"), "headers": many(200), "data": many(50), "query_string": long},
        "sdk": {"name": long, "version": long},
    }));
    let text = render(&event);
    assert!(text.chars().count() < 8_000, "{} characters", text.chars().count());
    for block in ["Stack,", "Breadcrumbs,", "Request:", "Tags:", "Contexts:", "Grouped by:", "left out"] {
        assert!(text.contains(block), "{block} is not in\n{text}");
    }
}

#[test]
fn code_of_a_long_line_is_shown_around_its_column() {
    let line = format!("{}CRASH{}", "a".repeat(5_00), "b".repeat(400));
    let mut value = frame("app.min.js", "x", 1);
    value["context_line"] = json!(line);
    value["colno"] = json!(501);
    let stack = report::stack(&js(vec![value]), 2_000);
    let code = stack.lines().nth(2).unwrap();
    assert!(code.contains("CRASH") && code.chars().count() < 200, "{stack}");
}

#[test]
fn mapped_frames_need_no_note_and_others_do() {
    let unmapped = js(vec![frame("http://127.0.0.1/assets/index-a1.js", "p", 1)]);
    assert!(render(&unmapped).contains("No source map was found"));
    let mut mapped = unmapped.clone();
    let mut frames = mapped.take_frames();
    assert!(mapped.exceptions[0].frames[0].filename.is_none(), "taken frames leave empty ones");
    frames[0].filename = Some("src/pay.ts".to_owned());
    frames[0].generated = Some(Box::new(Generated { abs_path: "x".to_owned(), lineno: 1, colno: 2, function: None }));
    mapped.put_frames(frames);
    let text = render(&mapped);
    assert!(!text.contains("No source map") && text.contains("* src/pay.ts:1 p"), "{text}");
    assert_eq!(mapped.crash_place().as_deref(), Some("p(src/pay.ts:1)"));
}

#[test]
fn secrets_are_known_by_their_names() {
    for name in [
        "Authorization",
        "Cookie",
        "Set-Cookie",
        "X-Api-Key",
        "x-csrf-token",
        "password",
        "user_password",
        "accessToken",
        "client_secret",
        "sessionId",
        "SID",
        "private-key",
        "card_number",
        "auth",
        "jwt",
    ] {
        assert!(redact::is_secret(name), "{name}");
    }
    for name in [
        "author",
        "user-agent",
        "accept",
        "key",
        "keyboard",
        "status_code",
        "passenger",
        "tokens",
        "id",
        "design",
        "pinned",
    ] {
        assert!(!redact::is_secret(name), "{name}");
    }
    for (url, shown) in [
        ("http://x/a?b=1&token=abc&c=#f", "http://x/a?b=1&token=[redacted]&c=#f"),
        ("http://eve:pw@x/a", "http://eve:[redacted]@x/a"),
        ("http://key@x/1?sentry_key=abc", "http://key@x/1?sentry_key=abc"),
        ("/a?api%5Fkey=1", "/a?api%5Fkey=[redacted]"),
        ("http://x?password=1#access_token=abc&b=2", "http://x?password=[redacted]#access_token=[redacted]&b=2"),
        ("cart?token", "cart?token"),
        ("", ""),
    ] {
        assert_eq!(redact::url(url), shown);
    }
    let deep = (0..50).fold(json!({"password": "hunter2"}), |inner, _| json!({ "a": inner }));
    assert!(!redact::json(&deep).to_string().contains("hunter2"));
    assert_eq!(
        redact::json(&json!({"a": [{"token": {"x": 1}, "url": "http://x/?sid=1"}], "password": null})),
        json!({"a": [{"token": "[redacted]", "url": "http://x/?sid=[redacted]"}], "password": null})
    );
}

#[test]
fn feedback_csp_and_transactions_have_their_words() {
    let mut said = String::new();
    for value in [
        json!({"event_id": "1", "timestamp": 1_795_354_400, "type": "feedback", "contexts": {"feedback": {"message": "The pay button\nis dead",
            "contact_email": "eve@example.com", "url": "http://x/pay"}}}),
        json!({"event_id": "2", "timestamp": 1_795_354_400, "csp": {"document-uri": "http://x/pay?token=secret-1", "blocked-uri": "inline",
            "effective-directive": "script-src-elem", "line-number": 7, "status-code": 200}}),
        json!({"event_id": "3", "timestamp": 1_795_354_400, "type": "transaction", "transaction": "/pay", "contexts": {"trace":
            {"trace_id": "abc", "op": "pageload"}}}),
        json!({}),
    ] {
        let event = Event::from_value(&value);
        said.push_str(&format!("# {} {}\n{}\n", event.kind(), event.title(), render(&event)));
    }
    assert!(!said.contains("secret-1"));
    super::snapshot("event_kinds", &said);
}
