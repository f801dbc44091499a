//! The pipeline: arguments, cancellation, progress, time limit, panics.

use serde_json::{Value, json};

use super::{start, tool_names, with_self_test};
use crate::support::{Server, Setup};

#[tokio::test]
async fn wrong_arguments_name_the_right_ones() {
    let server = start().await;
    let checks: [(Value, &[&str]); 6] = [
        (json!({"do": "echo", "txt": "a"}), &["unknown field `txt`", "text (string)", "do (echo|panic|"]),
        (json!({}), &["missing field `do`", ", required)"]),
        (json!({"do": "shout"}), &["`do`: unknown variant `shout`", "`echo`"]),
        (json!({"do": "echo", "number": "many"}), &["`number`: invalid type: string \"many\"", "number (integer)"]),
        (json!({"do": "echo", "list": [1]}), &["`list[0]`: invalid type"]),
        (json!({"do": null}), &["`do`"]),
    ];
    for (arguments, expect) in checks {
        let reply = server.call("self_test", arguments.clone()).await;
        assert!(reply.is_error, "{arguments}: {}", reply.text);
        for words in expect {
            assert!(reply.text.contains(words), "{arguments}: no {words:?} in: {}", reply.text);
        }
    }
    // Some clients write lists, numbers and booleans as JSON in a string.
    let reply = server.call("self_test", json!({"do": "echo", "list": "[\"a\", \"b\"]", "number": "3"})).await.ok();
    assert_eq!(reply.structured["text"], "a b");
    server.stop().await;
}

#[tokio::test]
async fn an_unknown_tool_is_told_what_is_near() {
    let server = start().await;
    let reply = server.call("self_tset", json!({})).await;
    assert!(reply.is_error);
    assert!(reply.text.contains("no tool `self_tset`") && reply.text.contains("self_test"), "{}", reply.text);
    server.stop().await;
}

#[tokio::test]
async fn cancelling_stops_the_work_whether_it_listens_or_not() {
    for (action, trace) in [("sleep", "saw the cancellation"), ("sleep_deaf", "was dropped")] {
        let server = start().await;
        server.call("self_test", json!({"do": "echo"})).await.ok();
        let arguments = json!({"name": "self_test", "arguments": {"do": action, "number": 600_000}});
        let (id, mut answer) = server.begin("tools/call", arguments).await;
        server.request("ping", json!({})).await;
        server.notify("notifications/cancelled", json!({"requestId": id, "reason": "test"})).await;
        server.wait_until(trace, |server| server.stderr().contains(trace).then_some(())).await;
        server.request("ping", json!({})).await;
        assert!(answer.try_recv().is_err(), "a cancelled request was answered");
        server.stop().await;
    }
}

#[tokio::test]
async fn progress_comes_when_it_is_asked_for_and_the_call_is_long() {
    let server = start().await;
    let long = json!({"do": "sleep", "number": 1_800});
    server.call("self_test", long.clone()).await.ok();
    assert_eq!(server.notifications(), Vec::<Value>::new(), "without a token");
    let ask = |arguments: Value, token: Value| json!({"name": "self_test", "arguments": arguments, "_meta": {"progressToken": token}});
    server.request("tools/call", ask(json!({"do": "echo"}), json!("short"))).await;
    server.request("tools/call", ask(long, json!("p1"))).await;
    let notes = server.notifications();
    assert!(!notes.is_empty());
    for note in &notes {
        assert_eq!(note["method"], "notifications/progress");
        assert_eq!(note["params"]["progressToken"], "p1");
        assert!(note["params"]["progress"].as_f64().unwrap() >= 1.0, "{note}");
        assert!(note["params"]["message"].as_str().unwrap().contains("asleep ("), "{note}");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_panic_is_a_reply_and_the_server_goes_on() {
    let server = start().await;
    let reply = server.call("self_test", json!({"do": "panic"})).await;
    assert!(reply.is_error);
    assert!(reply.text.contains("bug of fixloop"), "{}", reply.text);
    assert!(!reply.text.contains("asked to panic"), "the cause goes to the log only: {}", reply.text);
    server.wait_until("the cause", |server| server.stderr().contains("asked to panic").then_some(())).await;
    server.call("self_test", json!({"do": "echo"})).await.ok();
    server.stop().await;
}

#[tokio::test]
async fn a_call_has_a_time_limit() {
    let server = Server::start(with_self_test().args(&["--call-timeout", "1"])).await;
    let reply = server.call("self_test", json!({"do": "sleep_deaf", "number": 600_000})).await;
    assert!(reply.is_error);
    assert!(reply.text.contains("longer than 1 s") && reply.text.contains("--call-timeout"), "{}", reply.text);
    // A tool that listens may say what it has.
    let reply = server.call("self_test", json!({"do": "sleep", "number": 600_000})).await.ok();
    assert_eq!(reply.structured["done"], "Sleep until the time was up");
    server.stop().await;
}

#[tokio::test]
async fn a_failure_says_what_and_what_next() {
    let server = start().await;
    let reply = server.call("self_test", json!({"do": "fail", "text": "no luck"})).await;
    assert!(reply.is_error);
    assert_eq!(reply.text, "Failed as asked: no luck\nAsk for something else.");
    server.stop().await;
}

#[tokio::test]
async fn calls_run_side_by_side() {
    let server = start().await;
    let slow = json!({"name": "self_test", "arguments": {"do": "sleep", "number": 600_000}});
    let (id, mut answer) = server.begin("tools/call", slow).await;
    server.call("self_test", json!({"do": "echo"})).await.ok();
    assert!(answer.try_recv().is_err());
    server.notify("notifications/cancelled", json!({"requestId": id})).await;
    server.stop().await;
}

#[tokio::test]
async fn flags_choose_the_tools() {
    let all = tool_names(&Server::start(Setup::default()).await).await;
    assert!(!all.contains(&"self_test".to_owned()), "only with FIXLOOP_TEST_TOOLS=1");
    let hints = fixloop::tools::all();
    let expect = |check: &dyn Fn(&fixloop::mcp::Route) -> bool| -> Vec<String> {
        hints.iter().filter(|route| check(route)).map(|route| route.name.to_owned()).collect()
    };
    assert_eq!(all, expect(&|route| route.toolset.name() != "admin"), "admin is offered only where it is named");
    let read_only = expect(&|route| route.hints.read_only && route.toolset.name() != "admin");
    let sentry = expect(&|route| matches!(route.toolset.name(), "core" | "sentry"));
    let both = expect(&|route| route.hints.read_only && matches!(route.toolset.name(), "core" | "browser"));
    let file = tempfile::tempdir().unwrap();
    std::fs::write(file.path().join("fixloop.toml"), "toolsets = [\"sentry\"]\n").unwrap();
    let checks = [
        (Setup::default().args(&["--read-only"]), &read_only),
        (Setup::default().env("FIXLOOP_READ_ONLY", "true"), &read_only),
        (Setup::default().args(&["--toolsets", "sentry"]), &sentry),
        (Setup::default().env("FIXLOOP_TOOLSETS", "sentry"), &sentry),
        (Setup::default().workspace(file.path()), &sentry),
        (Setup::default().args(&["--toolsets=browser", "--read-only"]), &both),
        // A flag goes before the environment and the file.
        (
            Setup::default().workspace(file.path()).env("FIXLOOP_READ_ONLY", "true").args(&[
                "--read-only=false",
                "--toolsets",
                "browser,sentry,scenario,setup",
            ]),
            &all,
        ),
    ];
    for (setup, expect) in checks {
        let server = Server::start(setup.clone()).await;
        assert_eq!(tool_names(&server).await, *expect, "{setup:?}");
        if let Some(left_out) = all.iter().find(|name| !expect.contains(name)) {
            let reply = server.call(left_out, json!({})).await;
            assert!(reply.is_error && reply.text.contains("switched off: --"), "{left_out}: {}", reply.text);
        }
        server.stop().await;
    }
}
