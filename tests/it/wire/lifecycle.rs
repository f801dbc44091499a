//! How a connection begins and ends.

use serde_json::json;

use super::{start, tool_names, with_self_test};
use crate::support::{Server, Setup};

const LEGACY: [&str; 4] = ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"];

#[tokio::test]
async fn speaks_every_protocol_version() {
    for protocol in LEGACY.into_iter().chain(["2026-07-28"]) {
        let server = Server::start(Setup { protocol, ..with_self_test() }).await;
        let greeting = &server.greeting;
        if protocol == "2026-07-28" {
            let versions = greeting["supportedVersions"].as_array().unwrap();
            assert!(LEGACY.iter().all(|version| versions.contains(&json!(version))), "{greeting}");
            assert!(versions.contains(&json!(protocol)), "{greeting}");
        } else {
            assert_eq!(greeting["protocolVersion"], protocol);
            assert_eq!(greeting["serverInfo"]["name"], "fixloop");
            assert_eq!(greeting["serverInfo"]["title"], "fixloop");
            assert_eq!(greeting["serverInfo"]["version"], env!("CARGO_PKG_VERSION"));
        }
        assert!(greeting["instructions"].as_str().unwrap().contains("verify_fix"), "{greeting}");
        for capability in ["tools", "prompts", "resources", "completions"] {
            assert!(greeting["capabilities"][capability].is_object(), "{capability}: {greeting}");
        }
        assert!(tool_names(&server).await.contains(&"self_test".to_owned()));
        let reply = server.call("self_test", json!({"do": "echo", "text": protocol})).await.ok();
        assert!(reply.text.contains(protocol), "{}", reply.text);
        assert_eq!(reply.structured["text"], protocol);
        assert!(server.stop().await.success());
    }
}

#[tokio::test]
async fn answers_an_unknown_version_with_one_it_speaks() {
    let server = Server::start(Setup { protocol: "2099-01-01", ..Setup::default() }).await;
    assert_eq!(server.greeting["protocolVersion"], "2025-11-25");
    server.stop().await;
}

#[tokio::test]
async fn ends_when_stdin_ends_whatever_runs() {
    let mut server = start().await;
    let (_, _answer) = server
        .begin("tools/call", json!({"name": "self_test", "arguments": {"do": "sleep_deaf", "number": 600_000}}))
        .await;
    // Its answer tells that the call before it is under way.
    server.request("ping", json!({})).await;
    server.close_stdin().await;
    assert!(server.ended().await.success());
    assert!(server.stderr().contains("self_test was dropped"), "{}", server.stderr());
}

#[tokio::test]
async fn answers_what_was_asked_before_stdin_ended() {
    let mut server = start().await;
    let (_, answer) = server
        .begin("tools/call", json!({"name": "self_test", "arguments": {"do": "echo", "text": "last words"}}))
        .await;
    server.close_stdin().await;
    assert!(answer.await.unwrap().to_string().contains("last words"));
    assert!(server.ended().await.success());
}

#[tokio::test]
async fn ends_in_order_when_stdin_ends_before_a_word() {
    let server = Server::start(Setup { silent: true, ..Setup::default() }).await;
    assert!(server.stop().await.success());
}

#[cfg(unix)]
#[tokio::test]
async fn ends_in_order_on_signals() {
    for signal in ["TERM", "INT", "HUP"] {
        let mut server = start().await;
        server.call("self_test", json!({"do": "echo"})).await.ok();
        let (_, _answer) = server
            .begin("tools/call", json!({"name": "self_test", "arguments": {"do": "sleep", "number": 600_000}}))
            .await;
        server.request("ping", json!({})).await;
        let sent = std::process::Command::new("kill").args(["-s", signal, &server.pid().to_string()]).status().unwrap();
        assert!(sent.success());
        assert!(server.ended().await.success(), "{signal}: {}", server.stderr());
    }
}

#[tokio::test]
async fn help_and_version_go_to_stdout_and_mistakes_to_stderr() {
    let run = |args: &'static [&'static str]| async move {
        let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_fixloop"));
        let output = command.args(args).stdin(std::process::Stdio::null()).output().await.unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    };
    let (code, out, _) = run(&["--help"]).await;
    assert_eq!(code, Some(0));
    assert!(out.contains("--toolsets") && out.contains("FIXLOOP_READ_ONLY"), "{out}");
    let (code, out, _) = run(&["--version"]).await;
    assert_eq!((code, out.trim()), (Some(0), concat!("fixloop ", env!("CARGO_PKG_VERSION"))));
    let (code, out, err) = run(&["--toolsets", "browsers"]).await;
    assert_eq!((code, out.as_str()), (Some(2), ""));
    assert!(err.contains("sentry") && err.contains("browser"), "{err}");
}
