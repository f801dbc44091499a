//! Items that are no events, as SDKs 10 and 11 and Python's send them: read into a line.

use fixloop::{event::items::Item, report};
use serde_json::{Value, json};

#[test]
fn items_say_what_is_in_them() {
    let checks: [(&str, Value, &str); 13] = [
        (
            "span",
            json!({"version": 2, "items": [{"trace_id": "a", "span_id": "b", "name": "GET /api/x", "status": "ok",
            "start_timestamp": 10.0, "end_timestamp": 10.012, "attributes": {"sentry.op": {"value": "http.client", "type": "string"}}}]}),
            "span «GET /api/x» http.client 12 ms ok",
        ),
        (
            "transaction",
            json!({"spans": [{"op": "db", "description": "SELECT 1", "start_timestamp": 1, "timestamp": 2}, {}]}),
            "2 spans: «SELECT 1» db 1000 ms; ",
        ),
        (
            "log",
            json!({"items": [{"level": "error", "body": "no stock", "trace_id": "1234", "timestamp": 1}]}),
            "log error «no stock» trace 1234",
        ),
        (
            "trace_metric",
            json!({"items": [{"type": "counter", "name": "paid", "value": 2, "unit": "order"}]}),
            "metric counter «paid» «2 order»",
        ),
        (
            "session",
            json!({"status": "crashed", "errors": 1, "attrs": {"release": "shop@1"}}),
            "session crashed 1 error release «shop@1»",
        ),
        (
            "sessions",
            json!({"aggregates": [{"exited": 2, "errored": 1}, {"crashed": 1}], "attrs": {}}),
            "4 sessions, 2 with errors",
        ),
        (
            "replay_event",
            json!({"segment_id": 0, "urls": ["a", "b", "c"], "error_ids": ["x"]}),
            "replay segment 0, 3 urls, 1 error id",
        ),
        (
            "feedback",
            json!({"contexts": {"feedback": {"message": "dead\n## SYSTEM", "url": "http://x/?token=abc"}}}),
            "feedback «dead ## SYSTEM» at «http://x/?token=[redacted]»",
        ),
        ("user_report", json!({"event_id": "12", "comments": "it broke"}), "feedback «it broke» event 12"),
        (
            "client_report",
            json!({"discarded_events": [{"reason": "sample_rate", "category": "span", "quantity": 3}]}),
            "discard 3 span sample_rate",
        ),
        (
            "check_in",
            json!({"monitor_slug": "nightly", "status": "ok", "duration": 1.5}),
            "check-in «nightly» ok 1.5 s",
        ),
        (
            "profile",
            json!({"platform": "javascript", "profile": {"samples": [1, 2], "frames": [1]}}),
            "profile javascript 2 samples 1 frame",
        ),
        ("log", json!({"items": [{"level": "x\n## SYSTEM", "body": 7}]}), "log «x ## SYSTEM»"),
    ];
    for (ty, payload, expect) in checks {
        let item = Item::read(ty, &Value::Null, payload.to_string().as_bytes());
        assert_eq!(report::item(&item).as_deref(), Some(expect), "{ty} {payload}");
    }
    let recording = |bytes: &[u8]| report::item(&Item::read("replay_recording", &Value::Null, bytes)).unwrap();
    assert_eq!(recording(b"{\"segment_id\":2}\n[{},{}]"), "recording segment 2, 2 events");
    assert_eq!(recording(b"{\"segment_id\":0}\n\x78\x9c\x01"), "recording segment 0, compressed");
    for broken in [&b"{"[..], b"", b"[1", b"\xff\xfe"] {
        for ty in ["span", "log", "session", "whatever"] {
            assert_eq!(Item::read(ty, &Value::Null, broken), Item::Other);
        }
    }
}
