//! From HTTP to the store and back.

use fixloop::{
    event::IssueStatus,
    sink::{IssueQuery, WaitFor},
};

use super::support::{error, id, port, send, start, wait};

#[tokio::test]
async fn an_event_becomes_an_issue_and_is_read_back() {
    let state = tempfile::tempdir().unwrap();
    let sink = start(state.path()).await;
    let sent = error(1, "ReferenceError", "myUndefinedFunction is not defined");
    let answer = send(&sink, &sent).await;
    assert_eq!((answer.status, answer.json()["id"].as_str()), (200, Some(id(1).as_str())));

    let page =
        sink.issues(IssueQuery { query: "is:unresolved".into(), limit: 10, ..IssueQuery::default() }).await.unwrap();
    assert_eq!(page.total, 1);
    let issue = &page.rows[0];
    assert_eq!(issue.id, "LOCAL-1");
    assert_eq!(issue.title, "ReferenceError: myUndefinedFunction is not defined");
    assert_eq!((issue.count, issue.releases.as_slice()), (1, ["shop@1.2.3".to_owned()].as_slice()));

    let stored = sink.event(&id(1)).await.unwrap().unwrap();
    assert_eq!(stored.issue.as_deref(), Some("LOCAL-1"));
    assert_eq!(stored.event, fixloop::event::Event::from_value(&sent));
    assert_eq!(sink.envelope(&id(1)).await.unwrap().unwrap(), super::support::envelope(&sent));
    let status = sink.status().await.unwrap();
    assert_eq!((status.events, status.issues, status.items), (1, 1, vec![("event".into(), 1)]));
    assert!(sink.is_ours(&format!("http://localhost:{}/api/1/envelope/", port(&sink)).parse().unwrap()));
    sink.stop().await;
}

#[tokio::test]
async fn a_resolved_issue_that_recurs_is_regressed() {
    let state = tempfile::tempdir().unwrap();
    let sink = start(state.path()).await;
    send(&sink, &error(1, "TypeError", "x")).await;
    let (before, after) = sink.update("LOCAL-1", IssueStatus::Resolved).await.unwrap();
    assert_eq!((before.status, after.status), (IssueStatus::Unresolved, IssueStatus::Resolved));
    send(&sink, &error(2, "TypeError", "x")).await;
    let issue = sink.issue("LOCAL-1").await.unwrap().unwrap();
    assert_eq!((issue.status, issue.count), (IssueStatus::Regressed, 2));
    sink.stop().await;
}

#[tokio::test]
async fn a_wait_is_woken_by_what_is_sent_later_and_finds_what_was_sent_before() {
    let state = tempfile::tempdir().unwrap();
    let sink = start(state.path()).await;
    let waiting = {
        let sink = sink.clone();
        tokio::spawn(async move {
            wait(&sink, &WaitFor { contains: Some("SECOND".into()), since_ms: Some(0), ..WaitFor::default() }).await
        })
    };
    send(&sink, &error(1, "Error", "first")).await;
    send(&sink, &error(2, "Error", "the second")).await;
    assert_eq!(waiting.await.unwrap().unwrap().event.event_id, id(2));
    let before = wait(&sink, &WaitFor { event_id: Some(id(1)), since_ms: Some(0), ..WaitFor::default() }).await;
    assert_eq!(before.unwrap().event.event_id, id(1));
    sink.stop().await;
}
