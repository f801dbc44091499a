//! `check_tunnel`, over MCP.

use std::path::Path;

use serde_json::{Value, json};

use super::server::{self, App};
use crate::support::{Reply, Server, Setup};

async fn start(setup: Setup) -> (Server, App) {
    let server = Server::start(setup).await;
    let status = server.call("status", json!({})).await.ok();
    let app = server::start_for(status.structured["sink"]["dsn"].as_str().unwrap()).await;
    (server, app)
}

async fn check(server: &Server, arguments: Value) -> Reply {
    server.call("check_tunnel", arguments).await
}

/// What differs from run to run left out.
fn steady(reply: &Reply, app: &App) -> String {
    let text = reply.text.replace(&app.url, "http://app");
    let text = regex::Regex::new(r"untrusted-[0-9a-f]+").unwrap().replace_all(&text, "untrusted-X").into_owned();
    regex::Regex::new(r"in \d+ ms").unwrap().replace_all(&text, "in N ms").into_owned()
}

#[tokio::test]
async fn a_tunnel_that_works_one_that_does_not_and_one_that_mangles() {
    let (server, app) = start(Setup::default()).await;
    let works = check(&server, json!({"url": app.url, "tunnel": "/strict"})).await.ok();
    let said = &works.structured;
    assert_eq!((&said["verdict"], &said["issue"], &said["binary"]), (&json!("works"), &json!("LOCAL-1"), &json!(true)));
    let login = check(&server, json!({"url": app.url, "tunnel": "/login302"})).await.ok();
    assert_eq!(login.structured["verdict"], "broken");
    let text = check(&server, json!({"url": format!("{}/text", app.url)})).await.ok();
    assert_eq!((&text.structured["verdict"], &text.structured["binary"]), (&json!("broken"), &json!(false)));
    let unclear = check(&server, json!({"url": app.url, "tunnel": "/500"})).await.ok();
    assert_eq!(unclear.structured["verdict"], "unclear");
    let open = check(&server, json!({"url": app.url, "tunnel": "/open-includes"})).await.ok();
    assert_eq!(open.structured["foreign"], "let_through");
    let all = [&works, &login, &text, &unclear].map(|reply| steady(reply, &app)).join("\n=====\n");
    insta::assert_snapshot!(all);
    let event = server.call("get_issue", json!({"issue": "LOCAL-1"})).await.ok();
    assert!(event.text.contains("fixloop test event"), "{}", event.text);
    server.stop().await;
}

#[tokio::test]
async fn what_it_cannot_look_at_it_says() {
    let (server, app) = start(Setup::default()).await;
    for (arguments, words) in [
        (json!({"url": app.url}), "No tunnel is known"),
        (json!({"url": "file:///etc/passwd", "tunnel": "/x"}), "fixloop does not open file: addresses"),
        (json!({"url": "http://169.254.169.254/", "tunnel": "/x"}), "is not fetched from"),
        (json!({"url": app.url, "tunnel": "/x", "dsn": "https://secretsecret@@@/"}), "The DSN is none"),
        (json!({"url": app.url, "tunnel": "mailto:x"}), "neither a path nor a URL"),
    ] {
        let reply = check(&server, arguments.clone()).await;
        assert!(reply.is_error && reply.text.contains(words), "{arguments}: {}", reply.text);
        assert!(!reply.text.contains("secretsecret"), "{}", reply.text);
    }
    server.stop().await;
}

#[tokio::test]
async fn secrets_of_the_answers_stay_out() {
    let (server, app) = start(Setup::default()).await;
    let reply = check(
        &server,
        json!({"url": app.url.replace("http://", "http://eve:hunter2@"), "tunnel": "/leaks?token=abcdefgh12345"}),
    )
    .await
    .ok();
    let whole = format!("{} {}", reply.text, reply.structured);
    for secret in ["hunter2", "abcdefgh12345", "s3cr3tcookie", "s3cr3ttoken"] {
        assert!(!whole.contains(secret), "{secret}: {whole}");
    }
    assert_eq!(reply.structured["answer"], "login_redirect");
    server.stop().await;
}

/// Files of a project: path and text.
fn write(folder: &Path, files: &[(&str, String)]) {
    for (path, text) in files {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
}

#[tokio::test]
async fn tunnel_and_dsn_come_from_the_project() {
    let folder = tempfile::tempdir().unwrap();
    let (server, app) = start(Setup::default().workspace(folder.path())).await;
    let dsn = server.call("status", json!({})).await.ok().structured["sink"]["dsn"].as_str().unwrap().to_owned();
    write(
        folder.path(),
        &[
            (
                "package.json",
                json!({"dependencies": {"@sentry/react": "10.0.0", "vite": "7.0.0", "react": "19.0.0"}}).to_string(),
            ),
            ("vite.config.ts", "export default {}".to_owned()),
            (
                "index.html",
                "<!doctype html><html><body><script type=module src=/src/main.tsx></script></body></html>".to_owned(),
            ),
            (
                "src/main.tsx",
                format!(
                    "import * as Sentry from \"@sentry/react\";\nSentry.init({{ dsn: \"{dsn}\", tunnel: \"/strict\" }});\n"
                ),
            ),
        ],
    );
    let reply = check(&server, json!({"url": app.url})).await.ok();
    let said = &reply.structured;
    assert_eq!((&said["verdict"], &said["issue"]), (&json!("works"), &json!("LOCAL-1")), "{}", reply.text);
    assert_eq!(said["tunnel"], format!("{}/strict", app.url));
    server.stop().await;
}

#[tokio::test]
async fn the_query_of_tunnel_route_is_added() {
    let folder = tempfile::tempdir().unwrap();
    write(
        folder.path(),
        &[
            ("package.json", json!({"dependencies": {"@sentry/nextjs": "10.78.0", "next": "16.4.6", "react": "19.0.0"}}).to_string()),
            (
                "next.config.ts",
                "import { withSentryConfig } from \"@sentry/nextjs\";\nexport default withSentryConfig({}, { tunnelRoute: \"/monitoring\" });\n".to_owned(),
            ),
            ("app/page.tsx", "export default function Page() { return null }".to_owned()),
            (
                "instrumentation-client.ts",
                "import * as Sentry from \"@sentry/nextjs\";\nSentry.init({ dsn: \"https://0123456789abcdef0123456789abcdef@o1.ingest.de.sentry.io/42\" });\n".to_owned(),
            ),
        ],
    );
    let (server, app) = start(Setup::default().workspace(folder.path())).await;
    let reply = check(&server, json!({"url": app.url})).await.ok();
    let said = &reply.structured;
    assert_eq!((&said["verdict"], &said["answer"]), (&json!("works"), &json!("sentry_answers")), "{}", reply.text);
    assert_eq!(said["sent_to"], json!(null), "nothing goes to a real Sentry unasked");
    server.stop().await;
}
