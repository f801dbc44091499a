//! The attempts in the answers of Sentry, read with every tool that asks it.

use futures_util::{StreamExt, stream};

use super::{attempts, brief, inert::faults, poison, secrets::files};
use crate::{
    sentry::calls,
    support::{Reply, Server, sentry::Sentry},
};

/// Of the pairs of a call and an attempt one in so many is tried, another one with each attempt: all of them take minutes.
const SHARE: usize = 8;

/// Calls the tools at once, and says what each replied; `turn` chooses the share, none = all.
async fn replies(server: &Server, turn: Option<usize>) -> Vec<(calls::Row, Reply)> {
    let rows = calls::rows().into_iter().enumerate();
    let rows = rows.filter(|(at, _)| turn.is_none_or(|turn| (at + turn) % SHARE == 0)).map(|(_, row)| row);
    stream::iter(rows)
        .map(async |row| {
            let reply = server.call(row.tool, row.arguments.clone()).await;
            (row, reply)
        })
        .buffer_unordered(4)
        .collect()
        .await
}

fn poisoned(sentry: &Sentry, text: &str) {
    let text = text.to_owned();
    sentry.change(move |body| {
        let _ = poison(body, &text, None);
    });
}

#[tokio::test]
async fn attempts_in_answers_come_out_inert() {
    let sentry = Sentry::acme().await;
    calls::complete(&sentry);
    let server = Server::start(sentry.setup().args(&["--toolsets", calls::TOOLSETS])).await;
    let mut found = Vec::new();
    let mut shown = 0;
    let all = attempts().into_iter().enumerate().map(|(turn, attempt)| (Some(turn), attempt.name, attempt.text));
    for (turn, name, text) in std::iter::once((None, "brief".to_owned(), brief())).chain(all) {
        poisoned(&sentry, &text);
        for (row, reply) in replies(&server, turn).await {
            shown += usize::from(reply.text.contains(super::MARK));
            let faults = faults(&reply).into_iter();
            found.extend(faults.map(|fault| format!("{name}: {} {}: {fault}", row.tool, row.arguments)));
        }
    }
    assert!(shown > 100, "only {shown} replies held an attempt at all");
    assert!(found.is_empty(), "{} faults:\n{}", found.len(), some(&found).join("\n"));
    server.stop().await;
}

#[tokio::test]
async fn secrets_in_answers_stay_in() {
    let sentry = Sentry::acme().await;
    calls::complete(&sentry);
    let server = Server::start(sentry.setup().args(&["--toolsets", calls::TOOLSETS, "--reply-chars", "1500"])).await;
    let mut found = Vec::new();
    for (turn, (text, secret)) in super::secrets::shapes().into_iter().enumerate() {
        poisoned(&sentry, &text);
        let parts: Vec<String> = super::secrets::parts(&secret).map(str::to_owned).collect();
        for (row, reply) in replies(&server, Some(turn)).await {
            let raw = reply.raw.to_string();
            let leaks = parts.iter().filter_map(|part| super::secrets::around(&raw, part));
            found.extend(leaks.map(|leak| format!("{} {}: {leak}", row.tool, row.arguments)));
        }
        for (path, text) in files(&server.workspace().join(".fixloop")) {
            let leaks = parts.iter().filter_map(|part| super::secrets::around(&text, part));
            found.extend(leaks.map(|leak| format!("{path}: {leak}")));
        }
    }
    assert!(found.is_empty(), "{} leaks:\n{}", found.len(), some(&found).join("\n"));
    server.stop().await;
}

/// One of each kind: of several that begin alike the first.
fn some(found: &[String]) -> Vec<&str> {
    found.iter().step_by(1 + found.len() / 40).map(|line| line.get(..400).unwrap_or(line)).collect()
}
