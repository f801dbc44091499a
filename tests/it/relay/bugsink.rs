//! A real third-party server: Bugsink, which speaks Sentry's protocol, takes what the sink passes on.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use fixloop::event::ForwardState;
use serde_json::Value;
use tokio::process::{Child, Command};

use super::support::{fate, forwarding};
use crate::sink::{
    sdks,
    support::{SOON, free_port, start_with},
};

fn app() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/apps/bugsink")
}

fn python() -> PathBuf {
    app().join(if cfg!(windows) { ".venv/Scripts/python.exe" } else { ".venv/bin/python" })
}

/// A Bugsink on a port of its own with a database of its own; killed when dropped.
struct Bugsink {
    child: Child,
    folder: tempfile::TempDir,
    port: u16,
    dsn: String,
}

impl Bugsink {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        // Made once by the set-up: migrations take seconds.
        std::fs::copy(app().join(".venv/db.sqlite3"), folder.path().join("db.sqlite3")).expect("run: make setup");
        let port = free_port().await;
        let made = run(folder.path(), port, &["make_project.py"]).await;
        let dsn = made["dsn"].as_str().unwrap().to_owned();
        let child =
            command(folder.path(), port).arg("serve.py").stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let this = Self { child, folder, port, dsn };
        let up = async {
            while tokio::net::TcpStream::connect(("127.0.0.1", this.port)).await.is_err() {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(SOON * 3, up).await.expect("Bugsink did not come up");
        this
    }

    /// What it has: event id, type and value of each event.
    async fn events(&self) -> Value {
        run(self.folder.path(), self.port, &["list_events.py"]).await
    }
}

fn command(folder: &Path, port: u16) -> Command {
    let mut command = Command::new(python());
    command
        .current_dir(app())
        .env("DJANGO_SETTINGS_MODULE", "bugsink_conf")
        .env("BUGSINK_TEST_FOLDER", folder)
        .env("BUGSINK_TEST_URL", format!("http://127.0.0.1:{port}"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .kill_on_drop(true);
    command
}

async fn run(folder: &Path, port: u16, args: &[&str]) -> Value {
    let output = tokio::time::timeout(SOON * 3, command(folder, port).args(args).output()).await.unwrap().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = text.lines().last().unwrap_or_default();
    serde_json::from_str(line)
        .unwrap_or_else(|_| panic!("{args:?}: {text}\n{}", String::from_utf8_lossy(&output.stderr)))
}

#[tokio::test]
async fn what_an_sdk_sent_to_the_sink_arrives_in_bugsink() {
    if !python().exists() && Command::new("python3").arg("--version").output().await.is_err() {
        eprintln!(
            "NOT TESTED: Bugsink. There is no Python here; install python3 and python3-venv, then run: make setup"
        );
        return;
    }
    assert!(python().exists(), "Bugsink is absent; run: make setup");
    let old = "import sys; sys.exit(sys.version_info < (3, 10))";
    if !Command::new(python()).args(["-c", old]).status().await.unwrap().success() {
        eprintln!("NOT TESTED: Bugsink. It needs Python 3.10 or newer");
        return;
    }
    let mut bugsink = Bugsink::start().await;
    let state = tempfile::tempdir().unwrap();
    let sink = start_with(state.path(), forwarding(&[&bugsink.dsn])).await;
    let node = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/apps/sdk-node");
    assert!(node.join("node_modules").exists(), "@sentry/node is absent; run: make setup");
    let sent = sdks::run(Path::new("node"), &node, &["send.cjs", "11", &sink.dsn().unwrap(), "", ""]).await;
    for name in ["error", "message", "large"] {
        let id = sent[name].as_str().unwrap();
        assert!(sink.event(id).await.unwrap().is_some(), "{name} is not in the sink");
        fate(&sink, id, ForwardState::Sent).await;
    }
    let events = bugsink.events().await;
    let find = |id: &Value| {
        let events = events.as_array().unwrap();
        let found: Vec<_> = events.iter().filter(|event| event["event_id"] == *id).collect();
        assert_eq!(found.len(), 1, "{id} in {events:#?}");
        (found[0]["type"].clone(), found[0]["value"].clone())
    };
    assert_eq!(find(&sent["error"]), ("TypeError".into(), "node checkout failed".into()));
    assert_eq!(find(&sent["large"]), ("Error".into(), "a large node event".into()));
    find(&sent["message"]);
    let counts = sink.status().await.unwrap().forwards.remove(0);
    assert_eq!((counts.refused, counts.dropped.len(), counts.queued), (0, 0, 0), "{counts:?}");
    sink.stop().await;
    bugsink.child.kill().await.unwrap();
}
