//! The seven tools through the real server over stdio: whole replies.

use serde_json::json;

use super::Site;
use crate::support::{Server, Setup};

/// What changes from run to run: ports, boundaries, times.
fn steady(text: &str, url: &str) -> String {
    let out = text.replace(url, "http://app");
    let out = regex::Regex::new(r"untrusted-[0-9a-f]+").unwrap().replace_all(&out, "untrusted-X").into_owned();
    regex::Regex::new(r"\d+ ms").unwrap().replace_all(&out, "N ms").into_owned()
}

#[tokio::test]
async fn a_failing_button_is_told_whole() {
    let url = Site::page(
        "<title>Shop</title><style>body { min-height: 3000px }</style><h1>Checkout</h1><label>Email <input></label>
         <button onclick='pay()'>Pay</button><script>function pay() { myUndefinedFunction(); }</script>",
    )
    .serve()
    .await;
    let server = Server::start(Setup::default().args(&["--toolsets", "browser"])).await;
    let opened = server.call("browser_open", json!({"url": url})).await.ok();
    assert!(opened.text.starts_with("Session s1 is open in chrome "), "{}", opened.text);
    let reply = server
        .call(
            "browser_act",
            json!({"steps": [
                {"do": "fill", "label": "Email", "value": "ada@example.org"},
                {"do": "click", "role": "button", "name": "Pay"},
                {"do": "expect", "text": "Thank you", "timeout_ms": 100},
                {"do": "click", "name": "Next"}
            ], "snapshot": true}),
        )
        .await
        .ok();
    super::assert_reply("reply_of_act", &steady(&reply.text, &url));
    assert_eq!(reply.structured["passed"], 2);
    assert_eq!(reply.structured["failed"]["step"], 3);
    assert_eq!(reply.structured["observations"][0]["kind"], "uncaught_error");
    assert_eq!(reply.structured["observations"][0]["step"], 2);

    let seen = server.call("browser_snapshot", json!({"find": "pay"})).await.ok();
    super::assert_reply("reply_of_snapshot", &steady(&seen.text, &url));
    let whole = server.call("browser_screenshot", json!({})).await.ok();
    let png = std::fs::read(whole.structured["path"].as_str().unwrap()).unwrap();
    let size = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
    assert_eq!((size(16), size(20)), (1280, 720), "also with more than fits");
    let shot = server.call("browser_screenshot", json!({"target": "h1"})).await.ok();
    assert!(shot.content.iter().any(|part| part["type"] == "image"), "{:?}", shot.text);
    assert!(std::path::Path::new(shot.structured["path"].as_str().unwrap()).exists());
    let text = server.call("browser_read", json!({"what": "text"})).await.ok();
    assert!(text.text.contains("Checkout"), "{}", text.text);
    let value = server.call("browser_evaluate", json!({"expression": "1 + 1"})).await.ok();
    assert!(value.text.contains("\n2\n"), "{}", value.text);
    let wrong = server.call("browser_act", json!({"steps": [{"do": "click", "selector": "#x"}]})).await;
    assert!(wrong.is_error && wrong.text.contains("selector") && wrong.text.contains("testid"), "{}", wrong.text);
    let closed = server.call("browser_close", json!({})).await.ok();
    assert!(closed.text.starts_with("Session s1 is closed"), "{}", closed.text);
    let none = server.call("browser_snapshot", json!({})).await;
    assert!(none.is_error && none.text.contains("browser_open"), "{}", none.text);
    server.stop().await;
}

#[tokio::test]
async fn an_act_whose_time_is_up_tells_what_it_did_and_saw() {
    let url = Site::page("<button onclick='myUndefinedFunction()'>Pay</button>").serve().await;
    let server = Server::start(Setup::default().args(&["--toolsets", "browser", "--call-timeout", "10"])).await;
    server.call("browser_open", json!({"url": url})).await.ok();
    let reply = server
        .call(
            "browser_act",
            json!({"steps": [
                {"do": "click", "role": "button", "name": "Pay"},
                {"do": "expect", "text": "Thank you", "timeout_ms": 60_000},
                {"do": "click", "name": "Next"}
            ], "snapshot": true}),
        )
        .await
        .ok();
    assert_eq!((&reply.structured["passed"], &reply.structured["failed"]["step"]), (&json!(1), &json!(2)));
    assert!(reply.text.contains("--call-timeout SECONDS") && reply.text.contains("not run"), "{}", reply.text);
    assert_eq!(reply.structured["observations"][0]["kind"], "uncaught_error", "{}", reply.text);
    server.stop().await;
}

#[tokio::test]
async fn a_request_belongs_to_the_step_that_sent_it() {
    let url = Site::page(
        "<button onclick=\"const it = new Image(); it.onerror = () => document.body.append('It came late'); it.src = '/late'\">Send</button>
         <button onclick=\"fetch('/release')\">Release</button>",
    )
    .with("/release", 200, &[], "")
    .serve()
    .await;
    let server = Server::start(Setup::default().args(&["--toolsets", "browser"])).await;
    server.call("browser_open", json!({"url": url})).await.ok();
    let steps = json!([
        {"do": "click", "name": "Send"},
        {"do": "click", "name": "Release"},
        {"do": "wait_for", "text": "It came late"}
    ]);
    let reply = server.call("browser_act", json!({"steps": steps})).await.ok();
    let seen: Vec<_> = reply.structured["observations"].as_array().unwrap().iter().collect();
    assert_eq!(seen.len(), 1, "{}", reply.text);
    assert_eq!((&seen[0]["kind"], &seen[0]["step"]), (&json!("http_error"), &json!(1)), "{}", reply.text);
    server.stop().await;
}
