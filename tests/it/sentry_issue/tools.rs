//! Whole replies over a scripted Sentry, through real HTTP and real MCP.

use std::time::Duration;

use serde_json::{Value, json};

use super::{connected, snapshot, stable};
use crate::support::sentry::{Answer, Sentry, acme};

const ISSUE: &str = "/organizations/{organization_id_or_slug}/issues/{issue_id}/";
const EVENT: &str = "/organizations/{organization_id_or_slug}/issues/{issue_id}/events/{event_id}/";
const TAGS: &str = "/organizations/{organization_id_or_slug}/issues/{issue_id}/tags/";
const COMMITTERS: &str = "/projects/{organization_id_or_slug}/{project_id_or_slug}/events/{event_id}/committers/";

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap()
}

fn chars(text: &str) -> usize {
    text.chars().count()
}

#[tokio::test]
async fn a_rich_event_in_few_round_trips() {
    let sentry = Sentry::acme().await;
    sentry.on("GET", COMMITTERS, json!({"committers": [{"author": {"name": "Sam Ode", "email": "sam@acme.example"}, "commits": [
        {"id": "9fceb02d0ae598e95dc970b74767f19372d61af8", "message": "Charge in minor units\n\nlong", "dateCreated": "2026-11-20T07:51:00Z"}]}]}));
    let server = connected(&sentry).await;
    std::fs::create_dir_all(server.workspace().join("web/src/checkout")).unwrap();
    let lines = (1..42).map(|n| format!("// {n}\n")).collect::<String>();
    std::fs::write(
        server.workspace().join("web/src/checkout/pay.ts"),
        lines + "  return payUnsafe(total, cart.currency);\n",
    )
    .unwrap();
    sentry.slow(Duration::from_millis(100));
    let reply = server.call("get_issue", json!({"issue": "FRONTEND-4K"})).await.ok();
    assert!(sentry.round_trips() <= 3, "{} of {:#?}", sentry.round_trips(), sentry.journal());
    assert!(sentry.requests().len() <= 6, "{:#?}", sentry.journal());
    snapshot("rich", &stable(&reply.text, &sentry));
    snapshot("rich_structured", &stable(&pretty(&reply.structured), &sentry));
    assert!(chars(&reply.text) <= 8_000, "{}", chars(&reply.text));
    assert_eq!(reply.structured["event"]["frames"][0]["file"], "web/src/checkout/pay.ts");
    for secret in ["cookie-secret", "header-secret", "query-secret"] {
        assert!(!reply.text.contains(secret), "{secret}");
    }
    server.stop().await;
}

#[tokio::test]
async fn the_poorest_event_says_what_is_missing() {
    let sentry = Sentry::acme().await;
    sentry.on("GET", ISSUE, acme::poorest_issue());
    sentry.on("GET", EVENT, acme::poorest_event());
    for gone in [
        TAGS,
        "/organizations/{organization_id_or_slug}/issues/{issue_id}/tags/{key}/",
        "/organizations/{organization_id_or_slug}/issues/{issue_id}/external-issues/",
    ] {
        sentry.on("GET", gone, Answer::detail(404, "The requested resource does not exist"));
    }
    let server = connected(&sentry).await;
    let reply =
        server.call("get_issue", json!({"issue": 4_000_000_043_u64, "event": "oldest", "source": "sentry"})).await.ok();
    snapshot(
        "poorest",
        &format!("{}\n\n{}", stable(&reply.text, &sentry), stable(&pretty(&reply.structured), &sentry)),
    );
    let alone = server.call("get_event", json!({"event": acme::OLDEST_EVENT_ID, "source": "sentry"})).await.ok();
    snapshot("poorest_event", &stable(&alone.text, &sentry));
    server.stop().await;
}

#[tokio::test]
async fn a_huge_event_stays_within_its_budget_and_counts_honestly() {
    let sentry = Sentry::acme().await;
    sentry.on("GET", EVENT, acme::huge_event());
    let server = connected(&sentry).await;
    let reply = server.call("get_issue", json!({"issue": "FRONTEND-4K"})).await.ok();
    snapshot("huge", &stable(&reply.text, &sentry));
    assert!(chars(&reply.text) <= 8_000, "{}", chars(&reply.text));
    assert!(!reply.text.contains("characters left out"), "the blocks have budgets of their own");
    // Frames shown, left out and dropped are all there are.
    let shown = reply.text.lines().filter(|line| line.starts_with("* src/deep")).count();
    let library = number(&reply.text, r"… (\d+) library frames").iter().sum::<usize>();
    let left_out = number(&reply.text, r"(\d+) frames (?:left out|\(cursor)").iter().sum::<usize>();
    let dropped = number(&reply.text, r"\[(\d+) frames of its middle were dropped").iter().sum::<usize>();
    assert!(shown > 5 && dropped == 750, "{shown} {dropped}");
    let other = reply.text.lines().filter(|line| line.starts_with("  src/deep")).count();
    assert_eq!(shown + other + library + left_out + dropped, 1000, "{}", reply.text);
    // Every breadcrumb is read in the end.
    let mut cursor = number_of(&reply.text, "stack");
    let mut seen = 0;
    for _ in 0..20 {
        let Some(next) = cursor.take() else { break };
        let page = server.call("get_issue", json!({"issue": "FRONTEND-4K", "cursor": next})).await.ok();
        assert!(chars(&page.text) <= 8_000, "{}", chars(&page.text));
        seen += 1;
        cursor = number_of(&page.text, "stack");
        if cursor.is_none() {
            assert!(page.text.contains(" step0\n"), "the outermost frame is the last: {}", page.text);
        }
    }
    assert!(seen > 0 && cursor.is_none(), "{seen} pages");
    server.stop().await;
}

/// The numbers that a pattern finds.
fn number(text: &str, pattern: &str) -> Vec<usize> {
    regex::Regex::new(pattern).unwrap().captures_iter(text).map(|found| found[1].parse().unwrap()).collect()
}

/// The cursor of a section that a reply names.
fn number_of(text: &str, section: &str) -> Option<String> {
    let found = regex::Regex::new(&format!(r"({section}:\d+:[0-9a-z]+)")).unwrap();
    found.captures(text).map(|found| found[1].to_owned())
}

#[tokio::test]
async fn what_fails_is_said_and_the_rest_is_shown() {
    let sentry = Sentry::acme().await;
    sentry.on("GET", TAGS, Answer::detail(403, "You do not have permission to perform this action."));
    let server = connected(&sentry).await;
    let reply = server.call("get_issue", json!({"issue": "FRONTEND-4K"})).await.ok();
    let missing = pretty(&reply.structured["missing"]);
    snapshot("tags_forbidden", &stable(&missing, &sentry));
    assert!(reply.text.contains("caused by GatewayError"), "{}", reply.text);

    sentry.on("GET", EVENT, Answer::detail(404, "No matching event"));
    let gone = server.call("get_issue", json!({"issue": "FRONTEND-4K"})).await.ok();
    snapshot("no_event_left", &stable(&gone.text, &sentry));
    assert_eq!(gone.structured["event"], Value::Null);
    let unknown = server.call("get_issue", json!({"issue": "FRONTEND-4K", "event": "ab".repeat(16)})).await.ok();
    assert!(unknown.text.contains("It has no event abab"), "{}", unknown.text);

    sentry.on("GET", ISSUE, Answer::detail(404, "The requested resource does not exist"));
    let none = server.call("get_issue", json!({"issue": "FRONTEND-4K"})).await;
    assert!(none.is_error && none.text.contains("There is no issue FRONTEND-4K"), "{}", none.text);
    server.stop().await;
}

#[tokio::test]
async fn sections_and_cursors_read_on() {
    let sentry = Sentry::acme().await;
    let server = connected(&sentry).await;
    let mut said = String::new();
    for arguments in [
        json!({"issue": "FRONTEND-4K", "only": ["breadcrumbs"]}),
        json!({"issue": "FRONTEND-4K", "only": ["request", "user", "tags", "contexts", "activity", "release"]}),
        json!({"issue": "FRONTEND-4K", "cursor": "breadcrumbs:47:a11ce0f1"}),
        json!({"issue": "FRONTEND-4K", "cursor": "stack:38"}),
    ] {
        let reply = server.call("get_issue", arguments.clone()).await.ok();
        said.push_str(&format!("# {arguments}\n{}\n", stable(&reply.text, &sentry)));
    }
    snapshot("sections", &said);
    // The cursor is of an event that is not the latest any more.
    sentry.forget();
    let mut newer = acme::rich_event();
    newer["eventID"] = json!("ff".repeat(16));
    sentry.on("GET", "/organizations/{organization_id_or_slug}/issues/{issue_id}/events/latest/", newer);
    let reply =
        server.call("get_issue", json!({"issue": "FRONTEND-4K", "cursor": "breadcrumbs:47:a11ce0f1"})).await.ok();
    assert!(reply.text.contains(acme::EVENT_ID), "{}", reply.text);
    for (arguments, words) in [
        (json!({"issue": "FRONTEND-4K", "cursor": "breadcrumbs:47:00000000"}), "not among the newest"),
        (json!({"issue": "FRONTEND-4K", "cursor": "more"}), "is no cursor"),
        (json!({"issue": "FRONTEND-4K", "only": ["frames"]}), "frames"),
        (json!({"issue": "FRONTEND-4K", "event": "newest"}), "latest, oldest, recommended, or an event id"),
    ] {
        let reply = server.call("get_issue", arguments.clone()).await;
        assert!(reply.is_error && reply.text.contains(words), "{arguments}: {}", reply.text);
    }
    server.stop().await;
}

#[tokio::test]
async fn an_event_id_or_an_address_is_enough() {
    let sentry = Sentry::acme().await;
    sentry.on("GET", COMMITTERS, json!({"committers": []}));
    let server = connected(&sentry).await;
    let url = format!("{}/organizations/acme/issues/{}/events/{}/", sentry.url(), acme::ISSUE_ID, acme::EVENT_ID);
    sentry.slow(Duration::from_millis(100));
    for issue in [acme::EVENT_ID, url.as_str()] {
        sentry.forget();
        let reply = server.call("get_issue", json!({"issue": issue})).await.ok();
        assert_eq!(reply.structured["event"]["event_id"], acme::EVENT_ID);
        // An id alone costs one more, for its place.
        assert!(sentry.round_trips() <= 3, "{:#?}", sentry.journal());
    }
    sentry.forget();
    let event = server.call("get_event", json!({"event": url})).await.ok();
    assert_eq!(event.structured["issue"], acme::SHORT_ID);
    assert_eq!(sentry.round_trips(), 2, "{:#?}", sentry.journal());
    assert!(
        event.text.starts_with(&format!("## Event of FRONTEND-4K (error, error) on 127.0.0.1:{}", sentry.port())),
        "{}",
        event.text
    );
    sentry.on("GET", "/organizations/{organization_id_or_slug}/eventids/{event_id}/", Answer::detail(404, "gone"));
    let none = server.call("get_event", json!({"event": acme::EVENT_ID})).await;
    assert!(none.is_error && none.text.contains("There is no event"), "{}", none.text);
    server.stop().await;
}

/// A 404 is believed only where there is no other way to ask. Each row: what the server has only by number or not at all.
#[tokio::test]
async fn what_a_short_id_does_not_find_the_number_does() {
    let sentry = Sentry::acme().await;
    let server = connected(&sentry).await;
    let gone = || Answer::detail(404, "The requested resource does not exist");
    let (issue, event) =
        ("/organizations/acme/issues/FRONTEND-4K/", "/organizations/acme/issues/FRONTEND-4K/events/{event_id}/");
    for hidden in [event, issue] {
        sentry.on("GET", hidden, gone());
        let reply = server.call("get_issue", json!({"issue": "FRONTEND-4K"})).await.ok();
        assert_eq!(reply.structured["event"]["event_id"], acme::EVENT_ID, "{hidden}: {:#?}", sentry.journal());
        assert_eq!(reply.structured["missing"], Value::Null, "{hidden}");
    }
    sentry.on("GET", "/organizations/{organization_id_or_slug}/issues/{issue_id}/events/recommended/", gone());
    let reply = server.call("get_issue", json!({"issue": "FRONTEND-4K", "event": "recommended"})).await.ok();
    assert_eq!(reply.structured["event"]["event_id"], acme::EVENT_ID);
    assert!(reply.text.contains("no recommended event of it (404)"), "{}", reply.text);
    server.stop().await;
}
