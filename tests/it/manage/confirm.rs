//! The client's user is asked before what cannot be undone.

use serde_json::json;

use crate::support::{
    Server, Setup,
    sentry::{Sentry, acme},
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
