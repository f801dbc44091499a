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

#[tokio::test]
async fn the_file_of_a_root_holds_tools_back() {
    let (root, working) = (folder_with_prompt("root"), folder_with_prompt("working"));
    std::fs::write(root.path().join("fixloop.toml"), "read-only = true\ntoolsets = [\"sentry\"]\n").unwrap();
    let workspace = Some(working.path().to_owned());
    let server =
        Server::start(Setup { bare: true, roots: Some(vec![uri(&root)]), workspace, ..Setup::default() }).await;
    for (name, why) in [("update_issue", "--read-only"), ("browser_snapshot", "--toolsets")] {
        let reply = server.call(name, json!({})).await;
        assert!(reply.is_error && reply.text.contains("switched off: "), "{}", reply.text);
        assert!(reply.text.contains(why), "{}", reply.text);
    }
    let names = super::tool_names(&server).await;
    assert!(names.contains(&"search_issues".to_owned()) && names.contains(&"status".to_owned()), "{names:?}");
    assert!(!names.iter().any(|name| name == "update_issue" || name == "browser_snapshot"), "{names:?}");
    server.stop().await;
}

#[cfg(unix)]
#[test]
fn the_state_folder_is_private_and_never_elsewhere() {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use fixloop::artifacts::Artifacts;

    let (workspace, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let state = workspace.path().join(".fixloop");
    let artifacts = Artifacts::open(state.clone()).unwrap();
    assert_eq!(std::fs::metadata(&state).unwrap().permissions().mode() & 0o777, 0o700);
    assert_eq!(std::fs::read_to_string(state.join(".gitignore")).unwrap(), "*\n");
    // What is there is not written again, and a link is not followed.
    let victim = elsewhere.path().join("victim");
    std::fs::write(&victim, "mine").unwrap();
    std::fs::remove_file(state.join(".gitignore")).unwrap();
    symlink(&victim, state.join(".gitignore")).unwrap();
    Artifacts::open(state.clone()).unwrap();
    assert_eq!(std::fs::read_to_string(&victim).unwrap(), "mine");
    // Nor is a folder for replies that leads out.
    symlink(elsewhere.path(), state.join("replies")).unwrap();
    assert!(artifacts.write("replies", "x.md", b"x").is_err());
    artifacts.prune("replies", 0);
    assert_eq!(std::fs::read_dir(elsewhere.path()).unwrap().count(), 1);
    // Nor the state folder itself, nor one that is the workspace.
    std::fs::remove_dir_all(&state).unwrap();
    for target in [elsewhere.path(), workspace.path(), std::path::Path::new("/nowhere/at/all")] {
        symlink(target, &state).unwrap();
        assert!(Artifacts::open(state.clone()).is_err(), "{}", target.display());
        std::fs::remove_file(&state).unwrap();
    }
    assert_eq!(std::fs::read_dir(elsewhere.path()).unwrap().count(), 1);
}
