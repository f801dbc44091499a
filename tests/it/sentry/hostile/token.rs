//! The token is sent, and not shown: in no reply, log line or file.

use serde_json::json;

use super::{Hostile, found};
use crate::{
    sentry::calls,
    support::{
        Server,
        sentry::{Answer, Sentry, TOKEN},
    },
};

/// Every file below a folder that holds these bytes.
fn holders(folder: &std::path::Path, bytes: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(holders(&path, bytes));
        } else if std::fs::read(&path).unwrap().windows(bytes.len()).any(|window| window == bytes) {
            found.push(path.display().to_string());
        }
    }
    found
}

#[tokio::test]
async fn the_token_is_in_no_reply_log_or_file() {
    let sentry = Sentry::acme().await;
    let server = Server::start(sentry.setup().env("FIXLOOP_LOG", "trace").args(&[
        // Seer's run never ends here.
        "--call-timeout",
        "5",
        "--toolsets",
        "sentry,setup",
        "--reply-chars",
        "1000",
    ]))
    .await;
    let mut replies = Vec::new();
    for row in calls::rows() {
        replies.push(server.call(row.tool, row.arguments).await.raw.to_string());
    }
    replies.push(server.call("status", json!({})).await.raw.to_string());
    replies.push(server.request("resources/list", json!({})).await.to_string());
    let requests = sentry.requests();
    assert!(requests.len() > 3);
    for request in &requests {
        assert_eq!(request.header("authorization"), Some(format!("Bearer {TOKEN}").as_str()), "{}", request.line());
        assert!(!request.target.contains(TOKEN), "{}", request.line());
        let others = request.headers.iter().filter(|(name, _)| name != "authorization");
        assert!(others.clone().all(|(_, value)| !value.contains(TOKEN)));
    }
    assert!(replies.iter().all(|reply| !reply.contains(TOKEN)));
    assert!(!server.stderr().contains(TOKEN), "{}", server.stderr());
    assert!(server.stderr().contains("TRACE") || server.stderr().contains("DEBUG"), "the log is not at its fullest");
    assert_eq!(holders(server.workspace(), TOKEN.as_bytes()), Vec::<String>::new());
    server.stop().await;
}

#[tokio::test]
async fn an_answer_that_repeats_the_token_is_not_passed_on() {
    let hostile = Hostile::start().await;
    let answers = [
        Answer::detail(401, &format!("Invalid token {TOKEN}")),
        Answer::detail(400, &format!("header was Authorization: Bearer {TOKEN}")),
        Answer::status(403).body_json(json!({TOKEN: [TOKEN]})),
        Answer::html(500, &format!("<title>Error: Bearer {TOKEN}</title>")),
    ];
    for answer in answers {
        let said = format!("{answer:?}");
        let (reply, _) = hostile.answered(answer).await;
        assert!(reply.is_error && !reply.raw.to_string().contains(TOKEN), "{said}: {}", reply.text);
    }
    let mut echo = crate::support::sentry::acme::issues();
    (echo[0]["title"], echo[0]["culprit"]) = (json!(format!("seen {TOKEN}")), json!(TOKEN));
    let (reply, _) = hostile.answered([Answer::json(echo), found()]).await;
    assert!(!reply.ok().raw.to_string().contains(TOKEN));
    assert!(!hostile.server.stderr().contains(TOKEN), "{}", hostile.server.stderr());
    hostile.stop().await;
}

#[tokio::test]
async fn without_a_token_the_tools_say_what_to_set() {
    let sentry = Sentry::acme().await;
    let server = Server::start(sentry.bare_setup().args(&["--toolsets", "sentry,admin"])).await;
    for row in calls::rows() {
        let reply = server.call(row.tool, row.arguments.clone()).await;
        assert!(
            reply.is_error && reply.text.contains("SENTRY_AUTH_TOKEN"),
            "{} {}: {}",
            row.tool,
            row.arguments,
            reply.text
        );
        assert!(reply.text.contains("event:read"), "{}", reply.text);
    }
    server.call("status", json!({})).await.ok();
    server.stop().await;
}
