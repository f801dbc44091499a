//! `POST /tunnel`: for whom it is taken, what goes along, and what is refused.

use std::path::Path;

use fixloop::{event::ForwardState, sink::WaitFor};
use serde_json::{Value, json};

use super::support::{ENVELOPE, KEY, dsn, envelope, fate, forwarding, ids, said, taking};
use crate::sink::{
    sdks,
    support::{self as local, error, id, port, post, request, start_with, wait},
};

fn tunnelled(n: u64, dsn: &str) -> Vec<u8> {
    let header = json!({"event_id": id(n), "dsn": dsn});
    format!("{header}\n{}\n{}", json!({"type": "event"}), error(n, "TypeError", "x")).into_bytes()
}

#[tokio::test]
async fn what_the_user_allows_is_kept_and_passed_on() {
    let (server, state) = (taking().await, tempfile::tempdir().unwrap());
    let mut config = forwarding(&[&format!("7={}", dsn(server.port(), 70))]);
    config.relay.tunnel_allow = said(&[&dsn(server.port(), 99)]);
    let sink = start_with(state.path(), config).await;
    let own = sink.dsn().unwrap();
    // Each row: the DSN in the envelope, the project under which the sink keeps it, and where it goes.
    let rows = [
        (own.clone(), "1", None),
        (own.replace("/1", "/7").replace("127.0.0.1", "localhost"), "7", Some("/api/70/envelope/")),
        (dsn(server.port(), 70), "70", Some("/api/70/envelope/")),
        (dsn(server.port(), 99), "99", Some("/api/99/envelope/")),
    ];
    for (n, (dsn, project, path)) in (1..).zip(rows) {
        let headers = [
            ("Origin", "https://app.example"),
            ("Cookie", "sid=secret"),
            ("Authorization", "Basic c3RhZ2luZzpwYXNzd29yZA=="),
            ("X-Forwarded-For", "2001:db8::7, 10.0.0.1"),
            ("Content-Type", "text/plain;charset=UTF-8"),
        ];
        let raw = tunnelled(n, &dsn);
        let answer = request(port(&sink), "POST", "/tunnel", &headers, &raw).await;
        assert_eq!((answer.status, &answer.json()["id"]), (200, &json!(id(n))), "{dsn}");
        assert_eq!(answer.header("access-control-allow-origin").as_deref(), Some("*"));
        assert_eq!(answer.header("access-control-allow-credentials"), None);
        assert_eq!(sink.event(&id(n)).await.unwrap().unwrap().project, project);
        let Some(path) = path else {
            assert!(sink.forwarded(&id(n)).await.unwrap().is_empty());
            continue;
        };
        fate(&sink, &id(n), ForwardState::Sent).await;
        let got = server.to("POST", ENVELOPE).pop().unwrap();
        assert_eq!(got.path, path);
        assert_eq!(got.header("x-sentry-forwarded-for"), Some("2001:db8::7"));
        assert_eq!(got.header("origin"), Some("https://app.example"));
        assert_eq!((got.header("cookie"), got.header("authorization")), (None, None));
        // The DSN is that of the receiver, and nothing else is touched.
        let (bytes, expect) =
            (envelope(&got), tunnelled(n, &format!("http://{KEY}@127.0.0.1:{}/{}", server.port(), &path[5..7])));
        assert_eq!(String::from_utf8_lossy(&bytes), String::from_utf8_lossy(&expect));
    }
    assert!(sink.status().await.unwrap().tunnel_refused.is_empty());
    sink.stop().await;
}

#[tokio::test]
async fn everything_else_is_refused_with_the_reason_and_counted() {
    let (server, state) = (taking().await, tempfile::tempdir().unwrap());
    let allowed = dsn(server.port(), 42);
    let sink = start_with(state.path(), forwarding(&[&allowed])).await;
    let no = |dsn: &str| String::from_utf8(tunnelled(1, dsn)).unwrap();
    let secret = format!("http://{KEY}:the-secret-part@169.254.169.254/42");
    // Each row: a body, the status, and the beginning of the reason.
    let rows: Vec<(String, u16, &str)> = vec![
        (no(&secret), 403, "this DSN is not tunnelled"),
        (no(&allowed.replace("/42", "/43")), 403, "this DSN is not tunnelled"),
        (no(&allowed.replace(KEY, local::KEY)), 403, "this DSN is not tunnelled"),
        (no(&allowed.replace("http://", "https://")), 403, "this DSN is not tunnelled"),
        (no(&allowed.replace("/42", "/prefix/42")), 403, "this DSN is not tunnelled"),
        (no(&allowed.replace("127.0.0.1", "localhost")), 403, "this DSN is not tunnelled"),
        (no(&allowed.replace("/42", "/42/../43")), 403, "this DSN is not tunnelled"),
        (no(&allowed.replace("/42", "/42?x=1")), 400, "invalid DSN in the envelope header"),
        (no("nonsense"), 400, "invalid DSN in the envelope header"),
        (no("file:///etc/passwd"), 400, "invalid DSN in the envelope header"),
        (
            format!("{}\n{{\"type\":\"event\"}}\n{{}}", json!({"event_id": id(1)})),
            400,
            "the envelope header has no dsn",
        ),
        ("{}".into(), 400, "the envelope header has no dsn"),
        ("{\"dsn\": 1}\n".into(), 400, "the envelope header has no dsn"),
        (String::new(), 400, "empty request body"),
        ("no json\n".into(), 400, "bad envelope header"),
        (format!("{{\"dsn\":\"{}\"}}\n", "x".repeat(70_000)), 413, "the envelope header is too large"),
        (format!("{}\n{{\"type\":\"event\"}}\nno json", json!({"dsn": allowed})), 400, "invalid event payload"),
    ];
    let count = rows.len() as u64;
    for (body, status, detail) in rows {
        let answer = post(&sink, "/tunnel", body.as_bytes()).await;
        let shown: String = body.chars().take(120).collect();
        assert_eq!((answer.status, answer.json()["detail"].as_str()), (status, Some(detail)), "{shown}");
        assert_eq!(answer.header("access-control-allow-origin").as_deref(), Some("*"), "{shown}");
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        assert!(!text.contains("the-secret-part") && !text.contains(&KEY[..8]), "{text}");
    }
    let refused = sink.status().await.unwrap().tunnel_refused;
    assert_eq!(refused.iter().map(|(_, number)| number).sum::<u64>(), count);
    assert!(refused.contains(&("this DSN is not tunnelled".to_owned(), 7)), "{refused:?}");
    assert_eq!(request(port(&sink), "GET", "/tunnel", &[], b"").await.status, 405);
    assert_eq!(request(port(&sink), "OPTIONS", "/tunnel", &[("Origin", "https://app.example")], b"").await.status, 200);
    let rebound = [("Host", "evil.example")];
    assert_eq!(request(port(&sink), "POST", "/tunnel", &rebound, &tunnelled(1, &allowed)).await.status, 403);
    assert_eq!((sink.status().await.unwrap().events, server.requests().len()), (0, 0));
    sink.stop().await;
}

/// The real SDK with its `tunnel` option: the DSN is one that it cannot reach, and its events arrive all the same.
#[tokio::test]
async fn the_node_sdk_arrives_through_the_tunnel() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/apps/sdk-node");
    assert!(folder.join("node_modules").exists(), "@sentry/node is absent; run: make setup");
    for version in ["10", "11"] {
        let (server, state) = (taking().await, tempfile::tempdir().unwrap());
        let real = dsn(server.port(), 42);
        let sink = start_with(state.path(), forwarding(&[&real])).await;
        let tunnel = format!("{}/tunnel", sink.url().unwrap());
        let sent = sdks::run(Path::new("node"), &folder, &["send.cjs", version, &real, "", &tunnel]).await;
        for name in ["error", "message", "large", "feedback"] {
            let event = sent[name].as_str().unwrap();
            let what =
                WaitFor { event_id: Some(event.to_owned()), since_ms: Some(0), item: None, ..WaitFor::default() };
            wait(&sink, &what).await.unwrap_or_else(|| panic!("{version}: {name} did not arrive"));
            fate(&sink, event, ForwardState::Sent).await;
            assert_eq!(ids(&server).iter().filter(|id| *id == event).count(), 1, "{version}: {name}");
        }
        let error = server
            .to("POST", ENVELOPE)
            .into_iter()
            .find(|request| String::from_utf8_lossy(&envelope(request)).contains("node checkout failed"));
        let header: Value =
            serde_json::from_slice(envelope(&error.unwrap()).split(|byte| *byte == b'\n').next().unwrap()).unwrap();
        assert_eq!(header["dsn"], json!(real));
        let status = sink.status().await.unwrap();
        assert!(status.tunnel_refused.is_empty(), "{version}: {status:?}");
        sink.stop().await;
    }
}
