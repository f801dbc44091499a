//! A client that is not ours: `@modelcontextprotocol/inspector --cli`.

use std::{path::Path, time::Duration};

use serde_json::Value;

/// Runs the inspector against the real binary and returns the JSON that it prints.
async fn inspect(workspace: &Path, args: &[&str]) -> Value {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/apps/inspector");
    let cli = folder.join("node_modules/@modelcontextprotocol/inspector/cli/build/cli.js");
    assert!(cli.is_file(), "the inspector is not installed: run `npm ci` in {}", folder.display());
    let mut command = tokio::process::Command::new("node");
    command.arg(cli).arg("--cli").args(["-e", "FIXLOOP_TEST_TOOLS=1"]);
    command.arg(env!("CARGO_BIN_EXE_fixloop")).args(args).kill_on_drop(true);
    command.env("FIXLOOP_WORKSPACE", workspace).env("FIXLOOP_SINK_PORT", "0").stdin(std::process::Stdio::null());
    let output = tokio::time::timeout(Duration::from_secs(120), command.output()).await.expect("it ends").unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{args:?}\n{out}\n{err}");
    serde_json::from_str(&out).unwrap_or_else(|error| panic!("{args:?}: {error}\n{out}\n{err}"))
}

#[tokio::test]
async fn the_inspector_lists_and_calls() {
    let workspace = tempfile::tempdir().unwrap();
    let tools = inspect(workspace.path(), &["--method", "tools/list"]).await;
    let tools = tools["tools"].as_array().unwrap();
    let tool = tools.iter().find(|tool| tool["name"] == "self_test").expect("the tool is listed");
    assert_eq!(tool["inputSchema"]["type"], "object");
    assert_eq!(tool["annotations"]["readOnlyHint"], true);

    let call =
        ["--method", "tools/call", "--tool-name", "self_test", "--tool-arg", "do=echo", "--tool-arg", "text=hello"];
    let reply = inspect(workspace.path(), &call).await;
    assert_eq!(reply["structuredContent"]["text"], "hello");
    assert!(reply["content"][0]["text"].as_str().unwrap().contains("«hello»"), "{reply}");

    let prompts = inspect(workspace.path(), &["--method", "prompts/list"]).await;
    assert_eq!(prompts["prompts"][0]["name"], "fix_issue");
    let templates = inspect(workspace.path(), &["--method", "resources/templates/list"]).await;
    assert_eq!(templates["resourceTemplates"][0]["uriTemplate"], "fixloop://runs/{id}");
}
