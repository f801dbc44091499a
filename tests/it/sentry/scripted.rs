//! The scripted Sentry itself, asked by a plain HTTP client.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::sentry::{Answer, Sentry, TOKEN, acme};

const ISSUES: &str = "/organizations/{organization_id_or_slug}/issues/";

fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(20)).build().unwrap()
}

async fn get(sentry: &Sentry, path: &str) -> (u16, Value) {
    let answer = client().get(format!("{}/api/0{path}", sentry.url())).send().await.unwrap();
    (answer.status().as_u16(), serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap_or_default())
}

#[tokio::test]
async fn answers_in_order_and_keeps_requests() {
    let sentry = Sentry::start().await;
    sentry.on("GET", ISSUES, [Answer::status(503), Answer::json(json!([1]))]);
    sentry.on("GET", "/organizations/acme/issues/", json!("more exact"));
    sentry.on_with("PUT", ISSUES, |request| Answer::json(json!({"got": request.json(), "id": request.query("id")})));
    assert_eq!(get(&sentry, "/organizations/other/issues/?query=a%20b&project=1&project=2").await, (503, Value::Null));
    for _ in 0..2 {
        assert_eq!(get(&sentry, "/organizations/other/issues/").await, (200, json!([1])));
    }
    assert_eq!(get(&sentry, "/organizations/acme/issues/").await, (200, json!("more exact")));
    assert_eq!(get(&sentry, "/organizations/a/b/issues/").await.0, 404);
    let put = client().put(format!("{}/api/0/organizations/o/issues/?id=5", sentry.url())).bearer_auth(TOKEN);
    let put = put.header("content-type", "application/json").body(r#"{"status":"resolved"}"#).send().await.unwrap();
    let answer: Value = serde_json::from_slice(&put.bytes().await.unwrap()).unwrap();
    assert_eq!(answer, json!({"got": {"status": "resolved"}, "id": "5"}));
    let requests = sentry.wait_for(6).await;
    assert_eq!((requests[0].query("query"), requests[0].all("project")), (Some("a b"), vec!["1", "2"]));
    assert_eq!((requests[4].route.as_deref(), requests[4].status), (None, 404));
    assert_eq!(requests[5].header("authorization"), Some(format!("Bearer {TOKEN}").as_str()));
    assert_eq!(sentry.to("GET", ISSUES).len(), 4);
    assert_eq!(sentry.journal()[5], "PUT /organizations/o/issues/?id=5 → 200");
}

#[tokio::test]
async fn answers_as_no_healthy_server_does() {
    let sentry = Sentry::start().await;
    let long = Answer::json(json!("x".repeat(1000)));
    sentry.on("GET", "/cut/", long.clone().cut(10));
    sentry.on("GET", "/long/", long.clone().announce(5000));
    sentry.on("GET", "/never/", Answer::never());
    sentry.on("GET", "/drip/", Answer::json(json!([1, 2])).drip(Duration::from_millis(1)));
    sentry.on("GET", "/pages/", Answer::json(json!([])).pages(None, Some("0:50:0")));
    for path in ["/cut/", "/long/"] {
        let answer = client().get(format!("{}/api/0{path}", sentry.url())).send().await.unwrap();
        assert!(answer.bytes().await.is_err(), "{path} is cut");
    }
    let never = client().get(format!("{}/api/0/never/", sentry.url())).timeout(Duration::from_millis(200));
    assert!(never.send().await.unwrap_err().is_timeout());
    assert_eq!(get(&sentry, "/drip/").await, (200, json!([1, 2])));
    let pages = client().get(format!("{}/api/0/pages/", sentry.url())).send().await.unwrap();
    let link = pages.headers()["link"].to_str().unwrap();
    assert!(link.contains(r#"rel="previous"; results="false"; cursor="0:0:1""#), "{link}");
    assert!(link.contains(r#"rel="next"; results="true"; cursor="0:50:0""#), "{link}");
    assert!(link.starts_with(&format!("<{}/", sentry.url())), "{link}");
}

#[tokio::test]
async fn knows_what_could_have_run_at_once() {
    let sentry = Sentry::acme().await;
    sentry.slow(Duration::from_millis(150));
    let (org, issue) = ("/organizations/acme/", format!("/organizations/acme/issues/{}/", acme::SHORT_ID));
    tokio::join!(get(&sentry, org), get(&sentry, &issue), get(&sentry, org));
    assert_eq!(sentry.round_trips(), 1);
    get(&sentry, org).await;
    assert_eq!(sentry.round_trips(), 2);
}

#[tokio::test]
#[should_panic(expected = "the token reached the wrong host")]
async fn sees_a_token_that_went_astray() {
    let sentry = Sentry::start().await;
    let request = client().get(format!("{}/api/0/organizations/", sentry.url())).bearer_auth(TOKEN);
    request.send().await.unwrap();
    sentry.assert_never_saw_the_token();
}

#[tokio::test]
async fn the_organization_is_as_rich_as_it_says() {
    let sentry = Sentry::acme().await;
    let (status, event) = get(&sentry, &format!("/organizations/acme/issues/{}/events/latest/", acme::SHORT_ID)).await;
    assert_eq!(status, 200);
    let values = event["entries"][0]["data"]["values"].as_array().unwrap();
    let frames = |values: &[Value]| -> usize {
        values.iter().map(|one| one["stacktrace"]["frames"].as_array().unwrap().len()).sum()
    };
    assert_eq!((values.len(), frames(values)), (4, 40));
    assert_eq!(event["entries"][2]["data"]["values"].as_array().unwrap().len(), 50);
    let huge = acme::huge_event();
    let values = huge["entries"][0]["data"]["values"].as_array().unwrap();
    assert_eq!(frames(values), 1000);
    assert!(values[0]["value"].as_str().unwrap().len() > 49_000);
    let (status, oldest) = get(&sentry, "/organizations/acme/issues/1/events/oldest/").await;
    assert_eq!((status, oldest["entries"].as_array().unwrap().len()), (200, 0));
}
