//! Limits, breaks and error bodies.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use super::{Hostile, ISSUE, ISSUES, found};
use crate::{
    sentry::corpus::{MARK, attempts, inert},
    support::sentry::{Answer, acme},
};

#[tokio::test]
async fn cursors_are_followed_where_there_is_a_next_page() {
    let hostile = Hostile::start().await;
    let plain = |link: &str| Answer::json(acme::issues()).header("link", link);
    let evil = r#"<https://evil.example/api/0/x/?cursor=0:7:0>; rel="next"; results="true"; cursor="0:7:0""#;
    let checks = [
        (Answer::json(acme::issues()).pages(None, Some("0:100:0")), Some("0:100:0")),
        (Answer::json(acme::issues()).pages(Some("0:0:1"), Some("1732:0:0")), Some("1732:0:0")),
        (Answer::json(acme::issues()).pages(Some("0:0:1"), None), None),
        (Answer::json(acme::issues()), None),
        // The order of both, and of their attributes, is not promised; nor is white space.
        (
            plain(
                r#"<x>; results="true"; cursor="0:9:0"; rel="next",<y>; rel="previous"; results="false"; cursor="0:0:1""#,
            ),
            Some("0:9:0"),
        ),
        (plain(evil), Some("0:7:0")),
        (plain("<x>; rel=\"next\"; results=\"tr"), None),
        (plain(";,<<>>;;,"), None),
    ];
    for (answer, expect) in checks {
        let said = format!("{answer:?}");
        let (reply, _) = hostile.answered(answer).await;
        let reply = reply.ok();
        let next = reply.structured["next"].as_str().map(str::to_owned);
        assert_eq!(next.is_some(), expect.is_some(), "{said}: {}", reply.text);
        let (Some(next), Some(cursor)) = (next, expect) else { continue };
        hostile.sentry.forget();
        hostile.search(json!({"cursor": next})).await.ok();
        let asked = hostile.sentry.to("GET", ISSUES);
        assert_eq!(asked.len(), 1);
        assert_eq!(asked[0].query("cursor"), Some(cursor), "{}", asked[0].line());
    }
    hostile.stop().await;
}

fn reset_in(seconds: u64) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    format!("{}", now.as_secs() + seconds)
}

/// As Sentry says it: a JSON string, called HTML.
fn limited() -> Answer {
    let body = json!("You are attempting to use this endpoint too frequently. Limit is 40 requests in 1 seconds");
    Answer::status(429).header("content-type", "text/html; charset=utf-8").body(body.to_string().as_bytes())
}

#[tokio::test]
async fn a_limit_is_waited_for_where_the_call_has_the_time() {
    let hostile = Hostile::start().await;
    let soon = reset_in(1);
    let waits = [
        limited().header("retry-after", "0"),
        limited().header("retry-after", "1").header("x-sentry-rate-limit-reset", "99999999999"),
        limited().header("x-sentry-rate-limit-reset", &soon),
        limited(),
        Answer::detail(429, "slow down"),
    ];
    for answer in waits {
        let said = format!("{answer:?}");
        let (reply, asked) = hostile.answered([answer, found()]).await;
        assert!(reply.ok().text.contains(acme::SHORT_ID), "{said}");
        assert_eq!(asked, 2, "{said}");
    }
    // Longer than the call may last: said at once, with the time. The gate stays closed for the next call.
    for long in
        [limited().header("retry-after", "3600"), limited().header("x-sentry-rate-limit-reset", &reset_in(4000))]
    {
        let hostile = Hostile::start().await;
        let (reply, asked) = hostile.answered([long, found()]).await;
        assert!(reply.is_error && asked == 1, "{asked}: {}", reply.text);
        assert!(reply.text.contains("too frequently") && reply.text.contains(" s"), "{}", reply.text);
        let again = hostile.search(json!({})).await;
        assert!(again.is_error && hostile.sentry.to("GET", ISSUES).len() == 1, "{}", again.text);
        hostile.stop().await;
    }
    hostile.stop().await;
}

#[tokio::test]
async fn only_what_may_be_sent_twice_is_sent_again() {
    let hostile = Hostile::start().await;
    for status in [502, 503, 504] {
        let (reply, asked) = hostile.answered([Answer::html(status, "<h1>Bad gateway</h1>"), found()]).await;
        assert!(reply.ok().text.contains(acme::SHORT_ID));
        assert_eq!(asked, 2, "{status}");
    }
    for status in [500, 501] {
        let (reply, asked) = hostile.answered([Answer::status(status), found()]).await;
        assert!(reply.is_error && asked == 1, "{status} is not retried");
    }
    let (reply, asked) = hostile.answered(Answer::status(503)).await;
    assert!(reply.is_error && (2..=5).contains(&asked), "{asked}");
    assert!(reply.text.contains("503") && reply.text.contains(&format!("{asked} times")), "{}", reply.text);
    hostile.stop().await;
}

#[tokio::test]
async fn a_change_is_not_sent_again() {
    let hostile = Hostile::start().await;
    for status in [502, 503, 504] {
        // A change may have been made before the answer was lost.
        hostile.sentry.on("PUT", ISSUE, Answer::html(status, "<h1>Bad gateway</h1>"));
        hostile.sentry.forget();
        let update = hostile.server.call("update_issue", json!({"issue": acme::SHORT_ID, "status": "resolved"})).await;
        let puts = hostile.sentry.to("PUT", ISSUE).len();
        assert!(update.is_error && update.text.contains(&status.to_string()), "{}", update.text);
        assert_eq!(puts, 1, "{:?}", hostile.sentry.journal());
    }
    hostile.stop().await;
}

#[tokio::test]
async fn slow_and_broken_answers_end_with_a_clear_error() {
    let hostile = Hostile::with(&["--sentry-timeout", "1"]).await;
    let host = format!("127.0.0.1:{}", hostile.sentry.port());
    let whole = found();
    let cases: Vec<(Answer, &str)> = vec![
        (Answer::never(), "within 1 s"),
        (found().drip(Duration::from_millis(200)), "within 1 s"),
        (whole.clone().cut(40), "broke off"),
        (whole.clone().announce(1_000_000), "broke off"),
        (Answer::status(200).header("content-type", "application/json").body(b"[{\"id\": \"1\", "), "not JSON"),
        (Answer::status(200).body(b"\xff\xfe\x00"), "not JSON"),
        (Answer::html(200, "<html><title>Sign in</title></html>"), "HTML"),
    ];
    for (answer, expect) in cases {
        let said = format!("{answer:?}");
        let said = said.get(..120).unwrap_or(&said);
        let (reply, _) = hostile.answered(answer).await;
        assert!(reply.is_error, "{said}: {}", reply.text);
        assert!(reply.text.contains(expect), "{said}: {}", reply.text);
        assert!(reply.text.contains(&host) || expect == "not JSON" || expect == "HTML", "{said}: {}", reply.text);
    }
    // What was only cut once is asked again.
    let (reply, asked) = hostile.answered([whole.clone().cut(40), whole]).await;
    assert!(reply.ok().text.contains(acme::SHORT_ID) && asked == 2);
    // Nothing at all is an empty list, and no crash.
    for empty in [json!([]), json!({}), Value::Null, json!("x"), json!([null, 1, [], {}])] {
        let (reply, _) = hostile.answered(Answer::json(empty.clone())).await;
        assert!(!reply.text.contains("panic") && !reply.text.contains("bug of fixloop"), "{empty}: {}", reply.text);
    }
    hostile.stop().await;
}

#[tokio::test]
async fn every_error_body_becomes_a_sentence_with_a_hint() {
    let hostile = Hostile::start().await;
    let json = |status: u16, body: Value| Answer::status(status).body_json(body);
    let cases = [
        (
            Answer::detail(403, "You do not have permission to perform this action."),
            "do not have permission",
            "event:read",
        ),
        (
            json(
                401,
                json!({"detail": {"code": "sso-required", "message": "Must login via SSO", "extra": {"loginUrl": "/auth/login/acme/"}}}),
            ),
            "Must login via SSO",
            "token",
        ),
        (json(400, json!({"query": ["Invalid number: nine"], "sort": ["Unknown"]})), "Invalid number: nine", ""),
        (json(400, json!("Invalid date range")), "Invalid date range", ""),
        (json(400, json!({"detail": "Error parsing search query: is:unresolvd"})), "is:unresolvd", ""),
        (json(409, json!({"errorCode": 3, "detail": {"message": "busy"}})), "busy", ""),
        (
            Answer::html(500, "<!doctype html><title>Internal Error</title><body>trace</body>"),
            "Internal Error",
            "later",
        ),
        (Answer::status(500), "500", "later"),
        (Answer::status(413).body(b"Request Entity Too Large"), "Too Large", ""),
        (json(400, json!({"detail": null, "errors": []})), "400", ""),
    ];
    for (answer, expect, hint) in cases {
        let said = format!("{answer:?}");
        let (reply, _) = hostile.answered(answer).await;
        assert!(reply.is_error, "{said}: {}", reply.text);
        assert!(reply.text.contains(expect) && reply.text.contains(hint), "{said}: {}", reply.text);
        assert!(reply.text.lines().count() <= 4 && reply.text.len() < 1_200, "{said}: {}", reply.text);
        assert!(!reply.text.contains("<body") && !reply.text.contains("doctype"), "{said}: {}", reply.text);
        assert_eq!(inert::faults(&reply), Vec::<String>::new(), "{said}");
    }
    hostile.stop().await;
}

#[tokio::test]
async fn what_an_error_says_is_inert_too() {
    let hostile = Hostile::start().await;
    let mut found = Vec::new();
    for attempt in attempts() {
        let text = attempt.text;
        let answers = [
            Answer::status(400).body_json(json!({"detail": text})),
            Answer::status(403).body_json(json!({"detail": {"code": text, "message": text}})),
            Answer::status(400).body_json(json!({text.clone(): [text]})),
            Answer::status(400).body_json(json!(text)),
            Answer::status(418).body(text.as_bytes()),
            Answer::html(500, &format!("<html><title>{text}</title></html>")),
        ];
        for (at, answer) in answers.into_iter().enumerate() {
            let (reply, _) = hostile.answered(answer).await;
            assert!(reply.is_error);
            found.extend(inert::faults(&reply).into_iter().map(|fault| format!("{} as {at}: {fault}", attempt.name)));
        }
    }
    assert!(found.is_empty(), "{} faults:\n{}", found.len(), found[..found.len().min(30)].join("\n"));
    // The words do get through.
    let (reply, _) = hostile.answered(Answer::detail(400, MARK)).await;
    assert!(reply.text.contains(MARK));
    hostile.stop().await;
}
