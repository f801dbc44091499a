//! The language of issue searches, and pages.

use fixloop::{
    event::IssueStatus,
    sink::{IssueQuery, Sink, query},
};
use serde_json::json;

use super::support::{error, id, send, start};

async fn filled(state: &std::path::Path) -> Sink {
    let sink = start(state).await;
    let mut n = 0;
    for (ty, value, level, release, environment, times) in [
        ("TypeError", "cart is 100% undefined", "error", "shop@1.0.0", "production", 3),
        ("ReferenceError", "total_price is not defined", "fatal", "shop@1.1.0", "staging", 1),
        ("RangeError", "Invalid array length", "warning", "shop@2.0.0", "production", 2),
    ] {
        for user in 0..times {
            n += 1;
            let mut event = error(n, ty, value);
            event["exception"]["values"][0]["stacktrace"]["frames"][0]["function"] = json!(format!("in{ty}"));
            event["level"] = json!(level);
            event["release"] = json!(release);
            event["environment"] = json!(environment);
            event["user"] = json!({ "id": format!("u{user}"), "email": format!("u{user}@shop.example") });
            event["tags"] = json!({ "flavour": format!("{ty} mild"), "route": "/cart" });
            assert_eq!(send(&sink, &event).await.status, 200);
        }
    }
    sink.update("LOCAL-2", IssueStatus::Resolved).await.unwrap();
    sink.update("LOCAL-3", IssueStatus::Ignored).await.unwrap();
    sink
}

async fn find(sink: &Sink, query: &str) -> Vec<String> {
    let query = IssueQuery { query: query.into(), sort: Some("new".into()), limit: 50, ..IssueQuery::default() };
    let mut found: Vec<_> = sink.issues(query).await.unwrap().rows.into_iter().map(|issue| issue.id).collect();
    found.sort();
    found.into_iter().map(|id| id.replace("LOCAL-", "")).collect()
}

#[tokio::test]
async fn queries() {
    let state = tempfile::tempdir().unwrap();
    let sink = filled(state.path()).await;
    let first = id(1);
    let cases = [
        ("", "1 2 3"),
        ("is:unresolved", "1"),
        ("is:resolved", "2"),
        ("is:ignored", "3"),
        ("is:regressed", ""),
        ("!is:unresolved", "2 3"),
        ("level:error", "1"),
        ("level:[error, fatal]", "1 2"),
        ("!level:error", "2 3"),
        ("release:shop@1.*", "1 2"),
        ("release:SHOP@2.0.0", "3"),
        ("environment:production level:warning", "3"),
        ("platform:javascript", "1 2 3"),
        ("project:1", "1 2 3"),
        ("project:2", ""),
        ("kind:error", "1 2 3"),
        ("user.id:u2", "1"),
        ("user.email:\"u1@shop.example\"", "1 3"),
        ("user.email:u*@shop.example", "1 2 3"),
        ("flavour:\"RangeError mild\"", "3"),
        ("flavour:*mild", "1 2 3"),
        ("tags[flavour]:Type*", "1"),
        ("has:flavour", "1 2 3"),
        ("!has:flavour", ""),
        ("route:/cart", "1 2 3"),
        ("culprit:*inRangeError*", "3"),
        ("title:TypeError*", "1"),
        ("message:\"not defined\"", "2"),
        ("undefined", "1"),
        ("UNDEFINED", "1"),
        ("\"is not defined\"", "2"),
        ("100%", "1"),
        ("total_price", "2"),
        ("totalXprice", ""),
        ("!undefined", "2 3"),
        ("TypeError: cart", "1"),
        ("issue:LOCAL-2", "2"),
        ("timesSeen:>1", "1 3"),
        ("timesSeen:1", "2"),
        ("lastSeen:-1h", "1 2 3"),
        ("firstSeen:+1h", ""),
        (first.as_str(), "1"),
        ("id:00000000-0000-0000-0000-000000000004", "2"),
        ("http://nowhere", ""),
        ("a'; DROP TABLE issues; --", ""),
    ];
    for (query, expected) in cases {
        assert_eq!(find(&sink, query).await.join(" "), expected, "{query}");
    }
    sink.stop().await;
}

#[test]
fn queries_that_are_not_understood_name_the_keys() {
    for query in [
        "is:open:wide",
        "is:lost",
        "level:",
        "a OR b",
        "(level:error)",
        "issue:SHOP-1",
        "id:xyz",
        "lastSeen:24h",
        "lastSeen:-3y",
        "timesSeen:>many",
        "title:\"open",
    ] {
        let error = query::parse(query).expect_err(query);
        assert!(error.hint().unwrap().contains("user.email"), "{query}: {error}");
    }
}

#[tokio::test]
async fn pages_are_complete_in_every_order() {
    let state = tempfile::tempdir().unwrap();
    let sink = filled(state.path()).await;
    for (sort, expected) in [("date", "3 2 1"), ("new", "3 2 1"), ("freq", "1 3 2"), ("user", "1 3 2")] {
        let mut seen = Vec::new();
        let mut cursor = None;
        loop {
            let query = IssueQuery { sort: Some(sort.into()), limit: 1, cursor, ..IssueQuery::default() };
            let page = sink.issues(query).await.unwrap();
            assert_eq!((page.total, page.rows.len()), (3, 1));
            seen.push(page.rows[0].id.replace("LOCAL-", ""));
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        assert_eq!(seen.join(" "), expected, "{sort}");
    }
    let mut seen = Vec::new();
    let mut cursor = None;
    loop {
        let page = sink.events("LOCAL-1", 2, cursor.as_deref()).await.unwrap();
        assert_eq!(page.total, 3);
        seen.extend(page.rows.into_iter().map(|stored| stored.event.event_id));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen, [id(3), id(2), id(1)]);
    let wrong = |sort: &str, cursor: &str| IssueQuery {
        sort: Some(sort.into()),
        limit: 1,
        cursor: Some(cursor.into()),
        ..IssueQuery::default()
    };
    for query in [wrong("date", "freq:1:1"), wrong("date", "rubbish"), wrong("size", "")] {
        sink.issues(query.clone()).await.expect_err(&format!("{query:?}"));
    }
    assert!(sink.update("LOCAL-99", IssueStatus::Resolved).await.unwrap_err().what().contains("LOCAL-99"));
    assert!(sink.issue("SHOP-1").await.unwrap().is_none());
    sink.stop().await;
}
