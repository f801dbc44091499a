//! compare_events: two events of a Sentry, two of the sink, one of each, and an issue in two releases.

use serde_json::{Value, json};

use super::{connected, snapshot, stable};
use crate::support::{
    Server,
    sentry::{Answer, Sentry, acme},
};

const EVENTS: &str = "/organizations/{organization_id_or_slug}/issues/{issue_id}/events/";
const OTHER: &str = "b22ce0f1c7e54d0b9f3b6a2d8e4c5b02";

/// The rich event as it came from another browser, user and release, with a moved line and another way to the fault.
fn other_event() -> Value {
    let mut event = acme::rich_event();
    event["eventID"] = json!(OTHER);
    event["id"] = json!(OTHER);
    event["release"] = json!({"version": "frontend@2.4.0"});
    event["contexts"]["browser"] = json!({"type": "browser", "name": "Safari", "version": "19.0"});
    event["user"]["email"] = json!("kai@customer.example");
    event["tags"][9]["value"] = json!("south");
    let values = &mut event["entries"][0]["data"]["values"];
    values[3]["value"] = json!("Payment of cart 17 failed");
    values[3]["stacktrace"]["frames"][19]["lineNo"] = json!(40);
    values[3]["stacktrace"]["frames"][18]["function"] = json!("onOldStep");
    event["entries"][2]["data"]["values"][49]["message"] = json!("GatewayError: timeout");
    event["entries"][3]["data"]["headers"][2] = json!(["Cookie", "sid=cookie-secret-other"]);
    event
}

async fn send(server: &Server, event: &Value) {
    let status = server.call("status", json!({})).await.ok().structured;
    let dsn = url::Url::parse(status["sink"]["dsn"].as_str().unwrap()).unwrap();
    let url = format!("{}/api/1/envelope/?sentry_key={}", status["sink"]["url"].as_str().unwrap(), dsn.username());
    let body = format!("{}\n{{\"type\":\"event\"}}\n{event}\n", json!({"event_id": event["event_id"]}));
    assert_eq!(reqwest::Client::new().post(url).body(body).send().await.unwrap().status(), 200);
}

fn local(id: u32, release: &str, line: u32, function: &str) -> Value {
    json!({"event_id": format!("{id:032x}"), "timestamp": 1_795_354_400.25 + f64::from(id), "platform": "javascript", "release": release,
        "exception": {"values": [{"type": "CheckoutError", "value": "Payment of cart 8812 failed", "stacktrace": {"frames": [
            {"filename": "src/app.ts", "function": "main", "lineno": 1, "in_app": true},
            {"filename": "src/checkout/pay.ts", "function": function, "lineno": line, "in_app": true}]}}]},
        "tags": {"tenant": "north"}, "contexts": {"browser": {"name": "Firefox", "version": "141.0"}}, "user": {"id": "u-1017"}})
}

#[tokio::test]
async fn two_events_of_sentry() {
    let sentry = Sentry::acme().await;
    let other = "/organizations/{organization_id_or_slug}/issues/{issue_id}/events/";
    sentry.on("GET", &format!("{other}{OTHER}/"), other_event());
    sentry.on(
        "GET",
        &format!("/organizations/{{organization_id_or_slug}}/eventids/{OTHER}/"),
        json!({"projectSlug": "frontend", "groupId": acme::ISSUE_ID, "eventId": OTHER, "event": other_event()}),
    );
    let server = connected(&sentry).await;
    let mut said = String::new();
    for arguments in [
        json!({"a": OTHER, "b": acme::EVENT_ID, "source": "sentry"}),
        json!({"issue": "FRONTEND-4K"}),
        json!({"issue": "FRONTEND-4K", "a": "latest"}),
    ] {
        let reply = server.call("compare_events", arguments.clone()).await.ok();
        assert!(!reply.text.contains("secret-"), "{}", reply.text);
        assert!(reply.text.chars().count() <= 8_000);
        said.push_str(&format!(
            "# {arguments}\n{}\n{}\n\n",
            stable(&reply.text, &sentry),
            reply.structured["differences"]
        ));
    }
    snapshot("compared", &said);

    // An issue in two releases: the newest event of each.
    sentry.on_with("GET", EVENTS, |request| match request.query("query") {
        Some("release:\"frontend@2.4.0\"") => Answer::json(json!([{"eventID": OTHER}])),
        Some("release:\"frontend@2.4.1\"") => Answer::json(json!([{"eventID": acme::EVENT_ID}])),
        _ => Answer::json(json!([])),
    });
    let releases = json!({"issue": "FRONTEND-4K", "a": "release:frontend@2.4.0", "b": "release:frontend@2.4.1"});
    let reply = server.call("compare_events", releases).await.ok();
    assert_eq!(reply.structured["a"]["event"]["event_id"], OTHER);
    assert_eq!(reply.structured["b"]["event"]["event_id"], acme::EVENT_ID);
    let mut said = String::new();
    for arguments in [
        json!({}),
        json!({"a": "newest", "b": acme::EVENT_ID}),
        json!({"issue": "FRONTEND-4K", "a": "release:frontend@9"}),
        json!({"issue": "LOCAL-9"}),
    ] {
        let reply = server.call("compare_events", arguments.clone()).await;
        assert!(reply.is_error, "{arguments}: {}", reply.text);
        said.push_str(&format!("# {arguments}\n{}\n\n", stable(&reply.text, &sentry)));
    }
    snapshot("compared_wrong", &said);
    server.stop().await;
}

#[tokio::test]
async fn two_events_of_the_sink_and_one_of_each() {
    let sentry = Sentry::acme().await;
    let server = connected(&sentry).await;
    for (id, release, line) in [(1, "shop@1", 10), (2, "shop@1", 12), (3, "shop@2", 14)] {
        send(&server, &local(id, release, line, "pay")).await;
    }
    let two = server
        .call("compare_events", json!({"issue": "LOCAL-1", "a": "release:shop@1", "b": "release:shop@2"}))
        .await
        .ok();
    assert_eq!(two.structured["a"]["event"]["event_id"], format!("{:032x}", 2));
    assert!(two.text.contains("~ pay src/checkout/pay.ts: 12 → 14"), "{}", two.text);
    assert!(two.text.contains("Equal: error (2), tags (1), user (1), contexts (2)."), "{}", two.text);
    let same = server.call("compare_events", json!({"a": "LOCAL-1", "b": format!("{:032x}", 3)})).await.ok();
    assert!(same.structured["equal"] == true && same.text.contains("Both are the same event"), "{}", same.text);
    let each = server.call("compare_events", json!({"a": "LOCAL-1", "b": "FRONTEND-4K"})).await.ok();
    snapshot("compared_one_of_each", &stable(&each.text, &sentry));
    server.stop().await;
}
