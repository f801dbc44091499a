//! Answers other than yes: what is tried again, what is given up, and what is said of it.

use std::time::Duration;

use fixloop::event::ForwardState;
use serde_json::json;

use super::support::{ENVELOPE, counts, fate, ids, start_to, taking};
use crate::{
    sink::support::{error, id, send},
    support::sentry::Answer,
};

/// Each row: an answer, and the refusal that is kept.
#[tokio::test]
async fn what_the_other_side_will_not_have_is_given_up_with_its_reason() {
    let rows = vec![
        (
            Answer::status(403).body_json(
                json!({"detail": "event submission rejected with_reason: ProjectId", "causes": ["disabled"]}),
            ),
            403,
            "403 Forbidden: event submission rejected with_reason: ProjectId: disabled",
        ),
        (Answer::status(401).header("x-sentry-error", "bad key"), 401, "401 Unauthorized: bad key"),
        (Answer::status(413).body(b"too big"), 413, "413 Payload Too Large: too big"),
        (
            Answer::status(400).body_json(json!({"detail": "a\u{1b}[31m\nnewline", "token": "x"})),
            400,
            "400 Bad Request: a [31m newline",
        ),
    ];
    for (answer, http, why) in rows {
        let (server, state) = (taking().await, tempfile::tempdir().unwrap());
        server.on("POST", ENVELOPE, [answer, Answer::json(json!({}))]);
        let sink = start_to(&server, state.path()).await;
        send(&sink, &error(1, "TypeError", "x")).await;
        let fate_1 = fate(&sink, &id(1), ForwardState::Refused).await;
        assert_eq!((fate_1.http, fate_1.why.as_deref()), (Some(http), Some(why)));
        // The queue goes on behind it.
        send(&sink, &error(2, "TypeError", "y")).await;
        fate(&sink, &id(2), ForwardState::Sent).await;
        let counts = counts(&sink, "status", |_| true).await;
        assert_eq!((counts.queued, counts.sent, counts.refused), (0, 1, 1), "{why}");
        assert!(counts.last_refusal.unwrap().contains(why), "{why}");
        sink.stop().await;
        assert_eq!(ids(&server), [id(1), id(2)], "{why}");
    }
}

/// Each row: an answer that no Sentry server gives at its address, and what is said of it. What waits is kept for when the
/// right one answers.
#[tokio::test]
async fn what_someone_else_answers_loses_nothing() {
    let page = "it answers 200 with a web page: is this the DSN of a Sentry server?";
    let moved = "https://elsewhere.example/api/42/envelope/";
    let rows = vec![
        (Answer::html(200, "<html>Please log in</html>"), page),
        (Answer::status(307).header("location", moved), "it answers 307 to elsewhere.example, which is not followed"),
        (
            Answer::status(302).header("location", "{url}/api/43/envelope/"),
            "it answers 302 to 127.0.0.1, which is not followed",
        ),
        (Answer::html(404, "<html>no such page</html>"), "it answers 404 Not Found"),
        (Answer::status(407), "it answers 407 Proxy Authentication Required"),
    ];
    for (answer, why) in rows {
        let (server, state) = (taking().await, tempfile::tempdir().unwrap());
        server.on("POST", ENVELOPE, [answer, Answer::json(json!({}))]);
        let sink = start_to(&server, state.path()).await;
        send(&sink, &error(1, "TypeError", "x")).await;
        let waiting = counts(&sink, why, |counts| counts.waiting.is_some()).await;
        assert_eq!((waiting.queued, waiting.sent, waiting.refused), (1, 0, 0), "{why}");
        let said = waiting.waiting.unwrap();
        let (said, next) = said.split_once("; next try at ").unwrap();
        assert_eq!(said, why);
        // Seldom: the shortest pause is 15 seconds.
        let next: jiff::Timestamp = next.parse().unwrap();
        assert!(next > jiff::Timestamp::now() + Duration::from_secs(5), "{why}: {next}");
        sink.stop().await;
        let sink = start_to(&server, state.path()).await;
        fate(&sink, &id(1), ForwardState::Sent).await;
        sink.stop().await;
        assert_eq!(ids(&server), [id(1), id(1)], "{why}");
    }
}

/// Each row: answers that are no answer, before the one that is.
#[tokio::test]
async fn trouble_is_waited_out() {
    let rows = vec![
        Answer::status(500),
        Answer::html(502, "<html>Bad gateway</html>"),
        Answer::status(503),
        Answer::status(408),
    ];
    for answer in rows {
        let (server, state) = (taking().await, tempfile::tempdir().unwrap());
        server.on("POST", ENVELOPE, [answer, Answer::json(json!({}))]);
        let sink = start_to(&server, state.path()).await;
        send(&sink, &error(1, "TypeError", "x")).await;
        fate(&sink, &id(1), ForwardState::Sent).await;
        assert_eq!(ids(&server), [id(1), id(1)]);
        let counts = counts(&sink, "the trouble is over", |counts| counts.waiting.is_none()).await;
        assert_eq!((counts.queued, counts.sent, counts.refused), (0, 1, 0));
        sink.stop().await;
    }
}

/// A 200 whose body is cut off or slow is a 200: sent again it would be there twice.
#[tokio::test]
async fn a_taken_envelope_is_not_sent_again_for_the_sake_of_its_answer() {
    let slow = Answer::json(json!({"id": id(1)})).after(Duration::from_millis(300));
    let drip = Answer::json(json!({"id": id(1)})).drip(Duration::from_millis(20));
    for answer in [Answer::json(json!({"id": id(1)})).cut(3), Answer::json(json!({})).announce(500), slow, drip] {
        let (server, state) = (taking().await, tempfile::tempdir().unwrap());
        server.on("POST", ENVELOPE, [answer, Answer::json(json!({}))]);
        let sink = start_to(&server, state.path()).await;
        // Intake does not wait for it.
        assert_eq!(send(&sink, &error(1, "TypeError", "x")).await.status, 200);
        fate(&sink, &id(1), ForwardState::Sent).await;
        send(&sink, &error(2, "TypeError", "y")).await;
        fate(&sink, &id(2), ForwardState::Sent).await;
        sink.stop().await;
        assert_eq!(ids(&server), [id(1), id(2)]);
    }
}

/// Bugsink answers so to what it has no use for.
#[tokio::test]
async fn an_empty_page_is_a_yes() {
    let (server, state) = (taking().await, tempfile::tempdir().unwrap());
    server.on("POST", ENVELOPE, Answer::html(200, ""));
    let sink = start_to(&server, state.path()).await;
    send(&sink, &error(1, "TypeError", "x")).await;
    fate(&sink, &id(1), ForwardState::Sent).await;
    sink.stop().await;
}

/// A server that takes connections and never answers keeps neither the intake nor the end waiting.
#[tokio::test]
async fn a_silent_server_holds_up_nothing() {
    let (server, state) = (taking().await, tempfile::tempdir().unwrap());
    server.on("POST", ENVELOPE, Answer::never());
    let sink = start_to(&server, state.path()).await;
    for n in 1..=20 {
        assert_eq!(send(&sink, &error(n, "TypeError", "x")).await.status, 200);
    }
    server.wait_for(1).await;
    // The server's close limit is 5 seconds.
    tokio::time::timeout(Duration::from_secs(4), sink.stop()).await.expect("the sink does not stop");
    server.on("POST", ENVELOPE, json!({}));
    server.forget();
    let sink = start_to(&server, state.path()).await;
    counts(&sink, "all are sent after the restart", |counts| counts.sent == 20 && counts.queued == 0).await;
    let mut all = ids(&server);
    all.sort();
    assert_eq!(all, (1..=20).map(id).collect::<Vec<_>>());
    sink.stop().await;
}
