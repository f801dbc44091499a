//! Several fixloop processes of one workspace: one listens, all share its store, and the next takes over.

use fixloop::{
    event::IssueStatus,
    sink::{Sink, WaitFor},
};

use super::support::{Process, SOON, config, envelope, error, free_port, id, request, send, start_with, wait};

async fn pair(state: &std::path::Path) -> (u16, Sink, Sink) {
    let port = free_port().await;
    let config = fixloop::config::SinkConfig { port, ..config() };
    let first = start_with(state, config.clone()).await;
    let second = start_with(state, config).await;
    (port, first, second)
}

/// Posts until it is taken: a take-over takes a moment.
async fn post_until_taken(port: u16, n: u64, sink: &Sink) {
    let body = envelope(&error(n, "Error", "after"));
    let taken = async {
        while super::support::try_post(port, "/stream", &body).await != Some(200) || sink.status().await.unwrap().shared
        {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(SOON, taken).await.expect("nobody took the port over");
}

#[tokio::test]
async fn the_second_shares_the_store_is_woken_and_takes_over() {
    let state = tempfile::tempdir().unwrap();
    let (port, first, second) = pair(state.path()).await;
    let (one, two) = (first.status().await.unwrap(), second.status().await.unwrap());
    assert_eq!((one.shared, two.shared), (false, true));
    assert_eq!((&one.dsn, &one.url), (&two.dsn, &two.url));
    assert!(
        one.note.is_empty() && two.note.contains("Another fixloop of this workspace"),
        "{} / {}",
        one.note,
        two.note
    );

    let waiting = {
        let second = second.clone();
        tokio::spawn(async move { wait(&second, &WaitFor { since_ms: Some(0), ..WaitFor::default() }).await })
    };
    send(&first, &error(1, "Error", "shared")).await;
    assert_eq!(waiting.await.unwrap().unwrap().event.event_id, id(1));
    second.update("LOCAL-1", IssueStatus::Resolved).await.unwrap();
    assert_eq!(first.issue("LOCAL-1").await.unwrap().unwrap().status, IssueStatus::Resolved);

    first.stop().await;
    post_until_taken(port, 2, &second).await;
    assert_eq!(second.status().await.unwrap().dsn, two.dsn);
    assert!(second.event(&id(1)).await.unwrap().is_some() && second.event(&id(2)).await.unwrap().is_some());
    second.stop().await;
}

#[tokio::test]
async fn it_takes_over_from_a_killed_process() {
    let workspace = tempfile::tempdir().unwrap();
    let mut process = Process::start(workspace.path(), free_port().await).await;
    let config = fixloop::config::SinkConfig { port: process.port, ..config() };
    let sink = start_with(&workspace.path().join(".fixloop"), config).await;
    let status = sink.status().await.unwrap();
    assert_eq!((status.shared, status.dsn.as_deref()), (true, Some(process.dsn.as_str())));
    let waiting = {
        let sink = sink.clone();
        tokio::spawn(async move {
            wait(&sink, &WaitFor { event_id: Some(id(7)), since_ms: Some(0), ..WaitFor::default() }).await
        })
    };
    assert_eq!(request(process.port, "POST", "/stream", &[], &envelope(&error(7, "Error", "x"))).await.status, 200);
    assert!(waiting.await.unwrap().is_some());
    process.kill().await;
    post_until_taken(process.port, 8, &sink).await;
    assert!(sink.event(&id(8)).await.unwrap().is_some());
    sink.stop().await;
}

#[tokio::test]
async fn a_port_held_by_others_means_a_free_port_and_siblings_find_it() {
    let foreign = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let held = foreign.local_addr().unwrap().port();
    let config = fixloop::config::SinkConfig { port: held, ..config() };
    let state = tempfile::tempdir().unwrap();
    // It accepts and says nothing: the worst kind of neighbour.
    let sink = start_with(state.path(), config.clone()).await;
    let status = sink.status().await.unwrap();
    assert_ne!(sink.address().unwrap().port(), held);
    assert!(status.note.contains(&format!("Port {held} is held by another program")), "{}", status.note);
    assert_eq!(send(&sink, &error(1, "Error", "x")).await.status, 200);
    let sibling = start_with(state.path(), config.clone()).await;
    assert_eq!((sibling.status().await.unwrap().shared, sibling.address()), (true, sink.address()));
    // Another workspace has a store of its own.
    let elsewhere = tempfile::tempdir().unwrap();
    let taken = fixloop::config::SinkConfig { port: sink.address().unwrap().port(), ..config };
    let other = start_with(elsewhere.path(), taken).await;
    let status = other.status().await.unwrap();
    assert_eq!((status.shared, status.events), (false, 0));
    assert_ne!(other.address(), sink.address());
    for sink in [other, sibling, sink] {
        sink.stop().await;
    }
}

#[tokio::test]
async fn stop_frees_the_port_and_ends_streams() {
    let state = tempfile::tempdir().unwrap();
    let port = free_port().await;
    let config = fixloop::config::SinkConfig { port, ..config() };
    let sink = start_with(state.path(), config.clone()).await;
    let stream = tokio::spawn(async move { request(port, "GET", "/stream", &[], b"").await });
    send(&sink, &error(1, "Error", "x")).await;
    let again = {
        tokio::time::timeout(SOON, sink.stop()).await.expect("it did not stop");
        start_with(state.path(), config).await
    };
    let stream = stream.await.unwrap();
    assert_eq!(stream.header("content-type").as_deref(), Some("text/event-stream"));
    assert_eq!((again.address().unwrap().port(), again.status().await.unwrap().events), (port, 1));
    again.stop().await;
}
