//! `search_issues` on Sentry and on the sink.

use serde_json::json;

use super::{said, snapshot};
use crate::support::{
    Server,
    sentry::{Answer, Sentry, acme},
};

const ISSUES: &str = "/organizations/{organization_id_or_slug}/issues/";
const PROJECTS: &str = "/organizations/{organization_id_or_slug}/projects/";

#[tokio::test]
async fn a_search_is_passed_on_as_it_is() {
    let sentry = Sentry::acme().await;
    sentry.on("GET", ISSUES, Answer::json(acme::issues()).pages(None, Some("0:3:0")).header("x-hits", "60"));
    let server = Server::start(sentry.setup()).await;
    let arguments = json!({
        "source": "sentry", "query": "is:unresolved !has:custom.tag (a OR b)", "project": "frontend", "environment": "production",
        "period": "14d", "sort": "freq", "limit": 3,
    });
    let page = server.call("search_issues", arguments.clone()).await.ok();
    snapshot("search_issues", &page.text, &sentry);
    snapshot("search_issues_structured", &serde_json::to_string_pretty(&page.structured).unwrap(), &sentry);
    let asked = &sentry.to("GET", ISSUES)[0];
    for (name, value) in [
        ("query", "is:unresolved !has:custom.tag (a OR b)"),
        ("project", "frontend"),
        ("environment", "production"),
        ("statsPeriod", "14d"),
        ("sort", "freq"),
        ("limit", "3"),
    ] {
        assert_eq!(asked.query(name), Some(value), "{}", asked.target);
    }
    assert_eq!(asked.query("cursor"), None);
    assert_eq!(sentry.requests().len(), 1, "one question, one request: {:?}", sentry.journal());
    let mut next = arguments;
    next["cursor"] = page.structured["next"].clone();
    next["period"] = json!("2026-11-01..2026-11-07T12:00:00Z");
    server.call("search_issues", next).await.ok();
    let asked = &sentry.to("GET", ISSUES)[1];
    assert_eq!(asked.query("cursor"), Some("0:3:0"));
    assert_eq!((asked.query("start"), asked.query("end")), (Some("2026-11-01T00:00:00"), Some("2026-11-07T12:00:00")));
    assert_eq!(asked.query("statsPeriod"), None);
    // A short id alone is looked up; everything is asked for where nothing is said.
    server.call("search_issues", json!({"source": "sentry", "query": "FRONTEND-4K"})).await.ok();
    assert_eq!(sentry.to("GET", ISSUES)[2].query("shortIdLookup"), Some("1"));
    server.call("search_issues", json!({"source": "sentry"})).await.ok();
    assert_eq!(sentry.to("GET", ISSUES)[3].query("query"), Some(""));
    server.stop().await;
}

#[tokio::test]
async fn the_poorest_issue_is_no_trouble() {
    let sentry = Sentry::acme().await;
    sentry.on("GET", ISSUES, json!([acme::poorest_issue(), {}, null, 7, {"id": 5, "count": [], "assignedTo": "x"}]));
    let server = Server::start(sentry.setup()).await;
    let page = server.call("search_issues", json!({"source": "sentry"})).await.ok();
    snapshot("search_issues_poor", &page.text, &sentry);
    assert!(page.structured["total"].is_null(), "{}", page.structured);
    server.stop().await;
}

#[tokio::test]
async fn an_empty_answer_has_a_reason_and_an_error_a_way_out() {
    let sentry = Sentry::acme().await;
    let mut replies = String::new();
    let server = Server::start(sentry.setup()).await;
    let all = || {
        sentry.on_with("GET", ISSUES, |request| {
            let empty = request.query("query") == Some("") && request.query("cursor").is_none();
            Answer::json(if empty { acme::issues() } else { json!([]) })
                .header("x-hits", if empty { "60" } else { "0" })
        });
    };
    let refused = |words: &'static str| sentry.on("GET", ISSUES, Answer::detail(400, words));
    all();
    for (what, arguments) in [
        ("a mistyped key", json!({"query": "is:unresolved levle:error"})),
        ("a mistyped tag", json!({"query": "tennant:north"})),
        ("a real tag", json!({"query": "tenant:nowhere", "period": "24h"})),
        ("a slip in is:", json!({"query": "is:unresovled"})),
        ("an open quote", json!({"query": "message:\"x"})),
        ("the end", json!({"cursor": "0:900:0"})),
    ] {
        let mut arguments = arguments;
        arguments["source"] = json!("sentry");
        said(&mut replies, what, &server.call("search_issues", arguments).await);
    }
    refused("Invalid value for \"is\" search");
    let reply = server.call("search_issues", json!({"query": "is:of_the_future levle:x", "source": "sentry"})).await;
    said(&mut replies, "a refused query", &reply);
    sentry.on("GET", ISSUES, Answer::detail(403, "You do not have permission to perform this action."));
    let reply = server.call("search_issues", json!({"project": "fronted", "source": "sentry"})).await;
    said(&mut replies, "a project that is not there", &reply);
    sentry.on("GET", ISSUES, json!([]));
    let mut silent = acme::project("4500000000000004", "silent", "Silent", "node");
    silent["firstEvent"] = json!(null);
    sentry.on("GET", "/projects/acme/silent/", silent);
    let reply = server.call("search_issues", json!({"project": "silent", "source": "sentry"})).await;
    said(&mut replies, "a project without events", &reply);
    sentry.on("GET", ISSUES, Answer::detail(404, "The requested resource does not exist"));
    let reply = server.call("search_issues", json!({"source": "sentry/acmee"})).await;
    said(&mut replies, "an organization that is not there", &reply);
    snapshot("search_issues_reasons", &replies, &sentry);
    server.stop().await;
}

#[tokio::test]
async fn a_server_that_knows_projects_by_number_only_is_asked_again() {
    let sentry = Sentry::acme().await;
    sentry.on_with("GET", ISSUES, |request| match request.query("project") {
        Some(acme::PROJECT_ID) => Answer::json(acme::issues()),
        _ => Answer::detail(400, "Invalid project parameter. Values must be numbers."),
    });
    let server = Server::start(sentry.setup().env("SENTRY_PROJECT", "frontend")).await;
    let page = server.call("search_issues", json!({"source": "sentry"})).await.ok();
    assert_eq!(page.structured["issues"].as_array().unwrap().len(), 3, "{}", page.text);
    assert!(sentry.to("GET", PROJECTS).is_empty());
    server.stop().await;
}

#[tokio::test]
async fn the_sink_understands_the_same_arguments() {
    let server = Server::start(Sentry::start().await.bare_setup()).await;
    let status = server.call("status", json!({})).await.ok();
    let url = status.structured["sink"]["dsn"].as_str().unwrap().replace("/1", "/7");
    let (head, host) = url.split_once('@').unwrap();
    let endpoint = format!("http://{}/api/7/envelope/", host.trim_end_matches("/7"));
    let key = head.rsplit("//").next().unwrap();
    for (n, environment) in [(1, "production"), (2, "staging")] {
        let id = format!("{n:032x}");
        let event = json!({"event_id": id, "environment": environment, "tags": {"tenant": "north"}, "level": "error",
            "exception": {"values": [{"type": format!("Error{n}"), "value": "x"}]}});
        let body = format!("{{\"event_id\":\"{id}\"}}\n{{\"type\":\"event\"}}\n{event}\n");
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let answer =
            client.post(&endpoint).header("x-sentry-auth", format!("Sentry sentry_key={key}")).body(body).send().await;
        assert_eq!(answer.unwrap().status(), 200);
    }
    let mut replies = String::new();
    for arguments in [
        json!({"environment": "staging", "project": "7", "period": "24h"}),
        json!({"project": "8"}),
        json!({"period": "2020-01-01..2020-02-01"}),
        json!({"query": "tennant:north"}),
        json!({"query": "assigned:me"}),
        json!({"query": "is:escalating"}),
        json!({"query": "is:resolvd"}),
        json!({"sort": "trends"}),
    ] {
        let reply = server.call("search_issues", arguments.clone()).await;
        said(&mut replies, &arguments.to_string(), &reply);
    }
    let stamps = regex::Regex::new(r"20\d\d-\d\d-\d\d(?:T\d\d:\d\dZ)?").unwrap();
    insta::with_settings!({snapshot_path => "../snapshots", prepend_module_to_snapshot => false}, {
        insta::assert_snapshot!("manage__search_issues_sink", stamps.replace_all(&replies, "TIME"));
    });
    server.stop().await;
}
