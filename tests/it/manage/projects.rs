//! `list_projects`, `manage_project` and what `status` says of connections.

use serde_json::json;

use super::{said, snapshot};
use crate::support::{
    Server,
    sentry::{Answer, Sentry, acme},
};

const KEYS: &str = "/organizations/{organization_id_or_slug}/project-keys/";
const PROJECTS: &str = "/organizations/{organization_id_or_slug}/projects/";

#[tokio::test]
async fn projects_are_listed_with_what_the_token_may_do() {
    let sentry = Sentry::acme().await;
    let mut other = acme::organization(&sentry.url());
    other["slug"] = json!("acme-labs");
    sentry.on("GET", "/organizations/", json!([acme::organization(&sentry.url()), other]));
    sentry.on("GET", PROJECTS, Answer::json(acme::projects()).pages(None, Some("0:25:0")));
    let mut old = acme::key();
    old["projectId"] = json!(4500000000000002u64);
    old["dsn"] =
        json!({"public": "https://bb22:5ec4e700000000000000000000005ec4@o900.ingest.acme.example/4500000000000002"});
    sentry.on("GET", KEYS, json!([acme::key(), old, {"dsn": null}]));
    let server = Server::start(sentry.setup()).await;
    let reply = server.call("list_projects", json!({"source": "sentry", "query": "o"})).await.ok();
    snapshot("list_projects", &reply.text, &sentry);
    for whole in [reply.text, reply.raw.to_string()] {
        assert!(!whole.contains("5ec4e7"), "the secret half of a key got out: {whole}");
    }
    assert_eq!(sentry.to("GET", PROJECTS)[0].query("query"), Some("o"));
    server.stop().await;
}

#[tokio::test]
async fn a_project_beyond_the_keys_that_are_looked_at_has_its_dsn() {
    let sentry = Sentry::acme().await;
    let others: Vec<_> = (0..1_000).map(|_| json!({"projectId": 9, "dsn": {"public": "https://cc@h/9"}})).collect();
    sentry.on("GET", KEYS, Answer::json(json!(others)).pages(None, Some("0:1000:0")));
    let server = Server::start(sentry.setup()).await;
    let reply = server.call("list_projects", json!({"source": "sentry"})).await.ok();
    assert!(reply.text.contains("aa11bb22cc33dd44ee55ff6677889900@"), "{}", reply.text);
    assert_eq!(sentry.to("GET", KEYS).len(), 1);
    server.stop().await;
}

#[tokio::test]
async fn what_an_old_server_lacks_is_found_elsewhere_or_said() {
    let sentry = Sentry::acme().await;
    sentry.on("GET", "/", Answer::status(404));
    sentry.on("GET", KEYS, Answer::status(404));
    sentry.on("GET", "/organizations/{organization_id_or_slug}/teams/", Answer::detail(403, "No."));
    let server = Server::start(sentry.setup()).await;
    let mut replies = String::new();
    let reply = server.call("list_projects", json!({"source": "sentry"})).await;
    said(&mut replies, "an old server", &reply);
    sentry.on("GET", KEYS, Answer::status(500));
    sentry.on_with("GET", PROJECTS, |request| {
        Answer::json(if request.query("query").is_some() { json!([]) } else { acme::projects() })
    });
    let reply = server.call("list_projects", json!({"source": "sentry", "query": "fronted"})).await;
    said(&mut replies, "a name that is near", &reply);
    let reply = server.call("list_projects", json!({})).await;
    said(&mut replies, "nothing in the sink, and a connection", &reply);
    let reply = server.call("list_projects", json!({"source": "local"})).await;
    let dsn = regex::Regex::new(r"http://[0-9a-f]{32}@127\.0\.0\.1:\d+").unwrap();
    said(&mut replies, "the sink", &reply);
    snapshot("list_projects_poor", &dsn.replace_all(&replies, "http://KEY@SINK"), &sentry);
    server.stop().await;
}

#[tokio::test]
async fn projects_teams_and_keys_are_made_and_changed_by_admins_only() {
    let sentry = Sentry::acme().await;
    let project = "/projects/{organization_id_or_slug}/{project_id_or_slug}/";
    sentry.on_with("PUT", project, |request| {
        let mut changed = acme::project(acme::PROJECT_ID, "frontend", "Frontend", "javascript-react");
        changed["name"] = request.json()["name"].clone();
        Answer::json(changed)
    });
    sentry.on("GET", "/teams/{organization_id_or_slug}/{team_id_or_slug}/", acme::teams()[0].clone());
    sentry.on("PUT", "/teams/{organization_id_or_slug}/{team_id_or_slug}/", acme::teams()[1].clone());
    let mut off = acme::key();
    off["isActive"] = json!(false);
    sentry.on("PUT", "/projects/{organization_id_or_slug}/{project_id_or_slug}/keys/{key_id}/", off);
    for args in [&[][..], &["--toolsets", "sentry"], &["--toolsets", "admin", "--read-only"]] {
        let server = Server::start(sentry.setup().args(args)).await;
        let tools = server.request("tools/list", json!({})).await.to_string();
        assert!(!tools.contains("manage_project"), "{args:?}");
        let reply = server.call("manage_project", json!({"action": "create_team", "name": "x"})).await;
        assert!(reply.is_error && reply.text.contains("switched off"), "{}", reply.text);
        server.stop().await;
    }
    assert_eq!(sentry.requests().len(), 0);
    let server = Server::start(sentry.setup().args(&["--toolsets", "sentry,admin"])).await;
    let tools = server.request("tools/list", json!({})).await.to_string();
    assert!(tools.contains("manage_project"));
    let mut replies = String::new();
    let key = acme::key()["id"].clone();
    for mut arguments in [
        json!({"action": "create_project", "name": "New shop", "platform": "javascript", "team": "checkout"}),
        json!({"action": "update_project", "project": "frontend", "name": "Shop"}),
        json!({"action": "create_team", "name": "checkout"}),
        json!({"action": "update_team", "team": "checkout", "slug": "platform"}),
        json!({"action": "update_team", "team": "checkout", "name": "Platform"}),
        json!({"action": "create_dsn", "project": "frontend", "name": "canary"}),
        json!({"action": "update_dsn", "project": "frontend", "key": key, "active": false}),
    ] {
        for dry_run in [true, false] {
            sentry.forget();
            arguments["dry_run"] = json!(dry_run);
            let reply = server.call("manage_project", arguments.clone()).await.ok();
            let written = sentry.requests().iter().filter(|request| request.method != "GET").count();
            assert_eq!(written, usize::from(!dry_run), "{arguments}");
            assert!(!reply.raw.to_string().contains("5ec4e7"), "{}", reply.text);
            said(&mut replies, &arguments.to_string(), &reply);
            // The way back is a call that works.
            if let Some(undo) = reply.structured.get("undo") {
                assert!(!dry_run, "{undo}");
                server.call("manage_project", undo.clone()).await.ok();
            }
            if !dry_run {
                let structured = serde_json::to_string_pretty(&reply.structured).unwrap();
                replies.push_str(&format!("{structured}\n\n"));
            }
        }
    }
    let teams = sentry.to("PUT", "/teams/{organization_id_or_slug}/{team_id_or_slug}/");
    assert!(teams.iter().all(|sent| sent.json()["slug"].is_string()), "a team's change without its slug is refused");
    for arguments in [
        json!({"action": "create_project"}),
        json!({"action": "create_team", "name": "x", "team": "checkout"}),
        json!({"action": "update_project", "project": "frontend", "name": "x", "key": "aa"}),
        json!({"action": "create_team", "name": "x", "platform": "node"}),
        json!({"action": "update_dsn", "project": "frontend", "key": "nope", "active": true}),
    ] {
        let reply = server.call("manage_project", arguments.clone()).await;
        assert!(reply.is_error, "{arguments}");
        said(&mut replies, &arguments.to_string(), &reply);
    }
    snapshot("manage_project", &replies, &sentry);
    server.stop().await;
}
