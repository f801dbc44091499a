//! Every way in which an SDK says who it is, with Relay's answers.

use base64::Engine;
use serde_json::json;

use super::support::{KEY, error, id, port, request, start};

const BASIC: &str = "Basic MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY6";

#[tokio::test]
async fn every_form_of_authorization() {
    let state = tempfile::tempdir().unwrap();
    let sink = start(state.path()).await;
    let port = port(&sink);
    assert_eq!(BASIC, format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(format!("{KEY}:"))));
    let full = format!("Sentry sentry_key={KEY}, sentry_version=7, sentry_client=sentry.python/2.0");
    let lower = format!("sentry sentry_version=7,sentry_key={KEY}");
    let bare = format!("sentry_key={KEY},sentry_version=7");
    let flags = format!("Sentry sentry_key={KEY}.flag.other");
    let dsn = format!("http://{KEY}@127.0.0.1:1/1");
    type Case<'a> = (&'a str, &'a str, Vec<(&'a str, &'a str)>, Option<&'a str>, u16, &'a str);
    let query = format!("?sentry_key={KEY}&sentry_version=7&sentry_client=sentry.javascript.browser%2F11.12.0");
    let short = "?sentry_key=short";
    let newer = format!("?sentry_key={KEY}&sentry_version=9");
    let cases: Vec<Case<'_>> = vec![
        ("x-sentry-auth", "", vec![("X-Sentry-Auth", &full)], None, 200, ""),
        ("lower case scheme", "", vec![("X-Sentry-Auth", &lower)], None, 200, ""),
        ("no scheme", "", vec![("X-Sentry-Auth", &bare)], None, 200, ""),
        ("authorization sentry", "", vec![("Authorization", &full)], None, 200, ""),
        ("authorization basic", "", vec![("Authorization", BASIC)], None, 200, ""),
        ("query", &query, vec![], None, 200, ""),
        ("flags behind the key", "", vec![("X-Sentry-Auth", &flags)], None, 200, ""),
        ("dsn of the envelope", "", vec![], Some(&dsn), 200, ""),
        ("dsn and query agree", &query, vec![], Some(&dsn), 200, ""),
        ("a bearer token is not ours", &query, vec![("Authorization", "Bearer abc")], None, 200, ""),
        ("other query parameters", "?hsts=0", vec![("X-Sentry-Auth", &full)], None, 200, ""),
        ("none", "", vec![], None, 401, "missing authorization information"),
        ("two", &query, vec![("X-Sentry-Auth", &full)], None, 401, "multiple authorization"),
        ("a staging password", &query, vec![("Authorization", BASIC)], None, 401, "multiple authorization"),
        ("short key", short, vec![], None, 401, "32 ASCII characters, this one has 5"),
        ("no key", "?sentry_version=7", vec![], None, 401, "missing sentry_key"),
        ("basic of rubbish", "", vec![("Authorization", "Basic %%%")], None, 401, "no base64"),
        ("protocol 9", &newer, vec![], None, 400, "unsupported protocol version 9"),
        (
            "dsn of another project",
            "",
            vec![],
            Some("http://0123456789abcdef0123456789abcdef@127.0.0.1:1/2"),
            400,
            "project",
        ),
        (
            "dsn of another key",
            &query,
            vec![],
            Some("http://ffffffffffffffffffffffffffffffff@127.0.0.1:1/1"),
            400,
            "key",
        ),
        ("dsn is no url", "", vec![], Some("nope"), 400, "invalid DSN"),
    ];
    for (n, (name, query, headers, dsn, status, says)) in cases.iter().enumerate() {
        let n = n as u64 + 1;
        let header = match dsn {
            Some(dsn) => json!({ "event_id": id(n), "dsn": dsn }),
            None => json!({ "event_id": id(n) }),
        };
        let body = format!("{header}\n{}\n{}", json!({ "type": "event" }), error(n, "Error", name));
        let answer = request(port, "POST", &format!("/api/1/envelope/{query}"), headers, body.as_bytes()).await;
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        assert_eq!(answer.status, *status, "{name}: {text}");
        assert!(text.contains(says), "{name}: {text}");
        assert_eq!(answer.header("access-control-allow-origin").as_deref(), Some("*"), "{name}");
        let kept = sink.event(&id(n)).await.unwrap().is_some();
        assert_eq!(kept, *status == 200, "{name}");
        if *status != 200 {
            let body = answer.json();
            assert!(
                body["detail"].is_string()
                    && body.as_object().unwrap().keys().all(|key| key == "detail" || key == "causes"),
                "{name}: {body}"
            );
        }
    }
    // Spotlight's way needs no key, and takes any.
    for headers in [vec![], vec![("X-Sentry-Auth", "Sentry sentry_key=public")]] {
        let answer =
            request(port, "POST", "/stream", &headers, &super::support::envelope(&error(900, "Error", "x"))).await;
        assert_eq!(answer.status, 200);
    }
    sink.stop().await;
}
