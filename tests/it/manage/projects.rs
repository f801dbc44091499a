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
