//! What arrives, and what of the request goes along.

use fixloop::event::ForwardState;
use serde_json::{Value, json};

use super::support::{ENVELOPE, KEY, counts, dsn, envelope, fate, forwarding, ids, start_to, taking};
use crate::sink::support::{self as local, error, id, port, post, request, send, start_with};

#[tokio::test]
async fn the_bytes_arrive_as_they_came_with_the_key_of_the_receiver() {
    let (server, state) = (taking().await, tempfile::tempdir().unwrap());
    let sink = start_to(&server, state.path()).await;
    let raw = local::envelope(&error(1, "TypeError", "x is undefined"));
    let path = format!("/api/1/envelope/?sentry_key={}&sentry_version=7", local::KEY);
    let headers = [
        ("User-Agent", "Mozilla/5.0 test"),
        ("Origin", "http://localhost:3000"),
        ("Cookie", "sid=secret-of-the-app"),
        ("Referer", "http://localhost:3000/cart?token=secret-of-the-page"),
        ("X-Forwarded-For", "203.0.113.7, 10.0.0.1"),
    ];
    assert_eq!(request(port(&sink), "POST", &path, &headers, &raw).await.status, 200);
    let got = server.wait_for(1).await.remove(0);
    assert_eq!((got.path.as_str(), got.body == raw), ("/api/42/envelope/", true), "{}", got.raw());
    let auth = got.header("x-sentry-auth").unwrap();
    assert!(auth.starts_with("Sentry sentry_version=7, sentry_client=fixloop/"), "{auth}");
    assert!(auth.ends_with(&format!("sentry_key={KEY}")), "{auth}");
    let along: Vec<_> =
        ["user-agent", "origin", "x-sentry-forwarded-for", "content-type"].map(|name| got.header(name)).into();
    let expect = ["Mozilla/5.0 test", "http://localhost:3000", "203.0.113.7", "application/x-sentry-envelope"];
    assert_eq!(along, expect.map(Some));
    for never in ["secret-of-the-app", "secret-of-the-page", local::KEY] {
        assert!(!got.raw().contains(never), "{never} was sent along: {}", got.raw());
    }
    let sent = fate(&sink, &id(1), ForwardState::Sent).await;
    assert_eq!(sent.to, format!("http://fedc…@127.0.0.1:{}/42", server.port()));
    // An SDK that got no answer sends again, and Spotlight's copy is a copy.
    assert_eq!(request(port(&sink), "POST", &path, &headers, &raw).await.status, 200);
    assert_eq!(post(&sink, "/stream", &raw).await.status, 200);
    send(&sink, &error(2, "TypeError", "the next one")).await;
    fate(&sink, &id(2), ForwardState::Sent).await;
    assert_eq!(ids(&server), [id(1), id(2)]);
    sink.stop().await;
}

#[tokio::test]
async fn an_event_that_came_by_spotlight_first_is_passed_on_by_its_dsn_only() {
    let (server, state) = (taking().await, tempfile::tempdir().unwrap());
    let sink = start_to(&server, state.path()).await;
    let raw = local::envelope(&error(1, "TypeError", "x is undefined"));
    assert_eq!(post(&sink, "/stream", &raw).await.status, 200);
    assert!(sink.forwarded(&id(1)).await.unwrap().is_empty());
    send(&sink, &error(1, "TypeError", "x is undefined")).await;
    fate(&sink, &id(1), ForwardState::Sent).await;
    assert_eq!(ids(&server), [id(1)]);
    sink.stop().await;
}

/// Each row: what is posted where, and the envelope header and item headers that arrive.
#[tokio::test]
async fn only_the_envelope_header_is_made_to_fit() {
    let (server, state) = (taking().await, tempfile::tempdir().unwrap());
    let sink = start_to(&server, state.path()).await;
    let ours = sink.dsn().unwrap();
    let theirs = dsn(server.port(), 42);
    let key = format!("?sentry_key={}", local::KEY);
    let event = json!({"message": "hello"});
    let zlib = {
        let mut packer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut packer, br#"{"event_id":"00000000000000000000000000000004","message":"old"}"#)
            .unwrap();
        packer.finish().unwrap()
    };
    let base64 = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, zlib);
    let rows: Vec<(&str, String, &str, Vec<Value>)> = vec![
        // The DSN of the envelope must be the receiver's; what we do not know stays.
        (
            "/api/1/envelope/",
            format!("{}\n{}\n{event}", json!({"event_id": id(1), "dsn": ours, "x": [1.5]}), json!({"type": "event"})),
            "",
            vec![json!({"event_id": id(1), "dsn": theirs, "x": [1.5]}), json!({"type": "event"}), event.clone()],
        ),
        // An envelope whose id we made up has it there, too: below it is filled in.
        (
            "/api/1/envelope/",
            format!("{{}}\n{}\n{event}\n", json!({"type": "event"})),
            &key,
            vec![json!({"event_id": "made up"}), json!({"type": "event"}), event.clone()],
        ),
        // No event, no id.
        (
            "/api/1/envelope/",
            format!("{{}}\n{}\n{}", json!({"type": "client_report"}), json!({"discarded_events": []})),
            &key,
            vec![json!({}), json!({"type": "client_report"}), json!({"discarded_events": []})],
        ),
        // A legacy event becomes an envelope.
        (
            "/api/1/store/",
            base64,
            &key,
            vec![
                json!({"event_id": id(4)}),
                json!({"type": "event", "length": 63}),
                json!({"event_id": id(4), "message": "old"}),
            ],
        ),
    ];
    for (number, (path, body, query, expect)) in rows.into_iter().enumerate() {
        let answer = post(&sink, &format!("{path}{query}"), body.as_bytes()).await;
        assert_eq!(answer.status, 200, "{body}");
        let got = server.wait_for(number + 1).await.remove(number);
        let bytes = envelope(&got);
        let mut lines: Vec<Value> = bytes
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty())
            .map(|line| serde_json::from_slice(line).unwrap())
            .collect();
        if expect[0]["event_id"] == "made up" {
            assert_eq!(lines[0]["event_id"], answer.json()["id"]);
            lines[0]["event_id"] = json!("made up");
        }
        assert_eq!(lines, expect);
    }
    sink.stop().await;
}

#[tokio::test]
async fn a_security_report_goes_as_the_report_that_it_was() {
    let (server, state) = (taking().await, tempfile::tempdir().unwrap());
    let sink = start_to(&server, state.path()).await;
    let report = json!({"csp-report": {"document-uri": "http://localhost/", "violated-directive": "img-src", "blocked-uri": "http://bad/"}});
    let path = format!("/api/1/security/?sentry_key={}&sentry_release=1.2", local::KEY);
    let headers = [("Content-Type", "application/csp-report")];
    assert_eq!(request(port(&sink), "POST", &path, &headers, report.to_string().as_bytes()).await.status, 200);
    let got = server.wait_for(1).await.remove(0);
    let bytes = envelope(&got);
    let lines: Vec<Value> =
        bytes.split(|byte| *byte == b'\n').map(|line| serde_json::from_slice(line).unwrap()).collect();
    assert_eq!(lines[1]["type"], "raw_security");
    assert_eq!(lines[1]["sentry_release"], "1.2");
    assert_eq!(lines[2], report);
    fate(&sink, lines[0]["event_id"].as_str().unwrap(), ForwardState::Sent).await;
    sink.stop().await;
}

#[tokio::test]
async fn large_and_binary_envelopes_arrive_whole_and_packed() {
    let (server, state) = (taking().await, tempfile::tempdir().unwrap());
    let sink = start_to(&server, state.path()).await;
    let mut raw = format!(
        "{}\n{}\n",
        json!({"event_id": id(1)}),
        json!({"type": "attachment", "length": 3_000_000, "filename": "a.bin"})
    )
    .into_bytes();
    raw.extend((0..3_000_000_u32).map(|n| (n % 251) as u8));
    assert_eq!(post(&sink, &format!("/api/1/envelope/?sentry_key={}", local::KEY), &raw).await.status, 200);
    let got = server.wait_for(1).await.remove(0);
    assert_eq!(got.header("content-encoding"), Some("gzip"));
    assert!(got.body.len() < 500_000 && envelope(&got) == raw);
    sink.stop().await;
}

#[tokio::test]
async fn each_project_goes_to_its_own_dsn() {
    let (server, state) = (taking().await, tempfile::tempdir().unwrap());
    let port = server.port();
    let (seven, rest) = (format!("7={}", dsn(port, 70)), dsn(port, 42));
    let sink = start_with(state.path(), forwarding(&[&seven, &rest])).await;
    for project in [7, 1, 8] {
        let raw = local::envelope(&error(project, "TypeError", "x"));
        post(&sink, &format!("/api/{project}/envelope/?sentry_key={}", local::KEY), &raw).await;
        fate(&sink, &id(project), ForwardState::Sent).await;
    }
    let paths: Vec<_> = server.to("POST", ENVELOPE).into_iter().map(|request| request.path).collect();
    assert_eq!(paths, ["/api/70/envelope/", "/api/42/envelope/", "/api/42/envelope/"]);
    let said: Vec<_> = sink.status().await.unwrap().forwards.into_iter().map(|one| (one.what, one.sent)).collect();
    assert_eq!(said, [("all other projects".to_owned(), 2), ("project 7".to_owned(), 1)]);
    sink.stop().await;
    // Only project 7: the rest stays here.
    let state = tempfile::tempdir().unwrap();
    let sink = start_with(state.path(), forwarding(&[&seven])).await;
    send(&sink, &error(1, "TypeError", "x")).await;
    assert!(sink.forwarded(&id(1)).await.unwrap().is_empty());
    assert_eq!(counts(&sink, "status", |_| true).await.queued, 0);
    sink.stop().await;
}

#[tokio::test]
async fn a_sink_never_forwards_to_itself() {
    let state = tempfile::tempdir().unwrap();
    let own = local::free_port().await;
    let mut config = forwarding(&[&dsn(own, 1)]);
    config.port = own;
    let sink = start_with(state.path(), config).await;
    assert_eq!(port(&sink), own);
    send(&sink, &error(1, "TypeError", "x")).await;
    assert!(sink.forwarded(&id(1)).await.unwrap().is_empty());
    assert!(sink.notes().join(" ").contains("is this sink itself: nothing is passed on to it"), "{:?}", sink.notes());
    sink.stop().await;
}

/// Two sinks that forward to each other: what has no event id is no copy of anything, and would go round forever.
#[tokio::test]
async fn a_circle_of_sinks_is_broken() {
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (first, second) = (local::free_port().await, local::free_port().await);
    let mut config = forwarding(&[&dsn(second, 1)]);
    config.port = first;
    let a = start_with(here.path(), config).await;
    let mut config = forwarding(&[&dsn(first, 1)]);
    config.port = second;
    let b = start_with(there.path(), config).await;
    let log = format!("{{}}\n{}\n{}", json!({"type": "log", "item_count": 0}), json!({"items": []}));
    post(&a, &format!("/api/1/envelope/?sentry_key={}", local::KEY), log.as_bytes()).await;
    let refused = counts(&b, "the loop is refused", |counts| counts.refused == 1).await;
    let why = refused.last_refusal.unwrap();
    assert!(why.starts_with("400 Bad Request: forwarding loop: this sink has passed the envelope on already"), "{why}");
    let items = |status: fixloop::sink::SinkStatus| status.items;
    assert_eq!(items(a.status().await.unwrap()), [("log".to_owned(), 1)]);
    assert_eq!(items(b.status().await.unwrap()), [("log".to_owned(), 1)]);
    a.stop().await;
    b.stop().await;
}
