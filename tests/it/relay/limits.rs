//! Rate limits: kept for as long as they hold, by category, over restarts.

use fixloop::event::ForwardState;
use serde_json::json;

use super::support::{ENVELOPE, counts, fate, ids, start_to, taking};
use crate::{
    sink::support::{self as local, error, id, post, send},
    support::sentry::Answer,
};

fn transaction(n: u64) -> Vec<u8> {
    let event =
        json!({"event_id": id(n), "type": "transaction", "transaction": "GET /", "start_timestamp": 1, "timestamp": 2});
    format!("{}\n{}\n{event}", json!({"event_id": id(n)}), json!({"type": "transaction"})).into_bytes()
}

/// Each row: an answer, and the categories that are limited after it.
#[tokio::test]
async fn every_way_to_say_a_limit_is_understood() {
    let header = "x-sentry-rate-limits";
    let rows: Vec<(Answer, &[&str], ForwardState)> = vec![
        (Answer::status(429).header(header, "3600:error:key:quota"), &["error"], ForwardState::Queued),
        (
            Answer::status(429).header(header, "3600:error;transaction:organization, 60.5:attachment:key"),
            &["attachment", "error", "transaction"],
            ForwardState::Queued,
        ),
        (Answer::status(429).header(header, "2700::organization:all_of_it"), &["all"], ForwardState::Queued),
        (Answer::status(429).header("retry-after", "3600"), &["all"], ForwardState::Queued),
        (Answer::status(429).header("retry-after", "Wed, 22 Nov 2090 10:00:00 GMT"), &["all"], ForwardState::Queued),
        (Answer::status(429), &["all"], ForwardState::Queued),
        // Says 429, and limits something else: that would be asked again at once, and forever.
        (Answer::status(429).header(header, "60:transaction:key"), &["all", "transaction"], ForwardState::Queued),
        (Answer::status(429).header(header, "nonsense, :::, "), &["all"], ForwardState::Queued),
        // Taken, and a limit for what comes next.
        (Answer::status(200).header(header, "60:error:key"), &["error"], ForwardState::Sent),
        (Answer::status(200).header(header, "0:error:key"), &[], ForwardState::Sent),
        (Answer::status(503).header("retry-after", "120"), &["all"], ForwardState::Queued),
    ];
    for (number, (answer, limited, state)) in rows.into_iter().enumerate() {
        let (server, folder) = (taking().await, tempfile::tempdir().unwrap());
        server.on("POST", ENVELOPE, answer);
        let sink = start_to(&server, folder.path()).await;
        send(&sink, &error(1, "TypeError", "x")).await;
        server.wait_for(1).await;
        let counts = counts(&sink, "settled", |counts| counts.limited.len() == limited.len()).await;
        let categories: Vec<_> = counts.limited.iter().map(|(category, _)| category.as_str()).collect();
        assert_eq!(categories, limited, "row {number}");
        let fate = fate(&sink, &id(1), state).await;
        if state == ForwardState::Queued {
            assert!(fate.why.unwrap().starts_with("rate limited for "), "row {number}");
        }
        sink.stop().await;
        assert_eq!(server.requests().len(), 1, "row {number}");
    }
}

#[tokio::test]
async fn a_limit_holds_back_its_category_alone_and_over_a_restart() {
    let (server, state) = (taking().await, tempfile::tempdir().unwrap());
    server.on(
        "POST",
        ENVELOPE,
        [Answer::status(429).header("x-sentry-rate-limits", "3600:error:key"), Answer::json(json!({}))],
    );
    let sink = start_to(&server, state.path()).await;
    send(&sink, &error(1, "TypeError", "x")).await;
    counts(&sink, "limited", |counts| !counts.limited.is_empty()).await;
    send(&sink, &error(2, "TypeError", "y")).await;
    let path = format!("/api/1/envelope/?sentry_key={}", local::KEY);
    post(&sink, &path, &transaction(3)).await;
    fate(&sink, &id(3), ForwardState::Sent).await;
    sink.stop().await;
    let sink = start_to(&server, state.path()).await;
    post(&sink, &path, &transaction(4)).await;
    fate(&sink, &id(4), ForwardState::Sent).await;
    assert_eq!(ids(&server), [id(1), id(3), id(4)]);
    let counts = counts(&sink, "status", |_| true).await;
    assert_eq!((counts.queued, counts.sent), (2, 2));
    let fate = fate(&sink, &id(2), ForwardState::Queued).await;
    assert!(fate.why.unwrap().starts_with("rate limited for error until "));
    sink.stop().await;
}

#[tokio::test]
async fn what_was_held_back_goes_when_the_limit_ends_and_once() {
    let (server, state) = (taking().await, tempfile::tempdir().unwrap());
    server.on(
        "POST",
        ENVELOPE,
        [
            Answer::status(429).header("x-sentry-rate-limits", "1:error:key"),
            Answer::status(429).header("retry-after", "1"),
            Answer::json(json!({})),
        ],
    );
    let sink = start_to(&server, state.path()).await;
    send(&sink, &error(1, "TypeError", "x")).await;
    fate(&sink, &id(1), ForwardState::Sent).await;
    assert_eq!(ids(&server), [id(1), id(1), id(1)]);
    let counts = counts(&sink, "status", |_| true).await;
    assert_eq!((counts.queued, counts.sent, counts.refused), (0, 1, 0));
    sink.stop().await;
}

/// A server with a limit for what goes along takes the rest. Each row: what goes with an error, and its category.
#[tokio::test]
async fn a_limit_for_what_goes_along_does_not_hold_back_the_event() {
    for (ty, category) in [("attachment", "attachment"), ("session", "session"), ("client_report", "internal")] {
        let (server, state) = (taking().await, tempfile::tempdir().unwrap());
        let limit = format!("3600:{category}:key");
        server.on("POST", ENVELOPE, Answer::json(json!({})).header("x-sentry-rate-limits", &limit));
        let sink = start_to(&server, state.path()).await;
        let path = format!("/api/1/envelope/?sentry_key={}", local::KEY);
        for n in 1..=2 {
            let mut both = local::envelope(&error(n, "TypeError", "x"));
            both.extend_from_slice(format!("\n{}\n{{}}", json!({"type": ty, "length": 2})).as_bytes());
            assert_eq!(post(&sink, &path, &both).await.status, 200);
            fate(&sink, &id(n), ForwardState::Sent).await;
        }
        // Alone it waits.
        let alone = format!("{}\n{}\n{{}}", json!({"event_id": id(3)}), json!({"type": ty, "length": 2}));
        assert_eq!(post(&sink, &path, alone.as_bytes()).await.status, 200);
        let held = counts(&sink, "held back", |counts| counts.queued == 1).await;
        assert_eq!((held.sent, held.limited.len()), (2, 1), "{ty}");
        sink.stop().await;
        assert_eq!(ids(&server), [id(1), id(2)], "{ty}");
    }
}
