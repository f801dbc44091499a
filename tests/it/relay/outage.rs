//! A server that is away: the queue outlives it, and us, within its bounds.

use fixloop::event::ForwardState;
use serde_json::json;

use super::support::{ENVELOPE, counts, dsn, envelope_id, fate, forwarding, ids, start_to, taking};
use crate::{
    sink::support::{KEY, Process, envelope, error, free_port, id, send, start_with, try_post},
    support::sentry::{Answer, Sentry},
};

/// `fixloop sink` is killed with SIGKILL while the server is away, and started again when it is back.
#[tokio::test]
async fn what_was_acknowledged_survives_a_kill_and_arrives_exactly_once() {
    let (away, workspace) = (free_port().await, tempfile::tempdir().unwrap());
    let to = dsn(away, 42);
    let mut process = Process::start_with(workspace.path(), 0, &["--forward", &to]).await;
    for n in 1..=50 {
        let path = format!("/api/1/envelope/?sentry_key={KEY}");
        let status = try_post(process.port, &path, &envelope(&error(n, "TypeError", "x"))).await;
        assert_eq!(status, Some(200));
    }
    process.kill().await;
    let server = Sentry::start_at(away).await;
    server.on("POST", ENVELOPE, json!({}));
    let sink = start_with(&workspace.path().join(".fixloop"), forwarding(&[&to])).await;
    counts(&sink, "all are settled", |counts| counts.queued == 0 && counts.sent == 50).await;
    let mut all = ids(&server);
    all.sort();
    assert_eq!(all, (1..=50).map(id).collect::<Vec<_>>());
    sink.stop().await;
    assert_eq!(server.requests().len(), 50);
}

#[tokio::test]
async fn down_then_up_goes_on_by_itself() {
    let (away, state) = (free_port().await, tempfile::tempdir().unwrap());
    let sink = start_with(state.path(), forwarding(&[&dsn(away, 42)])).await;
    for n in 1..=5 {
        assert_eq!(send(&sink, &error(n, "TypeError", "x")).await.status, 200);
    }
    let waiting = counts(&sink, "it says what it waits for", |counts| counts.waiting.is_some()).await;
    let why = waiting.waiting.unwrap();
    assert!(why.starts_with("it cannot be reached (") && why.contains("; next try at "), "{why}");
    let queued = fate(&sink, &id(5), ForwardState::Queued).await;
    assert!(queued.why.unwrap().starts_with("it cannot be reached"));
    let server = Sentry::start_at(away).await;
    server.on("POST", ENVELOPE, json!({}));
    counts(&sink, "all are sent", |counts| counts.sent == 5 && counts.queued == 0).await;
    let mut all = ids(&server);
    all.sort();
    assert_eq!(all, (1..=5).map(id).collect::<Vec<_>>());
    sink.stop().await;
}

#[tokio::test]
async fn a_full_queue_drops_its_oldest_and_counts_them() {
    let (away, state) = (free_port().await, tempfile::tempdir().unwrap());
    let mut config = forwarding(&[&dsn(away, 42)]);
    config.relay.queue = 3;
    let sink = start_with(state.path(), config).await;
    // The first tries are over, so that nothing is on its way: that would not be dropped.
    send(&sink, &error(1, "TypeError", "x")).await;
    counts(&sink, "waiting", |counts| counts.waiting.is_some()).await;
    for n in 2..=6 {
        assert_eq!(send(&sink, &error(n, "TypeError", "x")).await.status, 200);
    }
    let full = counts(&sink, "dropped", |counts| counts.queued <= 3).await;
    let dropped: u64 = full.dropped.iter().map(|(_, number)| number).sum();
    assert_eq!(full.queued + dropped, 6, "{full:?}");
    assert_eq!(full.dropped[0].0, "the queue was full");
    let fate_1 = fate(&sink, &id(1), ForwardState::Dropped).await;
    assert_eq!(fate_1.why.as_deref(), Some("the queue was full"));
    // Kept here all the same.
    assert_eq!(sink.status().await.unwrap().events, 6);
    fate(&sink, &id(6), ForwardState::Queued).await;
    sink.stop().await;

    // By bytes: one that is larger than the whole queue never gets in.
    let state = tempfile::tempdir().unwrap();
    let mut config = forwarding(&[&dsn(away, 42)]);
    config.relay.queue_bytes = 100;
    let sink = start_with(state.path(), config).await;
    assert_eq!(send(&sink, &error(1, "TypeError", "x")).await.status, 200);
    fate(&sink, &id(1), ForwardState::Dropped).await;
    sink.stop().await;
}

#[tokio::test]
async fn what_waits_for_too_long_is_dropped_and_counted() {
    let (away, state) = (free_port().await, tempfile::tempdir().unwrap());
    let mut config = forwarding(&[&dsn(away, 42)]);
    config.keep_for = std::time::Duration::ZERO;
    let sink = start_with(state.path(), config).await;
    for n in 1..=300 {
        send(&sink, &error(n, "TypeError", "x")).await;
    }
    // Retention takes a step after some envelopes.
    let dropped = counts(&sink, "dropped", |counts| !counts.dropped.is_empty()).await.dropped;
    assert_eq!(dropped[0].0, "it waited for longer than events are kept");
    sink.stop().await;
}

/// What is queued for a DSN is not sent once the user does not name it any more.
#[tokio::test]
async fn without_the_setting_nothing_is_sent() {
    let (away, state) = (free_port().await, tempfile::tempdir().unwrap());
    let sink = start_with(state.path(), forwarding(&[&dsn(away, 42)])).await;
    send(&sink, &error(1, "TypeError", "x")).await;
    sink.stop().await;
    let old = Sentry::start_at(away).await;
    old.on("POST", ENVELOPE, json!({}));
    let (server, other) = (taking().await, tempfile::tempdir().unwrap());
    let sink = start_to(&server, other.path()).await;
    sink.stop().await;
    let sink = start_to(&server, state.path()).await;
    send(&sink, &error(2, "TypeError", "y")).await;
    fate(&sink, &id(2), ForwardState::Sent).await;
    let status = sink.status().await.unwrap();
    let left = status.forwards.iter().find(|one| one.what.starts_with("no more")).expect("it is not said");
    assert_eq!((left.queued, left.sent), (1, 0));
    assert_eq!(fate(&sink, &id(1), ForwardState::Queued).await.why.unwrap(), "--forward does not name this DSN now");
    sink.stop().await;
    assert!(old.requests().is_empty());
    // Named again, it goes.
    let sink = start_to(&old, state.path()).await;
    fate(&sink, &id(1), ForwardState::Sent).await;
    sink.stop().await;
}

/// Two processes of one workspace, each with a port and a worker of its own: the queue is one.
#[tokio::test]
async fn two_processes_send_each_envelope_once() {
    let (server, state) = (taking().await, tempfile::tempdir().unwrap());
    let (a, b) = (start_to(&server, state.path()).await, start_to(&server, state.path()).await);
    let posts = (1..=60).map(|n| {
        let sink = if n % 2 == 0 { &a } else { &b };
        async move { assert_eq!(send(sink, &error(n, "TypeError", "x")).await.status, 200) }
    });
    futures_util::future::join_all(posts).await;
    counts(&a, "all are sent", |counts| counts.sent == 60 && counts.queued == 0).await;
    let mut all = ids(&server);
    all.sort();
    assert_eq!(all, (1..=60).map(id).collect::<Vec<_>>());
    a.stop().await;
    b.stop().await;
}

/// One that is not answered does not keep the fate of those sent with it: their leases may end before its own, and another
/// process would send them again.
#[tokio::test]
async fn a_slow_answer_keeps_no_other_waiting() {
    let (away, state) = (free_port().await, tempfile::tempdir().unwrap());
    let sink = start_with(state.path(), forwarding(&[&dsn(away, 42)])).await;
    for n in 1..=4 {
        send(&sink, &error(n, "TypeError", "x")).await;
    }
    sink.stop().await;
    let server = Sentry::start_at(away).await;
    server.on_with("POST", ENVELOPE, |request| {
        if envelope_id(request) == id(1) { Answer::never() } else { Answer::json(json!({})) }
    });
    let sink = start_to(&server, state.path()).await;
    for n in 2..=4 {
        fate(&sink, &id(n), ForwardState::Sent).await;
    }
    fate(&sink, &id(1), ForwardState::Queued).await;
    sink.stop().await;
    let mut all = ids(&server);
    all.sort();
    assert_eq!(all, (1..=4).map(id).collect::<Vec<_>>());
}
