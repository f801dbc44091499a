//! The real server SDKs, and what arrived of what they were told to send.

use std::path::{Path, PathBuf};

use fixloop::sink::Sink;
use serde_json::Value;

use super::support::{SOON, start};

fn apps() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/apps")
}

/// Runs a program to its end and reads the JSON line that it prints.
pub async fn run(program: &Path, folder: &Path, args: &[&str]) -> Value {
    let running = tokio::process::Command::new(program)
        .args(args)
        .current_dir(folder)
        .env_remove("SENTRY_SPOTLIGHT")
        .env_remove("SENTRY_DSN")
        .env("NO_PROXY", "127.0.0.1,localhost")
        .kill_on_drop(true)
        .output();
    let output = tokio::time::timeout(SOON * 6, running).await.expect("the SDK hangs").unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = text.lines().last().unwrap_or_default();
    serde_json::from_str(line)
        .unwrap_or_else(|_| panic!("{args:?}: {text}\n{}", String::from_utf8_lossy(&output.stderr)))
}

async fn check(sink: &Sink, ids: &Value, sdk: &str, error: &str, cause: &str) {
    let stored = sink
        .event(ids["error"].as_str().unwrap())
        .await
        .unwrap()
        .unwrap_or_else(|| panic!("{sdk}: the error did not arrive"));
    let event = stored.event;
    let chain: Vec<_> = event
        .exceptions
        .iter()
        .map(|e| format!("{}: {}", e.ty.as_deref().unwrap(), e.value.as_deref().unwrap()))
        .collect();
    assert_eq!((chain.first().unwrap().as_str(), chain.last().unwrap().as_str()), (cause, error), "{sdk}");
    assert!(
        event.exceptions.last().unwrap().frames.iter().any(|frame| frame.function.as_deref() == Some("checkout")),
        "{sdk}"
    );
    assert_eq!(
        (event.environment.as_deref(), event.user.unwrap().email.as_deref()),
        (Some("sdk-test"), Some("u1@shop.example")),
        "{sdk}"
    );
    assert!(event.tags.contains(&("sdk".into(), sdk.into())), "{sdk}");
    let issue = sink.issue(stored.issue.as_deref().unwrap()).await.unwrap().unwrap();
    assert_eq!((issue.title.as_str(), issue.kind.as_str(), issue.count), (error, "error", 1), "{sdk}");
    let message = sink.event(ids["message"].as_str().unwrap()).await.unwrap().unwrap();
    assert_eq!((message.event.level.as_str(), message.event.ty.as_str()), ("warning", ""), "{sdk}");
}

#[tokio::test]
async fn sentry_node_10_and_11() {
    let folder = apps().join("sdk-node");
    assert!(folder.join("node_modules").exists(), "@sentry/node is absent; run: make setup");
    for version in ["10", "11"] {
        for spotlight in [false, true] {
            let state = tempfile::tempdir().unwrap();
            let sink = start(state.path()).await;
            let (dsn, stream) = (sink.dsn().unwrap(), format!("{}/stream", sink.url().unwrap()));
            // By the DSN, or by Spotlight's copy with no DSN of ours.
            let (dsn, stream) = if spotlight {
                ("http://0123456789abcdef0123456789abcdef@127.0.0.1:9/1", stream.as_str())
            } else {
                (dsn.as_str(), "")
            };
            let ids = run(Path::new("node"), &folder, &["send.cjs", version, dsn, stream]).await;
            let name = format!("node-{version}");
            check(&sink, &ids, &name, "TypeError: node checkout failed", "RangeError: price out of range").await;
            let items = sink.items(ids["error"].as_str().unwrap()).await.unwrap();
            let attachment = items.iter().find(|item| item.ty == "attachment").expect("the attachment did not arrive");
            assert_eq!((attachment.bytes, attachment.header["filename"].as_str()), (3, Some("cart.bin")), "{name}");
            let large = sink.event(ids["large"].as_str().unwrap()).await.unwrap().unwrap();
            assert!(serde_json::to_string(&large.event.extra).unwrap().len() > 10_000, "{name}");
            let feedback = sink.event(ids["feedback"].as_str().unwrap()).await.unwrap().unwrap();
            assert_eq!(feedback.event.ty, "feedback", "{name}");
            let kinds: Vec<_> = sink.status().await.unwrap().items.into_iter().map(|(ty, _)| ty).collect();
            assert!(kinds.contains(&"log".to_owned()), "{name}: {kinds:?}");
            assert!(kinds.iter().any(|ty| ty == "span" || ty == "transaction"), "{name}: {kinds:?}");
            sink.stop().await;
        }
    }
}

#[tokio::test]
async fn sentry_sdk_of_python() {
    let folder = apps().join("sdk-python");
    let venv = if cfg!(windows) { folder.join(".venv/Scripts/python.exe") } else { folder.join(".venv/bin/python") };
    let python = if venv.exists() { venv } else { PathBuf::from("python3") };
    if tokio::process::Command::new(&python).arg("--version").output().await.is_err() {
        eprintln!(
            "NOT TESTED: the Python SDK. There is no Python here; install python3 and python3-venv, then run: make setup"
        );
        return;
    }
    let state = tempfile::tempdir().unwrap();
    let sink = start(state.path()).await;
    let found = tokio::process::Command::new(&python).args(["-c", "import sentry_sdk"]).output().await;
    assert!(found.is_ok_and(|output| output.status.success()), "Python's sentry-sdk is absent; run: make setup");
    let ids = run(&python, &folder, &["send.py", &sink.dsn().unwrap()]).await;
    check(&sink, &ids, "python", "ValueError: python checkout failed", "IndexError: list index out of range").await;
    let kinds: Vec<_> = sink.status().await.unwrap().items.into_iter().map(|(ty, _)| ty).collect();
    assert!(kinds.contains(&"transaction".to_owned()), "{kinds:?}");
    sink.stop().await;
}
