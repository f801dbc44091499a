//! The loop with the real `@sentry/browser`: an error that is caught and reported is not fixed.

use std::{
    path::Path,
    process::Command,
    sync::{Arc, Mutex},
};

use axum::{Router, extract::State, http::header::CONTENT_TYPE, response::Html, routing::get};
use serde_json::{Value, json};

use crate::support::{Server, Setup};

/// Serves the shop of `tests/apps/sdk-browser`, as `window.shop` says; returns its address.
async fn serve(says: Arc<Mutex<Value>>) -> String {
    let built = tempfile::tempdir().unwrap();
    let app = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/apps/sdk-browser");
    let build = Command::new("node").arg("build.cjs").arg(built.path()).current_dir(&app).output().unwrap();
    assert!(build.status.success(), "run `make setup`: {}", String::from_utf8_lossy(&build.stderr));
    let read = |name: &str| std::fs::read_to_string(built.path().join(name)).unwrap();
    let (script, map) = (read("shop.js"), read("shop.js.map"));
    let page = async |State(says): State<Arc<Mutex<Value>>>| {
        let says = says.lock().unwrap().to_string();
        Html(format!(
            "<!doctype html><title>Shop</title><h1>Shop</h1><button id=pay>Pay</button><p id=out></p>
             <script>window.shop = {says}</script><script src=shop.js></script>"
        ))
    };
    let router = Router::new()
        .route("/", get(page))
        .route("/shop.js", get(async move || ([(CONTENT_TYPE, "text/javascript")], script)))
        .route("/shop.js.map", get(async move || map))
        .with_state(says);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_that_is_caught_and_reported_is_not_fixed() {
    let server = Server::start(Setup::default()).await;
    let status = server.call("status", json!({})).await.ok();
    let dsn = status.structured["sink"]["dsn"].clone();
    let says = Arc::new(Mutex::new(Value::Null));
    let deploy = |bug: &str| *says.lock().unwrap() = json!({"dsn": dsn, "bug": bug});
    deploy("none");
    let url = serve(Arc::clone(&says)).await;
    server.call("browser_open", json!({"url": url})).await.ok();
    let pay = json!({"steps": [{"do": "click", "role": "button", "name": "Pay"}]});
    server.call("browser_act", pay).await.ok();
    server.call("save_scenario", json!({"name": "Pay", "expect": ["text: Thanks"]})).await.ok();
    server.call("browser_close", json!({})).await.ok();

    deploy("throws");
    let red = server.call("run_scenario", json!({"scenario": "pay"})).await.ok();
    assert_eq!(red.structured["faults"][0]["fault"]["kind"], "uncaught_error", "{}", red.text);
    assert_eq!(red.structured["faults"][0]["fault"]["issue"], "LOCAL-1", "{}", red.text);

    for (bug, verdict, resolvable) in [
        ("throws", "still_failing", json!([])),
        ("captures", "still_failing", json!([])),
        ("none", "fixed", json!(["LOCAL-1"])),
    ] {
        deploy(bug);
        let verify = json!({"scenario": "pay", "fault": "LOCAL-1", "times": 2});
        let reply = server.call("verify_fix", verify).await.ok();
        assert_eq!(reply.structured["verdict"], verdict, "{bug}: {}", reply.text);
        assert_eq!(reply.structured["resolvable"], resolvable, "{bug}: {}", reply.text);
    }
    let issues = server.call("search_issues", json!({})).await.ok();
    assert_eq!(issues.structured["issues"].as_array().unwrap().len(), 1, "all of it was one issue: {}", issues.text);
    assert!(server.stop().await.success());
}
