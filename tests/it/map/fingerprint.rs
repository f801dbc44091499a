//! Fingerprints: which observations are the same fault, and which are not.

use fixloop::event::{Observation, fingerprint};
use serde_json::{Value, json};

fn of(what: &Value) -> String {
    let mut whole = json!({"step": 1, "at_ms": 10, "page_url": "http://localhost:3000/"});
    whole.as_object_mut().unwrap().extend(what.as_object().unwrap().clone());
    let print = fingerprint(&serde_json::from_value::<Observation>(whole).unwrap());
    assert!(print.len() == 16 && print.bytes().all(|byte| byte.is_ascii_hexdigit()), "{print}");
    print
}

fn fault(kind: &str, name: &str, message: &str, frames: Value) -> Value {
    json!({"kind": kind, "name": name, "message": message, "frames": frames})
}

fn frame(file: &str, function: &str, line: u32) -> Value {
    json!({"filename": file, "function": function, "lineno": line, "colno": line * 2, "in_app": true,
        "abs_path": "http://localhost:3000/main.js", "generated":
        {"abs_path": "http://localhost:3000/main.js", "lineno": 1, "colno": line, "function": "t"}})
}

fn built(url: &str, function: &str) -> Value {
    json!({"filename": url, "abs_path": url, "function": function, "lineno": 1, "colno": 4711})
}

fn request(kind: &str, method: &str, url: &str, status: u16) -> Value {
    json!({"kind": kind, "method": method, "url": url, "status": status})
}

fn csp(directive: &str, blocked: &str) -> Value {
    json!({"kind": "csp_violation", "directive": directive, "blocked_url": blocked, "disposition": "enforce"})
}

fn envelope(to: &str, fate: &str, items: &[&str], id: &str) -> Value {
    json!({"kind": "sentry_envelope", "to": to, "fate": fate, "items": items, "event_id": id, "issue": "LOCAL-1"})
}

#[test]
fn the_same_fault_has_the_same_fingerprint() {
    let frames =
        |line: u32| json!([frame("src/cart.ts", "Cart.total", line), frame("src/main.ts", "checkout", line + 40)]);
    let pairs = [
        (
            "moved lines",
            fault("uncaught_error", "TypeError", "x", frames(3)),
            fault("uncaught_error", "TypeError", "x", frames(99)),
        ),
        (
            "ids and numbers in the message",
            fault(
                "uncaught_error",
                "Error",
                "order 17 of 6f9619ff-8b86-d011-b42d-00cf4fc964ff failed after 12ms",
                frames(3),
            ),
            fault(
                "uncaught_error",
                "Error",
                "order 4 of 0e984725-c51c-4bf4-9960-e1c80e27aba0 failed after 7ms",
                frames(3),
            ),
        ),
        (
            "far callers",
            fault(
                "uncaught_error",
                "Error",
                "x",
                json!([frame("a.ts", "a", 1), frame("b.ts", "b", 1), frame("c.ts", "c", 1)]),
            ),
            fault(
                "uncaught_error",
                "Error",
                "x",
                json!([frame("a.ts", "a", 1), frame("b.ts", "b", 1), frame("d.ts", "d", 1)]),
            ),
        ),
        (
            "depth of a recursion",
            fault(
                "uncaught_error",
                "RangeError",
                "x",
                json!([frame("a.ts", "a", 1), frame("a.ts", "a", 1), frame("b.ts", "b", 1)]),
            ),
            fault("uncaught_error", "RangeError", "x", json!([frame("a.ts", "a", 1), frame("b.ts", "b", 1)])),
        ),
        (
            "what an engine puts before a function's name",
            fault("uncaught_error", "Error", "x", json!([frame("a.ts", "async HTMLButtonElement.pay", 1)])),
            fault("uncaught_error", "Error", "x", json!([frame("a.ts", "pay", 1)])),
        ),
        (
            "builds that no map explains",
            fault(
                "uncaught_error",
                "Error",
                "x",
                json!([built("http://localhost:5173/assets/index-BX3kfa9c.js", "t")]),
            ),
            fault(
                "uncaught_error",
                "Error",
                "x",
                json!([built("http://localhost:4173/assets/index-DiwrgTda.js?v=2", "Qe")]),
            ),
        ),
        (
            "an address in the message",
            fault("console_error", "", "GET http://localhost:3000/a?x=1 failed", json!([])),
            fault("console_error", "", "GET http://localhost:4000/b failed", json!([])),
        ),
        (
            "ports",
            request("http_error", "POST", "http://localhost:3000/api/pay", 500),
            request("http_error", "post", "http://127.0.0.1:4000/api/pay", 500),
        ),
        (
            "ids and queries in a path",
            request(
                "http_error",
                "GET",
                "https://a.test/orders/17/items/6f9619ff-8b86-d011-b42d-00cf4fc964ff?page=1",
                404,
            ),
            request("http_error", "GET", "https://a.test/orders/4/items/0e984725-c51c-4bf4-9960-e1c80e27aba0", 404),
        ),
        (
            "hashes of assets",
            request("http_error", "GET", "https://a.test/_next/static/chunks/main-5f3a9c21.js", 404),
            request("http_error", "GET", "https://a.test/_next/static/chunks/main-77aa01ff.js", 404),
        ),
        (
            "the path that CSP blocked",
            csp("connect-src", "https://o1.ingest.sentry.io/api/1/"),
            csp("connect-src", "https://o1.ingest.sentry.io/api/2/"),
        ),
        (
            "ids and order of an envelope",
            envelope("http://127.0.0.1:8969/api/1/envelope/", "accepted", &["event", "session"], "a"),
            envelope("http://127.0.0.1:9999/api/7/envelope/", "accepted", &["session", "event", "event"], "b"),
        ),
    ];
    for (why, one, other) in pairs {
        assert_eq!(of(&one), of(&other), "{why}");
    }
}

#[test]
fn different_faults_have_different_fingerprints() {
    let frames = json!([frame("src/cart.ts", "total", 3)]);
    let base = fault("uncaught_error", "TypeError", "x is not a function", frames.clone());
    let pairs = [
        ("kind", base.clone(), fault("unhandled_rejection", "TypeError", "x is not a function", frames.clone())),
        ("class", base.clone(), fault("uncaught_error", "Error", "x is not a function", frames.clone())),
        ("message", base.clone(), fault("uncaught_error", "TypeError", "y is not a function", frames.clone())),
        (
            "file",
            base.clone(),
            fault("uncaught_error", "TypeError", "x is not a function", json!([frame("src/pay.ts", "total", 3)])),
        ),
        (
            "function",
            base.clone(),
            fault("uncaught_error", "TypeError", "x is not a function", json!([frame("src/cart.ts", "sum", 3)])),
        ),
        (
            "near caller",
            base.clone(),
            fault(
                "uncaught_error",
                "TypeError",
                "x is not a function",
                json!([frame("src/cart.ts", "total", 3), frame("src/main.ts", "pay", 3)]),
            ),
        ),
        (
            "method",
            request("http_error", "GET", "http://localhost/api", 500),
            request("http_error", "POST", "http://localhost/api", 500),
        ),
        (
            "status",
            request("http_error", "GET", "http://localhost/api", 500),
            request("http_error", "GET", "http://localhost/api", 404),
        ),
        (
            "path",
            request("http_error", "GET", "http://localhost/api/a", 500),
            request("http_error", "GET", "http://localhost/api/b", 500),
        ),
        (
            "version in a path",
            request("http_error", "GET", "http://localhost/v1/a", 500),
            request("http_error", "GET", "http://localhost/v2/a", 500),
        ),
        (
            "host",
            request("http_error", "GET", "https://a.test/api", 500),
            request("http_error", "GET", "https://b.test/api", 500),
        ),
        (
            "kind of failure",
            request("http_error", "GET", "https://a.test/api", 500),
            request("failed_request", "GET", "https://a.test/api", 500),
        ),
        ("directive", csp("connect-src", "https://a.test/"), csp("img-src", "https://a.test/")),
        ("blocked origin", csp("connect-src", "https://a.test/"), csp("connect-src", "https://b.test/")),
        ("blocked code", csp("script-src-elem", "inline"), csp("script-src-elem", "eval")),
        (
            "fate",
            envelope("http://127.0.0.1:8969/", "accepted", &["event"], "a"),
            envelope("http://127.0.0.1:8969/", "blocked_by_csp", &["event"], "a"),
        ),
        (
            "items",
            envelope("http://127.0.0.1:8969/", "accepted", &["event"], "a"),
            envelope("http://127.0.0.1:8969/", "accepted", &["session"], "a"),
        ),
        (
            "destination",
            envelope("https://o1.ingest.sentry.io/api/1/envelope/", "accepted", &["event"], "a"),
            envelope("http://localhost:3000/tunnel", "accepted", &["event"], "a"),
        ),
    ];
    for (why, one, other) in pairs {
        assert_ne!(of(&one), of(&other), "{why}");
    }
}

/// Fingerprints are kept in runs on disk and compared with those of later versions.
#[test]
fn fingerprints_do_not_change_from_version_to_version() {
    assert_eq!(
        of(&fault("uncaught_error", "TypeError", "x", json!([frame("src/cart.ts", "total", 3)]))),
        "0f128486bb39c7c5"
    );
}
