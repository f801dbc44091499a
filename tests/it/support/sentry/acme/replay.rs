//! The replay of the rich event: two segments around the fault at 09:15:42.

use serde_json::{Value, json};

use super::{EVENT_ID, O, ORG, P, PROJECT_ID, RELEASE, REPLAY_ID, Sentry, TRACE_ID, org, page};

/// Seconds of 2026-11-20T09:15:00Z.
const START: f64 = 1_795_166_100.0;

/// The replay without its `data` envelope.
pub fn replay() -> Value {
    json!({
        "id": REPLAY_ID, "project_id": PROJECT_ID, "trace_ids": [TRACE_ID], "error_ids": [EVENT_ID], "environment": "production",
        "tags": {"tenant": ["north"]}, "user": {"id": "u-1017", "display_name": "dana", "email": "dana@customer.example", "username": "dana", "ip": "203.0.113.7"},
        "sdk": {"name": "sentry.javascript.react", "version": "9.1.0"}, "os": {"name": "Linux", "version": "6.8"},
        "browser": {"name": "Firefox", "version": "141.0"}, "device": {"name": null, "brand": null, "model": null, "family": null},
        "is_archived": false, "urls": ["https://shop.acme.example/cart", "https://shop.acme.example/checkout?step=pay"], "segment_names": null,
        "clicks": [], "count_dead_clicks": 1, "count_rage_clicks": 0, "count_errors": 1, "count_warnings": 0, "count_infos": 0,
        "duration": 45, "started_at": "2026-11-20T09:15:00Z", "finished_at": "2026-11-20T09:15:45Z", "activity": 4, "count_urls": 2,
        "replay_type": "session", "count_segments": 2, "platform": "javascript", "releases": [RELEASE], "dist": "web", "has_viewed": false,
    })
}

/// Its recording: one list of rrweb events per segment.
pub fn segments() -> Value {
    let tagged = |at: f64, tag: &str, payload: Value| json!({"type": 5, "timestamp": (START + at) * 1000.0, "data": {"tag": tag, "payload": payload}});
    let crumb = |at: f64, category: &str, message: &str, data: Value| {
        tagged(
            at,
            "breadcrumb",
            json!({"timestamp": START + at, "type": "default", "category": category, "level": "info", "message": message, "data": data}),
        )
    };
    let span = |at: f64, op: &str, description: &str, data: Value| {
        tagged(
            at,
            "performanceSpan",
            json!({"op": op, "description": description, "startTimestamp": START + at, "endTimestamp": START + at + 0.3, "data": data}),
        )
    };
    json!([
        [
            {"type": 4, "timestamp": START * 1000.0, "data": {"href": "https://shop.acme.example/cart", "width": 1280, "height": 720}},
            span(0.1, "navigation.navigate", "https://shop.acme.example/cart", json!({"size": 9538, "duration": 700})),
            crumb(12.0, "ui.click", "button#to-checkout", json!({"nodeId": 7})),
            crumb(30.0, "navigation", "", json!({"from": "/cart", "to": "/checkout?step=pay"})),
        ],
        [
            {"type": 3, "timestamp": (START + 38.0) * 1000.0, "data": {"source": 2, "type": 2, "id": 9, "x": 400, "y": 300}},
            crumb(40.0, "ui.click", "button#pay-now", json!({"nodeId": 9})),
            span(41.5, "resource.fetch", "https://api.acme.example/charge", json!({"method": "POST", "statusCode": 422, "requestBodySize": 18, "responseBodySize": 44})),
            crumb(41.9, "console", "amount is not in minor units", json!({"logger": "console"})),
            crumb(44.0, "ui.slowClickDetected", "button#pay-now", json!({"endReason": "timeout", "timeAfterClickMs": 3000, "clickCount": 1})),
        ],
    ])
}

pub(super) fn install(sentry: &Sentry) {
    let _ = ORG;
    sentry.on("GET", &format!("{O}/replays/"), page(json!({"data": [replay()]})));
    org(sentry, "/replays/{replay_id}/", json!({"data": replay()}));
    sentry.on("GET", &format!("{P}/replays/{{replay_id}}/recording-segments/"), page(segments()));
    org(sentry, "/replay-count/", json!({super::ISSUE_ID: 1}));
}
