//! `get_monitors`.

use serde_json::json;

use super::{Intake, connected, shown, snapshot};
use crate::support::sentry::{Answer, Sentry};

const LIST: &str = "/organizations/{organization_id_or_slug}/monitors/";
const ONE: &str = "/organizations/{organization_id_or_slug}/monitors/{monitor_id_or_slug}/";
const DETECTORS: &str = "/organizations/{organization_id_or_slug}/detectors/";
const UPTIME: &str = "/organizations/{organization_id_or_slug}/uptime/";

#[tokio::test]
async fn crons_and_uptime_are_listed_and_shown_in_detail() {
    let sentry = Sentry::acme().await;
    let server = connected(&sentry).await;
    let all = server.call("get_monitors", json!({})).await.ok();
    snapshot("monitors_list", &shown(&all, &server));
    assert!(sentry.to("GET", UPTIME).is_empty(), "the official address answers: the other is not asked");
    let one = server.call("get_monitors", json!({"monitor": "nightly-prices"})).await.ok();
    snapshot("monitors_one", &shown(&one, &server));
    // An older server has no detectors.
    sentry.on("GET", DETECTORS, Answer::detail(404, "no"));
    let old = server.call("get_monitors", json!({})).await.ok();
    assert_eq!(old.structured["uptime"][0]["up"], true, "{}", old.text);
    // One of both fails.
    sentry.on("GET", UPTIME, Answer::detail(404, "no"));
    let half = server.call("get_monitors", json!({})).await.ok();
    assert!(
        half.text.contains("Uptime monitors could not be asked for") && half.text.contains("nightly-prices"),
        "{}",
        half.text
    );
    sentry.on("GET", LIST, Answer::detail(403, "no"));
    let none = server.call("get_monitors", json!({})).await;
    assert!(none.is_error && none.text.contains("403"), "{}", none.text);
    // An uptime monitor by its id.
    sentry.on("GET", ONE, Answer::detail(404, "no"));
    sentry.on("GET", DETECTORS, json!([{"id": "31", "type": "uptime_domain_failure", "enabled": true, "dataSources": [{"queryObj": {"url": "https://shop.example/?token=abcdefgh"}}],
        "latestGroup": {"shortId": "SHOP-1", "status": "unresolved"}}]));
    let uptime = server.call("get_monitors", json!({"monitor": "31"})).await.ok();
    assert!(
        uptime.text.contains("DOWN, issue SHOP-1 unresolved") && !uptime.text.contains("abcdefgh"),
        "{}",
        uptime.text
    );
    for (status, up, said) in
        [("ignored", json!(null), "not known whether it is up"), ("resolved", json!(true), ": up")]
    {
        sentry.on(
            "GET",
            DETECTORS,
            json!([{"id": "31", "enabled": true, "latestGroup": {"shortId": "SHOP-1", "status": status}}]),
        );
        let uptime = server.call("get_monitors", json!({"monitor": "31"})).await.ok();
        assert_eq!(uptime.structured["uptime"][0]["up"], up, "{status}");
        assert!(uptime.text.contains(said), "{}", uptime.text);
    }
    let missing = server.call("get_monitors", json!({"monitor": "32"})).await;
    assert!(missing.is_error && missing.text.contains("no monitor «32»"), "{}", missing.text);
    // A refusal is not the same as nothing there.
    sentry.on("GET", DETECTORS, Answer::detail(403, "no"));
    let refused = server.call("get_monitors", json!({"monitor": "31"})).await;
    assert!(refused.is_error && refused.text.contains("403"), "{}", refused.text);
    server.stop().await;
}

#[tokio::test]
async fn no_monitor_is_lost_between_pages() {
    let sentry = Sentry::acme().await;
    sentry.on_with("GET", LIST, |request| {
        let second = request.query("cursor").is_some();
        let (from, to) = if second { (50, 55) } else { (0, 50) };
        let page: Vec<_> = (from..to).map(|n| json!({"slug": format!("cron-{n}"), "environments": []})).collect();
        Answer::json(json!(page)).pages(None, (!second).then_some("0:50:0"))
    });
    let server = connected(&sentry).await;
    let (mut seen, mut cursor, mut calls) = (Vec::new(), json!(null), 0);
    loop {
        let reply = server.call("get_monitors", json!({"cursor": cursor})).await.ok().structured;
        seen.extend(reply["crons"].as_array().unwrap().iter().map(|cron| cron["slug"].as_str().unwrap().to_owned()));
        cursor = reply["next"].clone();
        calls += 1;
        if cursor.is_null() || calls == 9 {
            break;
        }
    }
    assert_eq!(seen, (0..55).map(|n| format!("cron-{n}")).collect::<Vec<_>>());
    server.stop().await;
}

#[tokio::test]
async fn the_sinks_check_ins_are_grouped_by_monitor() {
    let shop = Intake::start().await;
    let check_in = |n: u32, slug: &str, status: &str| {
        json!({"check_in_id": format!("{n:032x}"), "monitor_slug": slug, "status": status, "duration": 2.5, "environment": "staging",
            "monitor_config": {"schedule": {"type": "interval", "value": 2, "unit": "hour"}, "checkin_margin": 5}})
        .to_string()
    };
    for (n, slug, status) in [(1, "prices", "in_progress"), (2, "prices", "error"), (3, "mail", "ok")] {
        shop.send_parts(&format!("{n:032x}"), &[("check_in", json!({}), check_in(n, slug, status).as_bytes())]).await;
    }
    let all = shop.call("get_monitors", json!({})).await.ok();
    assert_eq!(
        all.structured["crons"],
        json!([{"slug": "mail", "states": ["staging: ok"], "broken": false}, {"slug": "prices", "states": ["staging: error"], "broken": false}])
    );
    assert!(all.text.contains("- cron prices: schedule «every 2 hour», 5 min late allowed"), "{}", all.text);
    assert!(all.text.contains("watches no clock"), "{}", all.text);
    let one = shop.call("get_monitors", json!({"monitor": "prices"})).await.ok();
    let statuses: Vec<_> =
        one.structured["check_ins"].as_array().unwrap().iter().map(|row| row["status"].clone()).collect();
    assert_eq!(statuses, ["error", "in_progress"]);
    let missing = shop.call("get_monitors", json!({"monitor": "none"})).await;
    assert!(missing.is_error && missing.text.contains("«none»"), "{}", missing.text);
    shop.server.stop().await;
}
