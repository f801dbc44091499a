//! Secrets in events do not come out: not in text, not in data, not in files of ours, not in logs. By the name of what holds
//! them, or by their shape.

use std::path::Path;

use serde_json::{Value, json};

use super::sink::{Inlet, event};
use crate::support::Reply;

/// Texts with a secret that says by its shape what it is, and the part that must not come out.
pub(super) fn shapes() -> Vec<(String, String)> {
    let long = |seed: &str| seed.repeat(8);
    let jwt = "eyJzdWIiOiI0MjQyIn0.c2lnbmF0dXJlc2lnbmF0dXJl";
    let body = format!("MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQ{}", "Zk1");
    let pem = format!("-----BEGIN RSA PRIVATE KEY-----\n{body}\n{body}\nZk1vLast==\n-----END RSA PRIVATE KEY-----");
    [
        ("org token sntrys_", "eyJpYXQiOjE3MDAwMDAwMDB9Zz9", ""),
        ("user token sntryu_", &long("c0ffee42"), ""),
        ("token ghp_", &long("aB3dE6gH"), ""),
        ("token github_pat_", &long("11AA22bb"), ""),
        ("token glpat-", "Xy7zXy7zXy7zXy7zXy7z", ""),
        ("token npm_", &long("nPm1"), ""),
        ("slack xoxb-", "123456789012-abcdefABCDEF", ""),
        ("stripe sk_live_", "51H8abcdefghij0123", ""),
        ("key AKIA", "IOSFODNN7ABCDEFG", " in eu-west-1"),
        ("google AIza", "SyA1234567890abcdefghijklmnopqrstuv", ""),
        ("jwt eyJhbGciOiJIUzI1NiJ9.", jwt, " end"),
        ("header Authorization: Bearer ", "opaque-bearer-4242", ""),
        ("at https://shop.example/cb?access_token=", "url-token-4242", "&x=1"),
        ("at https://robin:", "url-password-4242", "@shop.example/"),
        ("password=", "assigned-4242", " given"),
        ("key ", &pem, " end"),
        ("one line ", &pem.replace('\n', "\\n"), " end"),
    ]
    .map(|(before, secret, after)| (format!("{before}{secret}{after}"), secret.to_owned()))
    .to_vec()
}

/// Parts of a secret of which none may come out: its lines, where it has several.
pub(super) fn parts(secret: &str) -> impl Iterator<Item = &str> {
    let lines = secret.split("\\n").flat_map(str::lines);
    lines.filter(|line| line.len() >= 12 && !line.starts_with("-----")).map(|line| line.get(..16).unwrap_or(line))
}

/// An event with secrets under names that say so, at every place where apps leave them.
fn named() -> (Value, Vec<String>) {
    let mut event = event();
    let mut count = 0;
    let mut all = Vec::new();
    let mut secret = || {
        count += 1;
        let secret = format!("hush-{count:03}-hush");
        all.push(secret.clone());
        secret
    };
    event["request"] = json!({
        "method": "POST", "url": format!("https://a:{}@shop.example/pay?token={}&step=1#access_token={}", secret(), secret(), secret()),
        "query_string": format!("api_key={}&a=b", secret()), "cookies": {"sid": secret()}, "env": {"DB_PASSWORD": secret()},
        "data": {"card": {"card_number": secret()}, "nested": [{"client_secret": secret()}], "text": "fine"},
        "headers": {"Authorization": format!("Basic {}", secret()), "Cookie": format!("sid={}; theme={}", secret(), secret()), "X-Api-Key": secret(),
            "Set-Cookie": format!("sid={}", secret()), "Proxy-Authorization": secret(), "X-Csrf-Token": secret(), "X-Amz-Security-Token": secret(),
            "Referer": format!("https://shop.example/?session={}", secret())},
    });
    event["tags"]["auth_token"] = json!(secret());
    event["extra"] = json!({"password": secret(), "config": {"aws": {"secret_access_key": secret()}}, "text": format!("login with password={}", secret())});
    event["contexts"]["session_store"] = json!({"session_id": secret(), "name": "redis"});
    event["contexts"]["vault"] =
        json!({"private_key": secret(), "kind": "kv", "a": 1, "b": 2, "c": 3, "d": 4, "e": 5, "f": 6});
    let frame = &mut event["exception"]["values"][1]["stacktrace"]["frames"][1];
    frame["vars"] = json!({"password": secret(), "user": {"token": secret()}, "repr": format!("User(name='a', password='{}')", secret())});
    frame["context_line"] = json!(format!("connect(password=\"{}\")", secret()));
    event["breadcrumbs"]["values"] = json!([
        {"timestamp": 1_795_354_399.0, "category": "fetch", "type": "http", "data": {"method": "GET", "url": format!("https://shop.example/api?token={}", secret())}},
        {"timestamp": 1_795_354_399.1, "category": "navigation", "data": {"from": format!("/a?access_token={}", secret()), "to": format!("/b#id_token={}", secret())}},
        {"timestamp": 1_795_354_399.2, "category": "console", "message": format!("Authorization: Bearer {}", secret())},
        {"timestamp": 1_795_354_399.3, "category": "login", "data": {"password": secret(), "deep": {"refresh_token": secret()}}},
    ]);
    event["user"]["api_token"] = json!(secret());
    (event, all)
}

/// Where a text of these is found: in a reply, in the log, in files.
fn leaks(found: &mut Vec<String>, what: &str, reply: &Reply, secrets: &[String]) {
    let raw = reply.raw.to_string();
    found.extend(secrets.iter().filter_map(|secret| Some(format!("{what}: {}", around(&raw, secret)?))));
}

/// A secret with what is around it, where it is found.
pub(super) fn around(text: &str, secret: &str) -> Option<String> {
    let at = text.find(secret)?;
    let before: String = text[..at].chars().rev().take(60).collect::<Vec<_>>().into_iter().rev().collect();
    Some(format!("{before}{secret}").replace('\n', "⏎"))
}

/// What was written to `.fixloop` besides the database, which keeps events as they came.
pub(super) fn files(folder: &Path) -> Vec<(String, String)> {
    let mut all = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if !path.to_string_lossy().contains("fixloop.db") {
                all.push((
                    path.display().to_string(),
                    String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned(),
                ));
            }
        }
    }
    all
}

async fn check(inlet: &Inlet, id: &str, secrets: &[String], found: &mut Vec<String>) {
    let event = inlet.server.call("get_event", json!({"event": id})).await;
    leaks(found, "get_event", &event, secrets);
    if let Some(issue) = event.structured["issue"].as_str() {
        leaks(
            found,
            "get_issue",
            &inlet.server.call("get_issue", json!({"issue": issue, "event": id})).await.ok(),
            secrets,
        );
    }
    leaks(found, "search_issues", &inlet.server.call("search_issues", json!({"limit": 100})).await.ok(), secrets);
    leaks(
        found,
        "wait_for_event",
        &inlet.server.call("wait_for_event", json!({"since": 600, "timeout_s": 0})).await.ok(),
        secrets,
    );
}

/// Neither files nor the log hold a secret.
fn left_behind(inlet: &Inlet, secrets: &[String], found: &mut Vec<String>) {
    let mut written = files(&inlet.server.workspace().join(".fixloop"));
    assert!(written.iter().any(|(path, _)| path.contains("replies")), "no reply was long enough to be kept in a file");
    written.push(("stderr".to_owned(), inlet.server.stderr()));
    for (path, text) in written {
        let name = path.rsplit('/').next().unwrap();
        found.extend(secrets.iter().filter_map(|secret| Some(format!("{name}: {}", around(&text, secret)?))));
    }
}

#[tokio::test]
async fn secrets_by_name_stay_in() {
    let inlet = Inlet::with(&["--reply-chars", "1500"]).await;
    let (event, secrets) = named();
    assert!(secrets.len() > 30);
    let mut found = Vec::new();
    let id = inlet.send(&json!({"type": "event"}), &event).await;
    check(&inlet, &id, &secrets, &mut found).await;
    let items = [
        (
            json!({"type": "transaction"}),
            json!({"type": "transaction", "transaction": format!("/pay?token={}", secrets[0]), "timestamp": 1_795_354_400.0, "request": event["request"], "tags": event["tags"]}),
        ),
        (
            json!({"type": "log", "item_count": 1}),
            json!({"items": [{"level": "error", "body": format!("password={}", secrets[0]), "attributes": {"password": {"value": secrets[1], "type": "string"}}}]}),
        ),
        (
            json!({"type": "feedback"}),
            json!({"type": "feedback", "contexts": {"feedback": {"message": format!("my password={}", secrets[0]), "url": format!("https://shop.example/?token={}", secrets[1])}}}),
        ),
    ];
    for (header, payload) in items {
        let id = inlet.send(&header, &payload).await;
        check(&inlet, &id, &secrets, &mut found).await;
    }
    left_behind(&inlet, &secrets, &mut found);
    assert!(found.is_empty(), "{}", found.join("\n"));
    inlet.server.stop().await;
}

#[tokio::test]
async fn secrets_by_shape_stay_in() {
    let inlet = Inlet::with(&["--reply-chars", "1500"]).await;
    let mut found = Vec::new();
    let mut all = Vec::new();
    for (text, secret) in shapes() {
        let secrets: Vec<String> = parts(&secret).map(str::to_owned).collect();
        assert!(secrets.iter().all(|part| text.contains(part)));
        let mut event = event();
        super::poison(&mut event, &text, None);
        let id = inlet.send(&json!({"type": "event"}), &event).await;
        let mut leaked = Vec::new();
        check(&inlet, &id, &secrets, &mut leaked).await;
        found.extend(leaked.into_iter().map(|leak| format!("{}…: {leak}", text.get(..12).unwrap())));
        all.extend(secrets);
    }
    left_behind(&inlet, &all, &mut found);
    assert!(found.is_empty(), "{}", found.join("\n"));
    inlet.server.stop().await;
}
