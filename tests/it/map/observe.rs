//! Raw observations → complete ones: mapped, joined with the sink, without secrets, folded.

use std::time::Duration;

use fixloop::{
    config::Config,
    event::{Observation, What},
    observe::Observer,
    sink::Sink,
    sourcemap::Resolver,
};
use serde_json::{Value, json};

use super::{LIMIT, Site, build, thrown, workspace};

async fn sink(folder: &std::path::Path) -> Sink {
    let mut config = Config::default().sink;
    config.port = 0;
    Sink::start(&config, Some(folder.join(".fixloop"))).await.unwrap()
}

fn seen(step: usize, at_ms: u64, what: &Value) -> Observation {
    let mut whole =
        json!({"step": step, "at_ms": at_ms, "page_url": "http://me:pw@localhost:3000/?q=1&token=abc#code=7"});
    whole.as_object_mut().unwrap().extend(what.as_object().unwrap().clone());
    serde_json::from_value(whole).unwrap()
}

fn sent(sink: &Sink, id: &str, items: &[&str], fate: &str) -> Value {
    let to = format!("http://{}/api/1/envelope/?sentry_key=0123456789abcdef&sentry_version=7", sink.address().unwrap());
    json!({"kind": "sentry_envelope", "event_id": id, "items": items, "to": to, "fate": fate, "status": 200})
}

/// Posts an event as an SDK does.
async fn post(sink: &Sink, id: &str, message: &str) {
    let event = json!({"event_id": id, "message": message, "platform": "javascript", "level": "error"}).to_string();
    let envelope = format!("{{\"event_id\":\"{id}\"}}\n{{\"type\":\"event\",\"length\":{}}}\n{event}\n", event.len());
    let client = reqwest::Client::new();
    let url = format!("http://{}/api/1/envelope/?sentry_key=0123456789abcdef0123456789abcdef", sink.address().unwrap());
    let answer = client.post(url).body(envelope).send().await.unwrap();
    assert_eq!(answer.status(), 200);
}

fn issue(observation: &Observation) -> Option<&str> {
    match &observation.what {
        What::SentryEnvelope(sent) => sent.issue.as_deref(),
        _ => panic!("{observation:?} is no envelope"),
    }
}

#[tokio::test]
async fn stacks_are_mapped_and_csp_places_too() {
    let folder = workspace();
    build(folder.path(), r#"{"sourcemap": "linked"}"#);
    let site = Site::start().await;
    site.folder("/", &folder.path().join("dist"));
    let url = site.url("/main.js");
    let sink = sink(folder.path()).await;
    let observer = Observer::new(sink.clone(), Resolver::new(folder.path().to_owned()));
    let frames = thrown(&folder.path().join("dist/main.js"), &url, r#"fixture.checkout("total")"#);
    let first = &frames[0];
    let place = format!("{url}:{}:{}", first.lineno.unwrap(), first.colno.unwrap());
    let frames = serde_json::to_value(&frames).unwrap();
    let mut list = vec![
        seen(1, 5, &json!({"kind": "uncaught_error", "name": "TypeError", "message": "x", "frames": frames})),
        seen(
            1,
            6,
            &json!({"kind": "csp_violation", "directive": "img-src", "blocked_url": "https://a.test/i.png?sig=1", "location": place}),
        ),
        seen(
            1,
            7,
            &json!({"kind": "csp_violation", "directive": "img-src", "blocked_url": "inline", "location": "somewhere"}),
        ),
        seen(1, 8, &json!({"kind": "console_error", "message": "x", "frames": frames})),
    ];
    observer.complete(&mut list, LIMIT).await;
    for index in [0, 3] {
        let (What::UncaughtError(fault) | What::ConsoleError(fault)) = &list[index].what else { panic!() };
        let places: Vec<_> = fault.frames.iter().map(|frame| frame.location().unwrap()).collect();
        assert_eq!(places, ["src/cart.ts:15:28", "src/cart.ts:8:32", "src/main.ts:25:17"]);
    }
    let places: Vec<_> = list
        .iter()
        .filter_map(|it| match &it.what {
            What::CspViolation(csp) => csp.location.as_deref(),
            _ => None,
        })
        .collect();
    assert_eq!(places, ["src/cart.ts:15:28", "somewhere"]);
    sink.stop().await;
}

#[tokio::test]
async fn an_accepted_envelope_gets_its_issue_even_when_it_comes_later() {
    let folder = tempfile::tempdir().unwrap();
    let sink = sink(folder.path()).await;
    let observer = Observer::new(sink.clone(), Resolver::new(folder.path().to_owned()));
    let ids: Vec<String> = (1..=6).map(|number| format!("{number:032x}")).collect();
    post(&sink, &ids[0], "the first").await;
    let mut list = vec![
        seen(1, 1, &sent(&sink, &ids[0], &["event"], "accepted")),
        seen(1, 2, &sent(&sink, &ids[1], &["event"], "accepted")),
        seen(2, 3, &sent(&sink, &ids[0], &["event"], "blocked_by_csp")),
        seen(3, 4, &sent(&sink, &ids[2], &["session"], "accepted")),
        seen(
            4,
            5,
            &json!({"kind": "sentry_envelope", "event_id": ids[0], "items": ["event"],
            "to": "https://o1.ingest.sentry.io/api/1/envelope/?sentry_key=x", "fate": "accepted"}),
        ),
    ];
    // The second event is posted while complete() waits for it.
    tokio::join!(observer.complete(&mut list, LIMIT), post(&sink, &ids[1], "quite another"));
    let issues: Vec<_> = list.iter().map(issue).collect();
    assert_eq!(issues, [Some("LOCAL-1"), Some("LOCAL-2"), None, None, None]);

    // One that never comes costs the limit, and no more.
    let mut list = vec![seen(1, 1, &sent(&sink, &ids[4], &["event"], "accepted"))];
    let done = observer.complete(&mut list, Duration::from_millis(50));
    tokio::time::timeout(LIMIT, done).await.expect("complete() waited beyond its limit");
    assert_eq!(issue(&list[0]), None);
    assert!(!list[0].fingerprint.is_empty());
    sink.stop().await;
}

#[tokio::test]
async fn repetitions_are_folded_within_a_step_and_order_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let sink = sink(folder.path()).await;
    let observer = Observer::new(sink.clone(), Resolver::new(folder.path().to_owned()));
    let missing = |id: u32| json!({"kind": "http_error", "method": "GET", "url": format!("http://localhost:3000/api/items/{id}"), "status": 404});
    let error = json!({"kind": "console_error", "message": "boom"});
    let mut list = vec![
        seen(1, 1, &missing(1)),
        seen(1, 2, &error),
        seen(1, 3, &missing(2)),
        Observation { count: 5, ..seen(1, 4, &missing(3)) },
        seen(2, 5, &missing(1)),
        seen(2, 6, &error),
    ];
    observer.complete(&mut list, LIMIT).await;
    let folded: Vec<_> = list.iter().map(|it| (it.step, it.at_ms, it.count)).collect();
    assert_eq!(folded, [(1, 1, 7), (1, 2, 1), (2, 5, 1), (2, 6, 1)]);
    assert_eq!(list[0].fingerprint, list[2].fingerprint);
    // Completing what is complete changes nothing.
    let before = list.clone();
    observer.complete(&mut list, LIMIT).await;
    assert_eq!(list, before);
    sink.stop().await;
}

#[tokio::test]
async fn secrets_in_addresses_are_taken_out() {
    let folder = tempfile::tempdir().unwrap();
    let sink = sink(folder.path()).await;
    let observer = Observer::new(sink.clone(), Resolver::new(folder.path().to_owned()));
    let addresses = [
        ("https://u:p@a.test/x?page=2", "https://u:[redacted]@a.test/x?page=2"),
        (
            "https://a.test/cb?code=abc&state=xyz&ok=1#top",
            "https://a.test/cb?code=[redacted]&state=[redacted]&ok=1#top",
        ),
        ("https://a.test/#access_token=abc&expires_in=3", "https://a.test/#access_token=[redacted]&expires_in=3"),
        (
            "https://a.test/?API_KEY=1&password=&X-Amz-Signature=2",
            "https://a.test/?API_KEY=[redacted]&password=&X-Amz-Signature=[redacted]",
        ),
        ("https://a.test/keys/1?keyboard=us&encode=1", "https://a.test/keys/1?keyboard=us&encode=1"),
        ("data:text/plain,a?token=b", "data:text/plain,a?token=[redacted]"),
        ("not an address?token=1", "not an address?token=[redacted]"),
    ];
    for (address, clean) in addresses {
        let mut list = vec![seen(1, 1, &json!({"kind": "http_error", "method": "GET", "url": address, "status": 500}))];
        observer.complete(&mut list, LIMIT).await;
        let What::HttpError(request) = &list[0].what else { panic!() };
        assert_eq!(request.url, clean);
        assert_eq!(list[0].page_url, "http://me:[redacted]@localhost:3000/?q=1&token=[redacted]#code=[redacted]");
    }
    let mut list = vec![seen(1, 1, &sent(&sink, "x", &["session"], "accepted"))];
    observer.complete(&mut list, LIMIT).await;
    assert!(!serde_json::to_string(&list).unwrap().contains("0123456789abcdef"));
    sink.stop().await;
}
