//! Paths, methods, CORS, and the guard against DNS rebinding.

use super::support::{KEY, envelope, error, id, port, request, start};

#[tokio::test]
async fn paths_and_methods() {
    let state = tempfile::tempdir().unwrap();
    let sink = start(state.path()).await;
    let cases = [
        ("POST", "/api/1/envelope/", 200),
        ("POST", "/api/1/envelope", 200),
        ("POST", "//api//42///envelope//", 200),
        ("POST", "/stream", 200),
        ("POST", "/stream/", 200),
        ("GET", "/health", 200),
        ("GET", "/api/1/envelope/", 405),
        ("PUT", "/stream", 405),
        ("POST", "/api/x/envelope/", 400),
        ("POST", "/api/1/minidump/", 404),
        ("POST", "/", 404),
        ("GET", "/", 404),
        ("OPTIONS", "/api/1/envelope/", 200),
        ("OPTIONS", "/stream", 200),
    ];
    for (n, (method, path, status)) in cases.into_iter().enumerate() {
        let n = n as u64 + 1;
        let with_key = if path.contains("envelope") { format!("{path}?sentry_key={KEY}") } else { path.to_owned() };
        let body = if method == "POST" { envelope(&error(n, "Error", path)) } else { Vec::new() };
        let answer = request(port(&sink), method, &with_key, &[], &body).await;
        assert_eq!(answer.status, status, "{method} {path}: {}", String::from_utf8_lossy(&answer.body));
        assert_eq!(sink.event(&id(n)).await.unwrap().is_some(), method == "POST" && status == 200, "{method} {path}");
        if status >= 400 {
            assert!(answer.json()["detail"].is_string(), "{method} {path}");
        }
    }
    assert_eq!(sink.event(&id(3)).await.unwrap().unwrap().project, "42");
    let empty = request(port(&sink), "POST", "/stream", &[], b"").await;
    assert_eq!((empty.status, empty.json()["detail"].as_str()), (400, Some("empty request body")));
    let header_only = request(port(&sink), "POST", "/stream", &[], b"{}\n").await;
    assert_eq!((header_only.status, header_only.json()), (200, serde_json::json!({})));
    sink.stop().await;
}

#[tokio::test]
async fn cors_is_on_every_answer_to_a_sender_and_readers_must_be_local() {
    let state = tempfile::tempdir().unwrap();
    let sink = start(state.path()).await;
    let origin = ("Origin", "https://shop.example");
    for (method, path) in [
        ("POST", "/stream"),
        ("POST", "/nowhere"),
        ("OPTIONS", "/stream"),
        ("POST", "/api/1/envelope/"),
        ("POST", "/api/1/security/"),
    ] {
        let answer = request(port(&sink), method, path, &[origin], b"broken").await;
        assert_eq!(answer.header("access-control-allow-origin").as_deref(), Some("*"), "{method} {path}");
        assert_eq!(answer.header("access-control-allow-methods").as_deref(), Some("POST"), "{method} {path}");
        assert!(answer.header("access-control-allow-headers").unwrap().contains("x-sentry-auth"), "{method} {path}");
        assert!(answer.header("access-control-allow-headers").unwrap().contains("content-type"), "{method} {path}");
        let exposed = answer.header("access-control-expose-headers");
        assert_eq!(exposed.as_deref(), Some("x-sentry-error, x-sentry-rate-limits, retry-after"), "{method} {path}");
        assert_eq!(answer.header("access-control-max-age").as_deref(), Some("3600"), "{method} {path}");
        assert_eq!(answer.header("cross-origin-resource-policy").as_deref(), Some("cross-origin"), "{method} {path}");
    }
    let far = request(port(&sink), "GET", "/stream", &[origin], b"").await;
    assert_eq!((far.status, far.header("access-control-allow-origin")), (403, None));
    let near = request(port(&sink), "GET", "/health", &[("Origin", "http://localhost:3000")], b"").await;
    assert_eq!(near.header("access-control-allow-origin").as_deref(), Some("http://localhost:3000"));
    let health = request(port(&sink), "GET", "/health", &[origin], b"").await;
    assert_eq!((health.status, health.header("access-control-allow-origin")), (200, None));
    sink.stop().await;
}

#[tokio::test]
async fn a_host_that_is_not_ours_is_refused() {
    let state = tempfile::tempdir().unwrap();
    let sink = start(state.path()).await;
    let port = port(&sink);
    let cases = [
        (format!("127.0.0.1:{port}"), 200),
        (format!("localhost:{port}"), 200),
        (format!("LOCALHOST:{port}"), 200),
        (format!("[::1]:{port}"), 200),
        ("evil.example".into(), 403),
        (format!("evil.example:{port}"), 403),
        (format!("127.0.0.1.evil.example:{port}"), 403),
        (format!("127.0.0.1:{}", port.wrapping_add(1)), 403),
        ("127.0.0.1".into(), 403),
        ("localhost".into(), 403),
        (format!("0.0.0.0:{port}"), 403),
        ("[::1]".into(), 403),
    ];
    for (n, (host, status)) in cases.iter().enumerate() {
        let n = n as u64 + 1;
        let answer = request(port, "POST", "/stream", &[("Host", host)], &envelope(&error(n, "Error", "x"))).await;
        assert_eq!(answer.status, *status, "{host}");
        assert_eq!(sink.event(&id(n)).await.unwrap().is_some(), *status == 200, "{host}");
    }
    sink.stop().await;
}
