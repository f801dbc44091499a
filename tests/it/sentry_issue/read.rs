//! What the API says of an event and an issue, read into plain data: rich, poor, and wrong in every place.

use fixloop::{
    event::{Event, IssueStatus},
    sentry::api::{read_event, read_issue},
};
use serde_json::{Value, json};

use crate::support::sentry::acme;

#[test]
fn a_rich_event_is_read_whole() {
    let event = read_event(&acme::rich_event());
    assert_eq!(event.event_id, acme::EVENT_ID);
    assert_eq!((event.platform.as_str(), event.level.as_str()), ("javascript", "error"));
    assert_eq!((event.release.as_deref(), event.environment.as_deref()), (Some(acme::RELEASE), Some("production")));
    assert_eq!(event.transaction.as_deref(), Some("/checkout"));
    let types: Vec<&str> = event.exceptions.iter().filter_map(|it| it.ty.as_deref()).collect();
    assert_eq!(types, ["TypeError", "RangeError", "GatewayError", "CheckoutError"]);
    assert_eq!(event.exceptions.iter().map(|it| it.frames.len()).sum::<usize>(), 40);
    let crash = event.exceptions[3].frames.last().unwrap();
    assert_eq!((crash.lineno, crash.colno, crash.in_app), (Some(42), Some(13), Some(true)));
    assert_eq!(crash.abs_path.as_deref(), Some("https://shop.acme.example/src/checkout/pay.ts"));
    assert_eq!(crash.pre_context.len(), 2);
    assert_eq!(crash.context_line.as_deref(), Some("  return payUnsafe(total, cart.currency);"));
    assert_eq!(crash.post_context, ["}"]);
    assert_eq!(crash.vars["total"], "49.9");
    let mechanism = event.exceptions[3].mechanism.as_ref().unwrap();
    assert_eq!((mechanism.handled, mechanism.exception_id), (Some(false), Some(0)));
    assert_eq!(event.breadcrumbs.len(), 50);
    let threads: Vec<_> = event.threads.iter().map(|it| (it.name.as_deref(), it.crashed, it.frames.len())).collect();
    assert_eq!(threads, [(Some("main"), true, 0), (Some("price-worker"), false, 1)]);
    let user = event.user.as_ref().unwrap();
    assert_eq!(user.geo.as_deref(), Some("Utrecht, Netherlands, NL"));
    assert_eq!((user.name.as_deref(), &user.data["plan"]), (Some("Dana Fox"), &json!("gold")));
    let request = event.request.as_ref().unwrap();
    assert_eq!(request.query_string.as_deref(), Some("step=pay&token=tk-query-secret-1"));
    assert_eq!(request.headers.len(), 5);
    assert_eq!(event.extra["coupon"], "AUTUMN");
    assert_eq!(event.trace.as_ref().unwrap().trace_id, acme::TRACE_ID);
    assert_eq!(event.replay_id.as_deref(), Some(acme::REPLAY_ID));
    let processed = &event.processed;
    let errors: Vec<_> = processed.errors.iter().map(|it| (it.kind.as_str(), it.about.as_deref())).collect();
    assert_eq!(
        errors,
        [
            ("js_invalid_source", Some("https://shop.acme.example/assets/vendor-77aa.js")),
            ("invalid_data", Some("extra.when, expected a date"))
        ]
    );
    assert_eq!(processed.notices, ["update sentry.javascript.react to 9.4.0"]);
    assert_eq!((processed.next.as_deref(), processed.previous.as_deref()), (None, Some(acme::OLDEST_EVENT_ID)));
    assert_eq!(processed.received, Some(expect_received()));
    let release = processed.release.as_ref().unwrap();
    assert_eq!((release.version.as_str(), release.commits, release.deploys), (acme::RELEASE, Some(2), Some(1)));
    assert_eq!(release.last_commit.as_ref().unwrap().1, "Charge in minor units");
}

fn expect_received() -> f64 {
    "2026-11-20T09:15:43.004Z".parse::<jiff::Timestamp>().unwrap().as_duration().as_secs_f64()
}

#[test]
fn the_poorest_event_is_read() {
    let event = read_event(&acme::poorest_event());
    assert_eq!(event.event_id, acme::OLDEST_EVENT_ID);
    assert!(event.exceptions.is_empty() && event.threads.is_empty() && event.message.is_none(), "{event:?}");
    assert_eq!(read_event(&json!(null)), Event { level: "error".into(), platform: "other".into(), ..Event::default() });
    let titled = read_event(&json!({"id": "7", "title": "Cart is empty"}));
    assert_eq!((titled.event_id.as_str(), titled.message.as_deref()), ("7", Some("Cart is empty")));
}

/// Other interfaces, and the other spelling of names.
#[test]
fn every_kind_of_entry_is_read() {
    let event = read_event(
        &json!({"eventID": "1", "platform": "python", "type": "csp", "tags": [{"key": "server_name", "value": "web-1"}],
        "entries": [
            {"type": "message", "data": {"message": "hello %s", "params": ["you"]}},
            {"type": "csp", "data": {"effective_directive": "img-src", "blocked_uri": "http://ads.example/x.png", "document_uri": "http://shop.example/"}},
            {"type": "stacktrace", "data": {"frames": [{"filename": "a.py", "lineno": 3, "in_app": true}], "framesOmitted": [1, 31]}},
            {"type": "debugmeta", "data": {"images": [{"type": "sourcemap", "codeFile": "http://x/a.js", "debugId": "d"}]}},
            {"type": "spans", "data": [1]}, {"type": null, "data": 7}, 5]}),
    );
    assert_eq!((event.message.as_deref(), event.formatted.as_deref()), (Some("hello %s"), Some("hello you")));
    assert_eq!((event.csp_directive().as_str(), event.csp_blocked().as_str()), ("img-src", "ads.example"));
    assert_eq!((event.frames.len(), event.frames[0].lineno, event.omitted), (1, Some(3), 30));
    assert_eq!(event.debug_images.len(), 1);
    assert_eq!(event.server_name.as_deref(), Some("web-1"));
}

#[test]
fn frames_that_sentry_has_mapped_say_where_they_were() {
    let frame =
        |path: &str, line: u32| json!({"absPath": path, "filename": path, "lineNo": line, "colNo": 9, "function": "a"});
    let event = read_event(&json!({"entries": [{"type": "exception", "data": {"values": [{"type": "E", "value": "v",
        "stacktrace": {"frames": [frame("app:///src/x.ts", 4), frame("http://x/lib.js", 1)]},
        "rawStacktrace": {"frames": [frame("http://x/app.js", 1), frame("http://x/lib.js", 1)]}}]}}]}));
    let generated: Vec<_> =
        event.exceptions[0].frames.iter().map(|it| it.generated.as_ref().map(|it| it.abs_path.as_str())).collect();
    assert_eq!(generated, [Some("http://x/app.js"), None]);
}

#[test]
fn what_is_too_long_is_counted() {
    let event = read_event(&acme::huge_event());
    assert_eq!((event.exceptions[0].frames.len(), event.exceptions[0].omitted), (250, 750));
}

#[test]
fn what_sentry_cut_is_named() {
    let event = read_event(
        &json!({"_meta": {"entries": {"0": {"data": {"values": {"0": {"value": {"": {"len": 9000, "rem": [["!limit", "s"]]}}}}}}},
        "user": {"email": {"": {"rem": [["@email", "x"]]}}}, "tags": {"": {"rem": []}}, "message": null}}),
    );
    assert_eq!(event.processed.scrubbed, ["entries.0.data.values.0.value", "user.email"]);
}

#[test]
fn an_issue_is_read_with_what_only_a_tracker_knows() {
    let (issue, tracked) = read_issue(&acme::issue());
    assert_eq!(
        (issue.id.as_str(), issue.status, issue.count, issue.users),
        (acme::SHORT_ID, IssueStatus::Regressed, 1312, 284)
    );
    assert_eq!((tracked.number.as_str(), tracked.substatus.as_deref()), (acme::ISSUE_ID, Some("regressed")));
    assert_eq!((tracked.priority.as_deref(), tracked.assigned.as_deref()), (Some("high"), Some("team checkout")));
    assert_eq!(tracked.first_release.as_deref(), Some("frontend@2.1.0"));
    assert_eq!(tracked.tickets, [("ACME-77".to_owned(), "https://tickets.acme.example/ACME-77".to_owned())]);
    let done: Vec<_> =
        tracked.activity.iter().map(|it| (it.kind.as_str(), it.by.as_deref(), it.says.as_deref())).collect();
    assert_eq!(done[0], ("note", Some("Robin Vale"), Some("Seen on the canary too.")));
    assert_eq!(done.len(), 4);
    assert!(tracked.missing.is_empty(), "{:?}", tracked.missing);

    let (issue, tracked) = read_issue(&acme::poorest_issue());
    assert_eq!((issue.count, issue.status), (0, IssueStatus::Unresolved));
    assert_eq!(tracked.missing, ["first seen", "last seen", "level", "number of events", "number of users"]);

    for (details, words) in [
        (json!({"inRelease": "1.2"}), vec!["in release 1.2"]),
        (json!({"inNextRelease": true}), vec!["in the next release"]),
        (json!({"inCommit": {"id": "abc"}}), vec!["in commit abc"]),
        (json!({"ignoreCount": 5, "ignoreWindow": 60}), vec!["until 5 more events", "within 60 minutes"]),
        (
            json!({"ignoreUntil": "2026-01-01T00:00:00Z", "actor": {"name": "Robin"}}),
            vec!["until 2026-01-01T00:00:00Z", "by Robin"],
        ),
        (json!(null), vec![]),
    ] {
        assert_eq!(read_issue(&json!({"statusDetails": details})).1.status_details, words);
    }
}

/// Every value of the rich answers replaced by a wrong one, and taken out: nothing fails, and the rest is still read.
#[test]
fn wrong_values_anywhere_do_no_harm() {
    for whole in [acme::rich_event(), acme::issue()] {
        let mut places = Vec::new();
        pointers(&whole, String::new(), &mut places);
        assert!(places.len() > 100, "{}", places.len());
        for place in places.iter().step_by(7) {
            for wrong in [json!(null), json!([[]]), json!({"x": []}), json!(-1.5), json!("\u{202e}")] {
                let mut broken = whole.clone();
                *broken.pointer_mut(place).unwrap() = wrong;
                read_event(&broken);
                read_issue(&broken);
            }
        }
    }
}

fn pointers(value: &Value, place: String, out: &mut Vec<String>) {
    match value {
        Value::Array(list) => {
            list.iter().enumerate().for_each(|(at, below)| pointers(below, format!("{place}/{at}"), out));
        }
        Value::Object(map) => map.iter().for_each(|(key, below)| {
            pointers(below, format!("{place}/{}", key.replace('~', "~0").replace('/', "~1")), out);
        }),
        _ => {}
    }
    out.push(place);
}
