//! `update_issue` on Sentry.

use serde_json::{Value, json};

use super::{said, snapshot};
use crate::support::{
    Server,
    sentry::{Answer, Sentry, acme},
};

const ISSUES: &str = "/organizations/{organization_id_or_slug}/issues/";
const ISSUE: &str = "/organizations/{organization_id_or_slug}/issues/{issue_id}/";
const NOTES: &str = "/organizations/{organization_id_or_slug}/issues/{issue_id}/notes/";

/// The issue with what a PUT changes, as a server shows it afterwards.
fn answers_as_it_is_told(sentry: &Sentry) {
    sentry.on_with("PUT", ISSUE, |request| {
        let (mut issue, body) = (acme::issue(), request.json());
        for key in ["status", "substatus", "statusDetails", "priority"] {
            if let Some(value) = body.get(key) {
                issue[key] = value.clone();
            }
        }
        match body["assignedTo"].as_str() {
            Some("") => issue["assignedTo"] = Value::Null,
            Some("team:32") => issue["assignedTo"] = json!({"type": "team", "id": "32", "name": "platform"}),
            Some(who) => issue["assignedTo"] = json!({"type": "user", "id": "11", "name": "Robin Vale", "email": who}),
            None => {}
        }
        Answer::json(issue)
    });
}

#[tokio::test]
async fn every_change_is_sent_as_the_api_takes_it() {
    let sentry = Sentry::acme().await;
    answers_as_it_is_told(&sentry);
    let server = Server::start(sentry.setup()).await;
    let mut replies = String::new();
    for (arguments, body) in [
        (json!({"status": "resolved"}), json!({"status": "resolved", "statusDetails": {}})),
        (json!({"in": "next"}), json!({"status": "resolved", "statusDetails": {"inNextRelease": true}})),
        (
            json!({"status": "resolved", "in": "frontend@2.5.0"}),
            json!({"status": "resolved", "statusDetails": {"inRelease": "frontend@2.5.0"}}),
        ),
        (
            json!({"in": "commit:0f3a9c1d"}),
            json!({"status": "resolved", "statusDetails": {"inCommit": {"commit": "0f3a9c1d", "repository": "acme/shop"}}}),
        ),
        (
            json!({"in": "commit:acme/api@0f3a9c1d"}),
            json!({"status": "resolved", "statusDetails": {"inCommit": {"commit": "0f3a9c1d", "repository": "acme/api"}}}),
        ),
        (
            json!({"status": "ignored"}),
            json!({"status": "ignored", "statusDetails": {}, "substatus": "archived_until_escalating"}),
        ),
        (
            json!({"archive": "forever"}),
            json!({"status": "ignored", "statusDetails": {}, "substatus": "archived_forever"}),
        ),
        (
            json!({"archive": "7d"}),
            json!({"status": "ignored", "statusDetails": {"ignoreDuration": 10080}, "substatus": "archived_until_condition_met"}),
        ),
        (
            json!({"archive": "100 events/24h"}),
            json!({"status": "ignored", "statusDetails": {"ignoreCount": 100, "ignoreWindow": 1440}, "substatus": "archived_until_condition_met"}),
        ),
        (
            json!({"archive": "50 users"}),
            json!({"status": "ignored", "statusDetails": {"ignoreUserCount": 50}, "substatus": "archived_until_condition_met"}),
        ),
        (json!({"assign": "robin@acme.example"}), json!({"assignedTo": "robin@acme.example"})),
        (json!({"assign": "team:platform", "priority": "low"}), json!({"assignedTo": "team:32", "priority": "low"})),
        (json!({"assign": "none"}), json!({"assignedTo": ""})),
    ] {
        sentry.forget();
        let mut whole = arguments.clone();
        whole["issue"] = json!("FRONTEND-4K");
        let reply = server.call("update_issue", whole).await;
        assert!(!reply.is_error, "{arguments}: {}", reply.text);
        let sent = sentry.to("PUT", ISSUE);
        assert_eq!(sent.len(), 1, "{arguments}");
        assert_eq!(sent[0].json(), body, "{arguments}");
        assert!(sent[0].path.ends_with(&format!("/{}/", acme::ISSUE_ID)), "{}", sent[0].path);
        said(&mut replies, &arguments.to_string(), &reply);
    }
    snapshot("update_issue", &replies, &sentry);
    server.stop().await;
}

#[tokio::test]
async fn what_is_so_already_is_not_sent_and_a_dry_run_sends_nothing() {
    let sentry = Sentry::acme().await;
    let mut resolved = acme::issue();
    (resolved["status"], resolved["statusDetails"]) = (json!("resolved"), json!({"inRelease": "frontend@2.3.0"}));
    let mut archived = acme::issue();
    (archived["status"], archived["substatus"]) = (json!("ignored"), json!("archived_until_condition_met"));
    archived["statusDetails"] = json!({"ignoreCount": 10, "ignoreWindow": 60, "ignoreUntil": null});
    (resolved["id"], resolved["shortId"]) = (json!("4000000046"), json!("FRONTEND-1R"));
    (archived["id"], archived["shortId"]) = (json!("4000000047"), json!("FRONTEND-1A"));
    sentry.on("GET", "/organizations/acme/issues/FRONTEND-1R/", resolved);
    sentry.on("GET", "/organizations/acme/issues/FRONTEND-1A/", archived);
    let server = Server::start(sentry.setup()).await;
    let mut replies = String::new();
    for arguments in [
        json!({"issue": "FRONTEND-4K", "status": "unresolved", "priority": "high", "assign": "team:31"}),
        json!({"issue": "FRONTEND-1R", "status": "resolved"}),
        json!({"issue": "FRONTEND-1R", "in": "frontend@2.3.0"}),
        json!({"issue": "FRONTEND-1A", "archive": "10 events/1h"}),
        json!({"issue": "FRONTEND-1R", "status": "unresolved", "dry_run": true}),
        json!({"issue": "FRONTEND-1A", "in": "next", "comment": "fixed", "dry_run": true}),
        json!({"issue": "FRONTEND-4K", "merge": ["FRONTEND-1R"], "dry_run": true}),
        json!({"query": "is:unresolved", "priority": "low", "dry_run": true, "source": "sentry"}),
    ] {
        let reply = server.call("update_issue", arguments.clone()).await.ok();
        said(&mut replies, &arguments.to_string(), &reply);
    }
    let written: Vec<String> = sentry.journal().into_iter().filter(|line| !line.starts_with("GET")).collect();
    assert_eq!(written, Vec::<String>::new());
    // The way back from what is archived for a while leads there again.
    answers_as_it_is_told(&sentry);
    for issue in ["FRONTEND-1R", "FRONTEND-1A"] {
        let reply = server.call("update_issue", json!({"issue": issue, "status": "unresolved"})).await.ok();
        said(&mut replies, &format!("{issue} unresolved"), &reply);
    }
    snapshot("update_issue_already", &replies, &sentry);
    server.stop().await;
}

#[tokio::test]
async fn a_comment_is_never_made_twice() {
    let sentry = Sentry::acme().await;
    let server = Server::start(sentry.setup()).await;
    let words = "Fixed by hand in 2.5.0.";
    let call = async || server.call("update_issue", json!({"issue": "FRONTEND-4K", "comment": words})).await;
    // The answer to the first try is lost, the comment is not.
    sentry.on("POST", NOTES, Answer::status(502));
    let lost = call().await;
    assert!(lost.is_error && lost.text.contains("is not added twice"), "{}", lost.text);
    assert_eq!(sentry.to("POST", NOTES).len(), 1, "a comment is not sent again by itself");
    sentry.on("GET", NOTES, json!([{"id": "905", "type": "note", "data": {"text": words}}]));
    let again = call().await.ok();
    assert_eq!(again.structured["comment"], "already there", "{}", again.text);
    assert_eq!(sentry.to("POST", NOTES).len(), 1);
    // A server without the list still takes one.
    sentry.on("GET", NOTES, Answer::status(404));
    sentry.on("POST", NOTES, Answer::json(json!({"id": "906"})).with_status(201));
    let added = call().await.ok();
    assert_eq!(added.structured["comment"], "added", "{}", added.text);
    assert_eq!(sentry.to("POST", NOTES)[1].json(), json!({"text": words}));
    server.stop().await;
}

/// A search finds the issues; read again by id, the first is changed, the second is not, and the third is not shown.
fn shows_after_the_change(sentry: &Sentry, issues: &Value) {
    let issues = issues.clone();
    sentry.on_with("GET", ISSUES, move |request| {
        if request.query("query").is_none_or(|query| !query.starts_with("issue:[")) {
            return Answer::json(issues.clone()).pages(None, Some("0:3:0")).header("x-hits", "41");
        }
        let mut now = issues.clone();
        (now[0]["status"], now[0]["priority"], now[0]["statusDetails"]) = (json!("resolved"), json!("low"), json!({}));
        Answer::json(json!([now[0], now[1]]))
    });
}

#[tokio::test]
async fn many_are_changed_after_the_users_word() {
    let sentry = Sentry::acme().await;
    let mut issues = acme::issues();
    issues[1]["priority"] = json!("low");
    (issues[2]["status"], issues[2]["priority"]) = (json!("resolved"), json!("medium"));
    let arguments =
        json!({"query": "is:unresolved", "limit": 3, "status": "resolved", "priority": "low", "source": "sentry"});
    let mut replies = String::new();
    for (action, sent) in [("decline", 0), ("accept", 1)] {
        sentry.forget();
        shows_after_the_change(&sentry, &issues);
        let server = Server::start(sentry.setup().confirms(action)).await;
        let reply = server.call("update_issue", arguments.clone()).await.ok();
        let asked = server.notifications().iter().filter(|one| one["method"] == "elicitation/create").count();
        assert_eq!(asked, 1);
        said(&mut replies, action, &reply);
        let put = sentry.to("PUT", ISSUES);
        assert_eq!(put.len(), sent);
        if let Some(put) = put.first() {
            assert_eq!(put.all("id"), [acme::ISSUE_ID, "4000000044", "4000000045"]);
            assert_eq!(put.json(), json!({"status": "resolved", "statusDetails": {}, "priority": "low"}));
            assert_eq!(put.query("query"), None, "what is not listed must not be changed");
        }
        server.stop().await;
    }
    snapshot("update_issue_many", &replies, &sentry);
}

#[tokio::test]
async fn wrong_arguments_and_answers_say_what_to_do() {
    let sentry = Sentry::acme().await;
    let server = Server::start(sentry.setup()).await;
    sentry.on(
        "GET",
        "/organizations/acme/issues/FRONTEND-404/",
        Answer::detail(404, "The requested resource does not exist"),
    );
    sentry.on("PUT", ISSUE, Answer::detail(403, "You do not have permission to perform this action."));
    let mut replies = String::new();
    for arguments in [
        json!({"status": "resolved"}),
        json!({"issue": "FRONTEND-4K", "query": "is:unresolved", "status": "resolved"}),
        json!({"query": " ", "status": "resolved"}),
        json!({"issue": "FRONTEND-4K"}),
        json!({"issue": "FRONTEND-4K", "status": "unresolved", "in": "next"}),
        json!({"issue": "FRONTEND-4K", "archive": "for a while"}),
        json!({"issue": "FRONTEND-4K", "in": "commit:main"}),
        json!({"issue": "FRONTEND-4K", "comment": " "}),
        json!({"issue": "FRONTEND-4K", "assign": "team:plattform"}),
        json!({"issue": "FRONTEND-404", "status": "resolved"}),
        json!({"issue": "FRONTEND-4K", "status": "resolved"}),
        json!({"query": "is:unresovled", "status": "resolved", "source": "sentry"}),
        json!({"issue": "LOCAL-1", "assign": "robin", "in": "next"}),
    ] {
        let reply = server.call("update_issue", arguments.clone()).await;
        assert!(reply.is_error, "{arguments}: {}", reply.text);
        said(&mut replies, &arguments.to_string(), &reply);
    }
    sentry.on("GET", "/organizations/{organization_id_or_slug}/repos/", json!([]));
    let reply = server.call("update_issue", json!({"issue": "FRONTEND-4K", "in": "commit:0f3a9c1d"})).await;
    said(&mut replies, "a commit of no repository", &reply);
    snapshot("update_issue_wrong", &replies, &sentry);
    server.stop().await;
}
