//! Tests of: `fixloop demo`, as a person at a shell sees it.

use std::{path::Path, process::Output, time::Duration};

/// Bounded: a demo that hangs is a failed test, and is killed.
async fn demo(temporary: &Path, args: &[&str]) -> Output {
    let running = tokio::process::Command::new(env!("CARGO_BIN_EXE_fixloop"))
        .args(["demo", "--sink-port", "0"])
        .args(args)
        .current_dir(temporary)
        .env("TMPDIR", temporary)
        .env("TMP", temporary)
        .kill_on_drop(true)
        .output();
    tokio::time::timeout(Duration::from_secs(120), running).await.expect("the demo ended within 120 s").unwrap()
}

fn entries(folder: &Path) -> Vec<String> {
    std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[tokio::test]
async fn says_in_one_line_what_to_do_when_something_is_missing() {
    let temporary = tempfile::tempdir().unwrap();
    let bare = tempfile::tempdir().unwrap();
    std::fs::write(bare.path().join("build.cjs"), "").unwrap();
    let cases = [
        ("/nowhere", "The demo app is not in /nowhere.", "--app DIR"),
        (bare.path().to_str().unwrap(), "packages are not installed", "Run `make demo`"),
    ];
    for (app, what, hint) in cases {
        let output = demo(temporary.path(), &["--app", app]).await;
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{stderr}");
        assert!(stderr.contains(what) && stderr.contains(hint), "{stderr}");
        assert_eq!(entries(temporary.path()), Vec::<String>::new(), "the scratch was left behind");
    }
}

/// Times, ports and ids are not the same twice.
fn filters() -> insta::Settings {
    let mut settings = insta::Settings::clone_current();
    for (pattern, word) in [
        (r" +\d+\.\d\d s  ", "  TIME  "),
        (r"\d+\.\d s\.", "TIME."),
        (r"\d+ ms", "TIME"),
        (r"\S*/fixloop-demo-[0-9a-f]{8}", "SCRATCH"),
        (r"http://[0-9a-f]{32}@127\.0\.0\.1:\d+/1", "DSN"),
        (r"127\.0\.0\.1:\d+", "127.0.0.1:PORT"),
        (r"(chrome|firefox) [\d.]+", "BROWSER"),
        (r"\d+ kB", "SIZE"),
        (r"run r\w{8}", "run ID"),
        (r"(?m)^(Verdict|Transcript): +\S+/\.fixloop/", "$1: HERE/.fixloop/"),
    ] {
        settings.add_filter(pattern, word);
    }
    settings
}

#[tokio::test]
async fn closes_the_whole_loop_and_leaves_nothing_behind() {
    let temporary = tempfile::tempdir().unwrap();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("demo/src/checkout.ts");
    let before = std::fs::read(&source).unwrap();
    let output = demo(temporary.path(), &[]).await;
    let (stdout, stderr) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(output.status.success(), "{stdout}\n{stderr}");
    filters().bind(|| insta::assert_snapshot!(stdout));
    assert_eq!(std::fs::read(&source).unwrap(), before, "the demo edited the repository");
    // The temporary folder is the working directory here too: what is left is the report, and nothing else.
    assert_eq!(entries(temporary.path()), [".fixloop"]);
    let verdict = std::fs::read_to_string(temporary.path().join(".fixloop/demo/verdict.md")).unwrap();
    assert!(verdict.starts_with("# Verdict: fixed"), "{verdict}");
    let transcript = std::fs::read_to_string(temporary.path().join(".fixloop/demo/transcript.md")).unwrap();
    for tool in ["status", "browser_act", "get_issue", "run_scenario", "verify_fix", "update_issue"] {
        assert!(transcript.contains(&format!("## {tool} ")), "{tool}");
    }
}
