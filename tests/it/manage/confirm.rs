//! The client's user is asked before what cannot be undone.

use serde_json::json;

use crate::support::{
    Server, Setup,
    sentry::{Answer, Sentry, acme},
};

const ISSUES: &str = "/organizations/{organization_id_or_slug}/issues/";

/// The made-up organization, with a second issue to merge.
async fn shop() -> Sentry {
    let sentry = Sentry::acme().await;
    sentry.on("GET", "/organizations/acme/issues/FRONTEND-4N/", acme::issues()[1].clone());
    sentry.on("PUT", ISSUES, json!({"merge": {"parent": "4000000044", "children": [acme::ISSUE_ID]}}));
    sentry
}

async fn merge(setup: Setup) -> (String, bool, Vec<serde_json::Value>) {
    let server = Server::start(setup).await;
    let arguments = json!({"issue": "FRONTEND-4K", "merge": ["FRONTEND-4N"], "source": "sentry"});
    let reply = server.call("update_issue", arguments).await;
    let asked = server.notifications().into_iter().filter(|one| one["method"] == "elicitation/create").collect();
    server.stop().await;
    (reply.text, reply.is_error, asked)
}

#[tokio::test]
async fn a_merge_waits_for_the_users_word() {
    let sentry = shop().await;
    for (action, sent) in [("accept", 1), ("decline", 0), ("cancel", 0)] {
        sentry.forget();
        let (text, is_error, asked) = merge(sentry.setup().confirms(action)).await;
        assert_eq!(asked.len(), 1, "{action}: {text}");
        let question = asked[0]["params"]["message"].as_str().unwrap();
        assert!(question.contains("FRONTEND-4K"), "{question}");
        assert_eq!(sentry.to("PUT", ISSUES).len(), sent, "{action}: {text}");
        assert_eq!(text.contains("declined"), sent == 0, "{action}: {text}");
        assert!(!is_error, "{action}: {text}");
    }
}

#[tokio::test]
async fn a_client_that_cannot_ask_is_told_so() {
    let sentry = shop().await;
    let newest = Setup { protocol: "2026-07-28", ..sentry.setup().confirms("decline") };
    for setup in [sentry.setup(), newest] {
        sentry.forget();
        let (text, _, asked) = merge(setup).await;
        assert!(asked.is_empty(), "{asked:?}");
        assert_eq!(sentry.to("PUT", ISSUES).len(), 1, "{text}");
        assert!(text.contains("without asking"), "{text}");
        assert!(text.contains("Sentry keeps FRONTEND-4N"), "the server chooses which one stays: {text}");
    }
}

#[tokio::test]
async fn an_answer_that_goes_wrong_is_no_yes() {
    let sentry = shop().await;
    let error = |code: i64| json!({"error": {"code": code, "message": "it went wrong"}});
    for (answer, sent) in
        [(error(-32603), 0), (error(-32602), 0), (error(-1), 0), (json!({"action": "maybe"}), 0), (error(-32601), 1)]
    {
        sentry.forget();
        let setup = Setup { confirms: Some(answer.clone()), ..sentry.setup() };
        let (text, _, asked) = merge(setup).await;
        assert_eq!(asked.len(), 1, "{answer}: {text}");
        assert_eq!(sentry.to("PUT", ISSUES).len(), sent, "{answer}: {text}");
    }
}

#[tokio::test]
async fn after_a_merge_the_issue_that_stays_is_changed() {
    const ISSUE: &str = "/organizations/{organization_id_or_slug}/issues/{issue_id}/";
    const NOTES: &str = "/organizations/{organization_id_or_slug}/issues/{issue_id}/notes/";
    let sentry = shop().await;
    let server = Server::start(sentry.setup().confirms("accept")).await;
    let arguments =
        json!({"issue": "FRONTEND-4K", "merge": ["FRONTEND-4N"], "status": "resolved", "comment": "one fault"});
    let reply = server.call("update_issue", arguments.clone()).await.ok();
    for (method, route) in [("PUT", ISSUE), ("POST", NOTES)] {
        let sent = sentry.to(method, route);
        assert_eq!(sent.len(), 1, "{}", reply.text);
        assert!(sent[0].path.contains("/issues/4000000044/"), "{}", sent[0].path);
    }
    assert_eq!(reply.structured["issues"][0]["id"], "FRONTEND-4N", "{}", reply.text);
    // What fails after the merge does not hide it.
    sentry.on("PUT", ISSUE, Answer::detail(403, "No."));
    let reply = server.call("update_issue", arguments.clone()).await.ok();
    assert_eq!(reply.structured["merged_into"], "FRONTEND-4N", "{}", reply.text);
    assert!(reply.text.contains("The change of FRONTEND-4N failed"), "{}", reply.text);
    // A success that merged nothing is none, and nothing else is done then.
    let empty = json!({"merge": {"parent": "4000000044", "children": []}});
    for answer in [Answer::status(204), Answer::json(json!({})), Answer::json(empty)] {
        sentry.forget();
        sentry.on("PUT", ISSUES, answer);
        let reply = server.call("update_issue", arguments.clone()).await;
        assert!(reply.is_error && reply.text.contains("merged nothing"), "{}", reply.text);
        assert_eq!((sentry.to("PUT", ISSUE).len(), sentry.to("POST", NOTES).len()), (0, 0));
    }
    server.stop().await;
}

#[tokio::test]
async fn a_change_never_guesses_where() {
    let sentry = shop().await;
    let server = Server::start(sentry.setup().confirms("accept")).await;
    for arguments in
        [json!({"query": "is:unresolved", "status": "resolved"}), json!({"issue": 4000000042u64, "status": "resolved"})]
    {
        let reply = server.call("update_issue", arguments.clone()).await;
        assert!(reply.is_error && reply.text.contains("source: local or sentry"), "{arguments}: {}", reply.text);
    }
    assert_eq!(sentry.requests().len(), 0, "{:?}", sentry.journal());
    server.stop().await;
}
