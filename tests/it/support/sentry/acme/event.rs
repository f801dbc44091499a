//! Events of FRONTEND-4K.

use serde_json::{Value, json};

use super::{EVENT_ID, ISSUE_ID, OLDEST_EVENT_ID, PROJECT_ID, RELEASE, REPLAY_ID, TRACE_ID, frame};

/// An event with all that events have: 40 frames, an error with 3 causes, 50 breadcrumbs, threads, request, user, tags,
/// contexts, replay, trace, processing errors, SDK notices.
pub fn rich_event() -> Value {
    json!({
        "id": EVENT_ID, "eventID": EVENT_ID, "groupID": ISSUE_ID, "projectID": PROJECT_ID, "projectSlug": "frontend",
        "size": 48213, "dist": "web", "platform": "javascript", "type": "error",
        "message": "", "title": "CheckoutError: Payment of cart 8812 failed", "location": "src/checkout/pay.ts",
        "culprit": "pay(src/checkout/pay)", "dateCreated": "2026-11-20T09:15:42.120Z",
        "dateReceived": "2026-11-20T09:15:43.004Z", "crashFile": null, "packages": {}, "occurrence": null,
        "metadata": {"type": "CheckoutError", "value": "Payment of cart 8812 failed", "filename": "src/checkout/pay.ts", "function": "pay"},
        "user": {"id": "u-1017", "email": "dana@customer.example", "username": "dana", "ip_address": "203.0.113.7",
                 "name": "Dana Fox", "geo": {"country_code": "NL", "city": "Utrecht", "region": "Netherlands"}, "data": {"plan": "gold"}},
        "tags": tags(), "contexts": contexts(), "context": {"cart_size": 3, "coupon": "AUTUMN"},
        "sdk": {"name": "sentry.javascript.react", "version": "9.1.0"},
        "errors": [
            {"type": "js_invalid_source", "message": "Source file was not found", "data": {"url": "https://shop.acme.example/assets/vendor-77aa.js"}},
            {"type": "invalid_data", "message": "Discarded invalid value", "data": {"name": "extra.when", "reason": "expected a date"}},
        ],
        "_meta": {"entries": {}, "message": null, "user": null, "contexts": null, "tags": {}},
        "entries": [
            {"type": "exception", "data": {"values": exceptions(), "excOmitted": null, "hasSystemFrames": true}},
            {"type": "threads", "data": {"values": threads()}},
            {"type": "breadcrumbs", "data": {"values": breadcrumbs(50)}},
            {"type": "request", "data": request()},
        ],
        "fingerprints": ["5d1c0a1e7f0b4c0f9c1b2a3d4e5f6071"], "groupingConfig": {"id": "newstyle:2026-01-20", "enhancements": "none"},
        "release": {"id": 501, "version": RELEASE, "shortVersion": "2.4.1", "dateCreated": "2026-11-20T08:00:00Z",
            "dateReleased": "2026-11-20T08:05:00Z", "ref": null, "url": null, "status": "open", "data": {}, "commitCount": 2, "deployCount": 1,
            "userAgent": null, "versionInfo": {"package": "frontend", "version": {"raw": "2.4.1"}, "description": "2.4.1", "buildHash": null},
            "lastCommit": {"id": "9fceb02d0ae598e95dc970b74767f19372d61af8", "message": "Charge in minor units", "dateCreated": "2026-11-20T07:51:00Z"},
            "lastDeploy": {"id": "71", "environment": "production", "dateFinished": "2026-11-20T08:10:00Z", "name": "canary", "url": null, "dateStarted": null}},
        "userReport": null, "nextEventID": null, "previousEventID": OLDEST_EVENT_ID, "resolvedWith": [],
        "sdkUpdates": [{"type": "updateSdk", "sdkName": "sentry.javascript.react", "newSdkVersion": "9.4.0", "sdkUrl": null, "enables": []}],
    })
}

/// The least that is legal.
pub fn poorest_event() -> Value {
    json!({
        "id": OLDEST_EVENT_ID, "eventID": OLDEST_EVENT_ID, "groupID": null, "projectID": PROJECT_ID, "message": null, "title": "<unlabeled event>",
        "location": null, "user": null, "tags": [], "platform": "other", "dateReceived": null, "contexts": null,
        "size": null, "entries": [], "dist": null, "sdk": null, "context": null, "packages": {}, "type": "default",
        "metadata": {}, "errors": [], "occurrence": null, "_meta": {}, "sdkUpdates": [], "release": null,
        "userReport": null, "resolvedWith": [], "nextEventID": null, "previousEventID": null,
    })
}

/// The rich event with 1,000 different frames and a message of 50 kB.
pub fn huge_event() -> Value {
    let mut event = rich_event();
    let message = format!("Out of stock: {}", "sku-0042 ".repeat(50_000 / 9));
    let frames: Vec<Value> = (0..1000)
        .map(|n| frame(&format!("step{n}"), &format!("src/deep/part{}.ts", n % 97), 10 + n, n % 2 == 0))
        .collect();
    event["entries"][0]["data"]["values"] = json!([{
        "type": "StockError", "value": message, "module": null, "threadId": null, "mechanism": null, "rawStacktrace": null,
        "stacktrace": {"frames": frames, "framesOmitted": null, "registers": null, "hasSystemFrames": true},
    }]);
    event["message"] = json!(message);
    event["title"] = json!("StockError: Out of stock");
    event["metadata"]["value"] = json!(message);
    event
}

fn tags() -> Value {
    let tags = [
        ("browser", "Firefox 141.0"),
        ("browser.name", "Firefox"),
        ("environment", "production"),
        ("handled", "no"),
        ("level", "error"),
        ("mechanism", "onunhandledrejection"),
        ("os.name", "Linux"),
        ("release", RELEASE),
        ("replayId", REPLAY_ID),
        ("tenant", "north"),
        ("transaction", "/checkout"),
        ("url", "https://shop.acme.example/checkout?step=pay"),
        ("user", "id:u-1017"),
    ];
    tags.iter().map(|(key, value)| json!({"key": key, "value": value})).collect()
}

fn contexts() -> Value {
    json!({
        "browser": {"type": "browser", "name": "Firefox", "version": "141.0"},
        "os": {"type": "os", "name": "Linux", "version": "6.8"},
        "replay": {"type": "replay", "replay_id": REPLAY_ID},
        "trace": {"type": "trace", "trace_id": TRACE_ID, "span_id": "b0b0000000000001", "parent_span_id": null, "op": "pageload", "status": "unknown"},
        "cart": {"type": "default", "id": 8812, "items": 3, "total": {"amount": 4990, "currency": "EUR"}},
    })
}

/// An error and its 3 causes, 40 frames in all; innermost cause first, as Sentry stores them.
fn exceptions() -> Vec<Value> {
    let causes = [
        (
            "TypeError",
            "Cannot read properties of undefined (reading 'currency')",
            "formatAmount",
            "src/money/format.ts",
            5,
        ),
        ("RangeError", "amount 49.9 is no integer", "toMinorUnits", "src/money/units.ts", 5),
        ("GatewayError", "charge refused: invalid_amount", "charge", "src/checkout/gateway.ts", 10),
        ("CheckoutError", "Payment of cart 8812 failed", "pay", "src/checkout/pay.ts", 20),
    ];
    let one = |(at, (ty, value, function, file, frames)): (usize, &(&str, &str, &str, &str, u64))| {
        json!({
            "type": ty, "value": value, "module": null, "threadId": 1,
            "mechanism": {"type": if at == 3 { "onunhandledrejection" } else { "chained" }, "handled": at != 3, "exception_id": 3 - at,
                          "parent_id": if at == 3 { Value::Null } else { json!(2 - at as i64) }, "source": if at == 3 { Value::Null } else { json!("cause") }},
            "stacktrace": {"frames": frames_of(function, file, *frames), "framesOmitted": null, "registers": null, "hasSystemFrames": true},
            "rawStacktrace": null,
        })
    };
    causes.iter().enumerate().map(one).collect()
}

/// Library frames, then the app's own, the crash last.
fn frames_of(function: &str, file: &str, count: u64) -> Vec<Value> {
    let library = count / 2;
    let mut frames: Vec<Value> =
        (0..library).map(|n| frame(&format!("work{n}"), "node_modules/scheduler/index.js", 100 + n, false)).collect();
    frames.extend((library..count - 1).map(|n| frame(&format!("onStep{n}"), "src/app/steps.tsx", 20 + n, true)));
    let mut crash = frame(function, file, 42, true);
    crash["context"] = json!([
        [40, format!("export function {function}(cart: Cart) {{")],
        [41, "  const total = sum(cart.items);"],
        [42, format!("  return {function}Unsafe(total, cart.currency);")],
        [43, "}"],
    ]);
    crash["vars"] = json!({"cart": {"id": 8812, "currency": null}, "total": "49.9"});
    frames.push(crash);
    frames
}

fn threads() -> Value {
    json!([
        {"id": 1, "name": "main", "current": true, "crashed": true, "state": "RUNNABLE", "stacktrace": null, "rawStacktrace": null, "heldLocks": null},
        {"id": 2, "name": "price-worker", "current": false, "crashed": false, "state": "WAITING", "rawStacktrace": null, "heldLocks": null,
         "stacktrace": {"frames": [frame("loop", "src/worker/prices.ts", 7, true)], "framesOmitted": null, "registers": null, "hasSystemFrames": false}},
    ])
}

/// Breadcrumbs, oldest first; the last five are the story of the fault.
fn breadcrumbs(count: u64) -> Vec<Value> {
    let early = (0..count - 5).map(|n| {
        json!({"type": "default", "category": "ui.input", "level": "info", "message": format!("input#qty-{n}"), "event_id": null,
               "timestamp": format!("2026-11-20T09:14:{:02}.000Z", n % 60), "data": null})
    });
    let story = [
        json!({"type": "navigation", "category": "navigation", "level": "info", "message": null, "event_id": null,
               "timestamp": "2026-11-20T09:15:30.000Z", "data": {"from": "/cart", "to": "/checkout?step=pay"}}),
        json!({"type": "default", "category": "ui.click", "level": "info", "message": "button#pay-now", "event_id": null,
               "timestamp": "2026-11-20T09:15:40.000Z", "data": null}),
        json!({"type": "http", "category": "fetch", "level": "error", "message": null, "event_id": null,
               "timestamp": "2026-11-20T09:15:41.500Z",
               "data": {"method": "POST", "url": "https://api.acme.example/charge", "status_code": 422}}),
        json!({"type": "debug", "category": "console", "level": "warning", "message": "amount is not in minor units", "event_id": null,
               "timestamp": "2026-11-20T09:15:41.900Z", "data": {"logger": "console"}}),
        json!({"type": "error", "category": "exception", "level": "error", "message": "GatewayError: charge refused", "event_id": null,
               "timestamp": "2026-11-20T09:15:42.000Z", "data": null}),
    ];
    early.chain(story).collect()
}

fn request() -> Value {
    json!({
        "method": "GET", "url": "https://shop.acme.example/checkout", "query": [["step", "pay"], ["token", "tk-query-secret-1"]],
        "fragment": "pay", "data": null, "cookies": [["sid", "cookie-secret-1"]], "env": null, "inferredContentType": null,
        "headers": [["Accept-Language", "nl"], ["Authorization", "Bearer header-secret-1"], ["Cookie", "sid=cookie-secret-1"],
                    ["Referer", "https://shop.acme.example/cart"], ["User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Firefox/141.0"]],
        "apiTarget": null,
    })
}
