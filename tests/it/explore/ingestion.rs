//! `check_ingestion`.

use serde_json::{Value, json};

use super::{Intake, acme, ask, id, snapshot};
use crate::support::sentry::Answer;

const STATS: &str = "/organizations/{organization_id_or_slug}/stats_v2/";
const SESSIONS: &str = "/organizations/{organization_id_or_slug}/sessions/";
const EVENTS: &str = "/organizations/{organization_id_or_slug}/events/";
const PROJECT: &str = "/projects/{organization_id_or_slug}/{project_id_or_slug}/";

fn timeless(text: &str) -> String {
    regex::Regex::new(r"20\d\d-\d\d-\d\dT[0-9:.]+Z").unwrap().replace_all(text, "TIME").into_owned()
}

#[tokio::test]
async fn the_sink_tells_no_errors_from_nothing_received() {
    let shop = Intake::start().await;
    let mut all = String::new();
    let show = async |all: &mut String, name: &str, arguments: Value| {
        let reply = shop.ask("check_ingestion", arguments).await;
        all.push_str(&timeless(&format!(">>> {name}\n{reply}\n")));
    };
    show(&mut all, "nothing at all", json!({})).await;
    shop.send_items(&[(
        "session",
        json!({"sid": "s", "init": true, "status": "ok", "started": "2026-11-20T09:00:00Z"}),
    )])
    .await;
    shop.send_items(&[("session", json!({"sid": "s", "status": "crashed", "errors": 1}))]).await;
    show(&mut all, "a session and no error", json!({})).await;
    shop.send_items(&[("sessions", json!({"aggregates": [{"started": "2026-11-20T09:00:00Z", "exited": 900, "errored": 7}, {"started": "2026-11-20T09:01:00Z", "exited": 99, "crashed": 1}],
        "attrs": {"release": "shop@1.2.3"}}))])
        .await;
    show(&mut all, "aggregates of sessions", json!({})).await;
    let report = json!({"timestamp": 1, "discarded_events": [
        {"reason": "before_send", "category": "error", "quantity": 3}, {"reason": "sample_rate", "category": "transaction", "quantity": 40}]});
    shop.send_items(&[("client_report", report)]).await;
    assert_eq!(shop.post("1", "no envelope".to_owned()).await, 400);
    assert_eq!(shop.post("shop", "{}".to_owned()).await, 400);
    show(&mut all, "errors that the SDK dropped, and bad requests", json!({})).await;
    shop.send_items(&[("event", json!({"event_id": id(1), "message": "hello", "level": "info"}))]).await;
    show(&mut all, "an error", json!({"period": "1h"})).await;
    show(&mut all, "another project", json!({"project": "2"})).await;
    snapshot("check_ingestion_sink", &all);
    shop.server.stop().await;
}

#[tokio::test]
async fn sentry_says_what_was_dropped_and_why() {
    let (sentry, server) = acme().await;
    let mut all = String::new();
    let show = async |all: &mut String, name: &str, arguments: Value| {
        sentry.forget();
        let reply = ask(&server, "check_ingestion", arguments).await;
        let mut requests = sentry.journal();
        requests.sort();
        all.push_str(&format!(">>> {name}\n{}\n{reply}\n", requests.join("\n")));
    };
    show(&mut all, "some were dropped", json!({"project": "frontend", "period": "14d"})).await;
    let outcomes = |rows: &[(&str, &str, &str, u64)]| {
        let groups: Vec<Value> = rows.iter().map(|(outcome, category, reason, quantity)| json!({"by": {"outcome": outcome, "category": category, "reason": reason}, "totals": {"sum(quantity)": quantity}})).collect();
        json!({"groups": groups})
    };
    sentry.on(
        "GET",
        STATS,
        outcomes(&[
            ("accepted", "transaction", "", 90),
            ("accepted", "attachment", "none", 4096),
            ("invalid", "transaction", "too_large", 2),
        ]),
    );
    sentry.on("GET", EVENTS, json!({"data": []}));
    show(&mut all, "traffic and no error", json!({"period": "10m"})).await;
    sentry.on("GET", STATS, outcomes(&[("rate_limited", "error", "org_quota", 9)]));
    sentry.on("GET", SESSIONS, Answer::detail(403, "No"));
    show(&mut all, "all dropped, and no sessions to see", json!({})).await;
    sentry.on("GET", STATS, json!({"groups": []}));
    sentry.on("GET", SESSIONS, json!({}));
    show(&mut all, "nothing", json!({})).await;
    sentry.on("GET", STATS, Answer::status(404));
    show(&mut all, "an old server", json!({})).await;
    sentry.on("GET", EVENTS, json!({"data": [{"timestamp": "2026-11-20T09:15:42+00:00", "title": "Late"}]}));
    show(&mut all, "counts that are late", json!({})).await;
    sentry.on("GET", STATS, outcomes(&[("accepted", "transaction", "", 500)]));
    show(&mut all, "counts of errors that are late", json!({})).await;
    sentry.on("GET", STATS, outcomes(&[("filtered", "error", "web-crawlers", 3)]));
    show(&mut all, "counts that show only drops yet", json!({})).await;
    sentry.on("GET", STATS, Answer::detail(403, "No"));
    sentry.on("GET", EVENTS, Answer::detail(403, "No"));
    sentry.on(
        "GET",
        SESSIONS,
        json!({"groups": [{"by": {"session.status": "healthy"}, "totals": {"sum(session)": 5}}]}),
    );
    show(&mut all, "only sessions may be seen", json!({})).await;
    sentry.on("GET", STATS, outcomes(&[("accepted", "transaction", "", 500)]));
    show(&mut all, "errors may not be asked for", json!({})).await;
    snapshot("check_ingestion_sentry", &all);
    sentry.on("GET", STATS, Answer::status(404));
    sentry.on("GET", SESSIONS, Answer::detail(403, "No"));
    sentry.on("GET", EVENTS, Answer::detail(403, "No"));
    let reply = server.call("check_ingestion", json!({})).await;
    assert!(reply.is_error, "{}", reply.text);
    sentry.on("GET", PROJECT, Answer::detail(404, "Not found"));
    let reply = server.call("check_ingestion", json!({"project": "frontent"})).await;
    assert!(reply.is_error && reply.text.contains("frontend"), "{}", reply.text);
    server.stop().await;
}
