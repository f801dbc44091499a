//! Which folder is the workspace, and what happens when it cannot be used.

use serde_json::json;

use super::with_self_test;
use crate::support::{Server, Setup};

/// A folder with a prompt of its own, which tells that it is the workspace.
fn folder_with_prompt(name: &str) -> tempfile::TempDir {
    let folder = tempfile::Builder::new().prefix("a b é ").tempdir().unwrap();
    let prompts = folder.path().join(".fixloop/prompts");
    std::fs::create_dir_all(&prompts).unwrap();
    std::fs::write(prompts.join("mark.md"), format!("---\nname: {name}\n---\nx\n")).unwrap();
    folder
}

/// The first prompt of the server: the mark of its workspace, when it has one.
async fn mark(server: &Server) -> String {
    let listed = server.request("prompts/list", json!({})).await;
    listed["prompts"][0]["name"].as_str().unwrap().to_owned()
}

fn uri(folder: &tempfile::TempDir) -> String {
    url::Url::from_file_path(folder.path()).unwrap().to_string()
}

#[tokio::test]
async fn is_the_flag_else_the_roots_else_the_working_directory() {
    let (flag, root, working) = (folder_with_prompt("flag"), folder_with_prompt("root"), folder_with_prompt("working"));
    let none = "file:///nowhere/at/all".to_owned();
    let bare = |roots: Option<Vec<String>>| Setup {
        bare: true,
        roots,
        workspace: Some(working.path().to_owned()),
        ..Setup::default()
    };
    let flag_path = flag.path().to_str().unwrap();
    let checks = [
        ("flag", bare(Some(vec![uri(&root)])).args(&["--workspace", flag_path])),
        ("flag", bare(Some(vec![uri(&root)])).env("FIXLOOP_WORKSPACE", flag_path)),
        ("root", bare(Some(vec![uri(&root)]))),
        ("root", bare(Some(vec![none.clone(), uri(&root), uri(&flag)]))),
        ("working", bare(Some(vec![none, "https://example.org".to_owned()]))),
        ("working", bare(Some(Vec::new()))),
        ("working", bare(None)),
        ("working", Setup { protocol: "2026-07-28", ..bare(None) }),
    ];
    for (expect, setup) in checks {
        let server = Server::start(setup.clone()).await;
        assert_eq!(mark(&server).await, expect, "{setup:?}\n{}", server.stderr());
        server.stop().await;
    }
}

#[tokio::test]
async fn one_that_is_not_there_is_an_error_with_the_way_out() {
    let server = Server::start(with_self_test().args(&["--workspace", "/nowhere/at/all"]).bare()).await;
    let reply = server.call("self_test", json!({"do": "echo"})).await;
    assert!(reply.is_error);
    assert!(reply.text.contains("/nowhere/at/all") && reply.text.contains("--workspace DIR"), "{}", reply.text);
    // What needs no workspace still works.
    assert_eq!(mark(&server).await, "fix_issue");
    server.stop().await;
}

#[tokio::test]
async fn one_that_cannot_be_written_keeps_its_state_elsewhere_until_the_end() {
    let workspace = tempfile::tempdir().unwrap();
    // Root may write everywhere: a file in the place of the folder stops it too.
    std::fs::write(workspace.path().join(".fixloop"), "in the way").unwrap();
    let temporary = tempfile::tempdir().unwrap();
    let setup = with_self_test().workspace(workspace.path()).env("TMPDIR", temporary.path().to_str().unwrap());
    let server = Server::start(setup.env("TEMP", temporary.path().to_str().unwrap())).await;
    let reply = server.call("self_test", json!({"do": "big", "number": 2_000})).await.ok();
    let path = reply.text.split(" = ").nth(1).unwrap().trim().trim_end_matches(']').to_owned();
    assert!(std::path::Path::new(&path).starts_with(temporary.path()), "{path}");
    assert!(std::path::Path::new(&path).is_file());
    let status = server.call("status", json!({})).await.ok();
    assert!(status.text.contains("The workspace cannot be written"), "{}", status.text);
    server.stop().await;
    let left: Vec<_> = std::fs::read_dir(temporary.path()).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test]
async fn a_config_file_with_a_mistake_is_named_in_the_reply() {
    for (text, expect) in [
        ("colour = 1\n", "unknown field `colour`"),
        ("sink-port = \"many\"\n", "sink-port"),
        ("toolsets = [\"browsers\"]\n", "unknown toolset `browsers`"),
        ("browser-binary = \"/tmp/evil\"\n", "only work as flags or environment"),
        ("[", "fixloop.toml"),
    ] {
        let workspace = tempfile::tempdir().unwrap();
        std::fs::write(workspace.path().join("fixloop.toml"), text).unwrap();
        let server = Server::start(with_self_test().workspace(workspace.path())).await;
        let reply = server.call("self_test", json!({"do": "echo"})).await;
        assert!(reply.is_error && reply.text.contains(expect), "{text}: {}", reply.text);
        server.stop().await;
    }
}
