//! Messages are grouped without ids, numbers and dates.

use fixloop::event::{Event, grouping::group};
use serde_json::json;

fn normal(message: &str) -> String {
    let why = group(&Event::from_value(&json!({ "message": message }))).why;
    why[0].strip_prefix("message: ").unwrap_or_default().to_owned()
}

#[test]
fn values_that_change_are_replaced() {
    for (message, expected) in [
        ("Order 4711 failed after 12.5 tries", "Order <int> failed after <float> tries"),
        ("Order -3 is negative", "Order <int> is negative"),
        ("user eve@example.com not found", "user <email> not found"),
        ("GET https://shop.example/a?b=1 gave 500", "GET <url> gave <int>"),
        ("cannot reach db.internal.example.com", "cannot reach <hostname>"),
        ("peer 10.0.0.12:443 and 2001:db8::8a2e:370:7334 left", "peer <ip>:<int> and <ip> left"),
        ("::1 refused, fe80::1 too", "<ip> refused, <ip> too"),
        ("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01 lost", "<traceparent> lost"),
        ("id 6e2d1f0a-1234-4321-abcd-0123456789ab", "id <uuid>"),
        ("commit da39a3ee5e6b4b0d3255bfef95601890afd80709", "commit <sha1>"),
        ("etag d41d8cd98f00b204e9800998ecf8427e", "etag <md5>"),
        ("at 2026-11-22T13:00:01.123Z it broke", "at <date> it broke"),
        ("on 2026-11-22 it broke", "on <date> it broke"),
        ("on Nov 22, 2026 it broke", "on <date> it broke"),
        ("Sun, 22 Nov 2026 13:00:01 GMT: broke", "<date>: broke"),
        ("took 12ms, then 1.5s", "took <duration>, then <duration>"),
        ("at 0x7fff12 in deadbeef1234", "at <hex> in <hex>"),
        ("rev 1a2b3c4 is bad", "rev <git_sha> is bad"),
        ("timeout=true name='Eve' city=\"Rome\"", "timeout=<bool> name=<quoted_str> city=<quoted_str>"),
        // What only looks like a value is kept.
        ("Cannot read properties of undefined (reading 'map')", "Cannot read properties of undefined (reading 'map')"),
        ("Class::method and Dead::beefy failed", "Class::method and Dead::beefy failed"),
        ("the defaced facade", "the defaced facade"),
        ("true story 'quoted'", "true story 'quoted'"),
        ("v2ray x86", "v2ray x86"),
        ("12345678901 and 1234567.5 and 12345678.5", "<int> and <float> and <float>"),
        // Two lines at most, blank ones dropped.
        ("\n\n first \n\n second\nthird", "first \n second..."),
    ] {
        assert_eq!(normal(message), expected, "{message}");
    }
}

#[test]
fn a_huge_message_takes_no_longer_than_its_length() {
    for body in
        ["a.".repeat(50_000), "1:".repeat(50_000), "=\"".repeat(50_000), "é@".repeat(50_000), "f".repeat(100_000)]
    {
        let event = Event::from_value(&json!({ "message": body }));
        assert_eq!(group(&event), group(&event.clone()));
    }
}
