//! `get_releases` and `create_release`.

use serde_json::json;

use super::{Intake, connected, shown, snapshot};
use crate::support::sentry::{Answer, Sentry, acme};

const LIST: &str = "/organizations/{organization_id_or_slug}/releases/";
const ONE: &str = "/organizations/{organization_id_or_slug}/releases/{version}/";
const DEPLOYS: &str = "/organizations/{organization_id_or_slug}/releases/{version}/deploys/";
const COMMITS: &str = "/organizations/{organization_id_or_slug}/releases/{version}/commits/";
const SESSIONS: &str = "/organizations/{organization_id_or_slug}/sessions/";

#[tokio::test]
async fn releases_are_listed_and_shown_in_detail() {
    let sentry = Sentry::acme().await;
    let server = connected(&sentry).await;
    let list = server.call("get_releases", json!({"query": "frontend", "limit": 2})).await.ok();
    snapshot("releases_list", &shown(&list, &server));
    let asked = sentry.to("GET", LIST);
    assert_eq!((asked[0].query("query"), asked[0].query("per_page")), (Some("frontend"), Some("2")));
    let one = server.call("get_releases", json!({"release": acme::RELEASE})).await.ok();
    snapshot("releases_one", &shown(&one, &server));
    assert_eq!(sentry.to("GET", ONE)[0].path, "/organizations/acme/releases/frontend%402.4.1/");

    // Everything but the release itself may be missing.
    sentry.on("GET", ONE, json!({"version": "1.0", "projects": [{"slug": "web", "hasHealthData": false}]}));
    for part in [DEPLOYS, COMMITS, SESSIONS] {
        sentry.on("GET", part, Answer::detail(403, "no"));
    }
    let poor = server.call("get_releases", json!({"release": "1.0"})).await.ok();
    snapshot("releases_poor", &shown(&poor, &server));
    sentry.on("GET", ONE, Answer::detail(404, "gone"));
    let gone = server.call("get_releases", json!({"release": "2.0"})).await;
    assert!(gone.is_error && gone.text.contains("404"), "{}", gone.text);
    sentry.on("GET", LIST, Answer::json(json!([])).pages(None, Some("0:2:0")));
    let page = server.call("get_releases", json!({})).await.ok();
    assert_eq!(page.structured["next"], "0:2:0");
    server.stop().await;
}

#[tokio::test]
async fn the_sinks_releases_are_what_events_named() {
    let shop = Intake::start().await;
    let event = |n: u32, release: &str, message: &str| {
        let id = format!("{n:032x}");
        (id.clone(), json!({"event_id": id, "message": message, "release": release}).to_string())
    };
    for (id, event) in [event(1, "shop@1", "a"), event(2, "shop@2", "a"), event(3, "shop@2", "b")] {
        shop.send_parts(&id, &[("event", json!({}), event.as_bytes())]).await;
    }
    let reply = shop.call("get_releases", json!({})).await.ok();
    let facts = |n: usize| {
        let row = &reply.structured["releases"][n];
        (row["version"].as_str().unwrap().to_owned(), row["issues"].as_u64(), row["new_issues"].as_u64())
    };
    // The second one came with an issue that was known already, and a new one.
    assert_eq!((facts(0), facts(1)), (("shop@2".into(), Some(2), Some(1)), ("shop@1".into(), Some(1), Some(1))));
    assert!(
        reply.text.starts_with("2 releases in the embedded sink, newest first.\n- «shop@2»: 1 new issue, 2 issues"),
        "{}",
        reply.text
    );
    let page = shop.call("get_releases", json!({"limit": 1})).await.ok();
    let next = page.structured["next"].as_str().unwrap();
    let rest = shop.call("get_releases", json!({"limit": 1, "cursor": next})).await.ok();
    assert_eq!(rest.structured["releases"][0]["version"], "shop@1");
    let missing = shop.call("get_releases", json!({"release": "shop@3"})).await;
    assert!(missing.is_error && missing.text.contains("«shop@3»"), "{}", missing.text);
    let local = shop.call("create_release", json!({"version": "x", "source": "local"})).await;
    assert!(local.is_error && local.text.contains("Sentry server"), "{}", local.text);
    let nowhere = shop.call("create_release", json!({"version": "x", "projects": ["a"]})).await;
    assert!(nowhere.is_error && nowhere.text.contains("SENTRY_AUTH_TOKEN"), "{}", nowhere.text);
    shop.server.stop().await;
}

#[tokio::test]
async fn a_release_is_made_step_by_step_and_each_step_is_said() {
    let sentry = Sentry::acme().await;
    let server = connected(&sentry).await;
    let sha = "9fceb02d0ae598e95dc970b74767f19372d61af8";
    let arguments = json!({
        "version": "frontend@2.5.0", "projects": ["frontend"], "commits": [format!("acme/shop@{sha}"), format!("acme/api@1b2c3d4..{sha}"), sha],
        "finalize": true, "deploy": "production",
    });
    let mut dry = arguments.clone();
    dry["dry_run"] = json!(true);
    let said = server.call("create_release", dry).await.ok();
    snapshot("release_dry_run", &shown(&said, &server));
    assert!(sentry.to("POST", LIST).is_empty() && sentry.to("POST", DEPLOYS).is_empty(), "{:?}", sentry.journal());

    let made = server.call("create_release", arguments.clone()).await.ok();
    snapshot("release_made", &shown(&made, &server));
    let mut body = sentry.to("POST", LIST)[0].json();
    assert!(body["dateReleased"].take().as_str().unwrap().ends_with('Z'));
    assert_eq!(
        body,
        json!({"version": "frontend@2.5.0", "projects": ["frontend"],
            "refs": [{"repository": "acme/shop", "commit": sha}, {"repository": "acme/api", "commit": sha, "previousCommit": "1b2c3d4"}],
            "commits": [{"id": sha}], "dateReleased": null})
    );
    assert_eq!(sentry.to("POST", DEPLOYS)[0].json(), json!({"environment": "production", "projects": ["frontend"]}));

    // It existed, not finalized; the deploy is refused.
    let mut old = acme::release();
    old["dateReleased"] = json!(null);
    sentry.on("POST", LIST, Answer::json(old).with_status(208));
    sentry.on("POST", DEPLOYS, Answer::json(json!({"environment": ["Invalid value"]})).with_status(400));
    let again = server.call("create_release", arguments).await.ok();
    snapshot("release_existed", &shown(&again, &server));
    assert_eq!(sentry.to("PUT", ONE).len(), 1);

    for (arguments, why) in [
        (json!({"version": "latest", "projects": ["a"]}), "no version that Sentry takes"),
        (json!({"version": "a/b", "projects": ["a"]}), "no version that Sentry takes"),
        (json!({"version": "1"}), "needs at least one project"),
        (json!({"version": "1", "projects": ["a"], "commits": ["acme/shop@main"]}), "is no commit"),
    ] {
        let refused = server.call("create_release", arguments).await;
        assert!(refused.is_error && refused.text.contains(why), "{}", refused.text);
    }
    assert_eq!(sentry.to("POST", LIST).len(), 2);
    server.stop().await;
}
