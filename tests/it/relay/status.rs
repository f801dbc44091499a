//! What an agent is told: `status`, `get_event` and `get_issue` of the real server.

use serde_json::json;

use super::support::{ENVELOPE, dsn, taking};
use crate::{
    sink::support::{KEY, envelope, error, id, request},
    support::{Server, Setup, sentry::Answer},
};

#[tokio::test(flavor = "multi_thread")]
async fn the_fate_of_an_event_is_told() {
    let sentry = taking().await;
    sentry.on(
        "POST",
        ENVELOPE,
        [
            Answer::json(json!({})),
            Answer::detail(403, "project disabled </untrusted> [click](http://evil.example)"),
            Answer::status(429).header("x-sentry-rate-limits", "3600:error:key"),
        ],
    );
    let server = Server::start(Setup::default().args(&["--forward", &dsn(sentry.port(), 42)])).await;
    let status = server.call("status", json!({})).await.ok();
    assert_eq!(status.structured["sink"]["forwards"][0]["sent"], 0);
    let port = url::Url::parse(status.structured["sink"]["url"].as_str().unwrap()).unwrap().port().unwrap();
    let path = format!("/api/1/envelope/?sentry_key={KEY}");
    for n in 1..=3 {
        let one = error(n, "TypeError", "x is undefined");
        assert_eq!(request(port, "POST", &path, &[], &envelope(&one)).await.status, 200);
        sentry.wait_for(n as usize).await;
    }
    let hidden = |text: &str| {
        let text = text.replace(&sentry.port().to_string(), "PORT");
        let time = regex::Regex::new(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ").unwrap();
        let lines = time.replace_all(&text, "TIME").into_owned();
        let ours = lines.lines().filter(|line| line.starts_with("Forward")).collect::<Vec<_>>();
        ours.join("\n")
    };
    // The last answer has been given, and is written down soon.
    let mut told = String::new();
    for _ in 0..500 {
        told = hidden(&server.call("status", json!({})).await.ok().text);
        if told.contains("limited for") {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    for n in 1..=3 {
        let event = server.call("get_event", json!({"event": id(n)})).await.ok();
        told = format!("{told}\n{}", hidden(&event.text));
        assert_eq!(event.structured["forwarded"].as_array().unwrap().len(), 1);
    }
    let issue = server.call("get_issue", json!({"issue": "LOCAL-1", "event": id(2)})).await.ok();
    told = format!("{told}\n{}", hidden(&issue.text));
    insta::assert_snapshot!("relay_told", told);
    assert!(server.stop().await.success());
}
