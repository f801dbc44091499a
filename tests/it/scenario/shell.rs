//! `fixloop run` and `fixloop verify` from a shell.

use std::{path::Path, process::Stdio};

use serde_json::Value;

use super::app::{Bug, Shop};

/// What a command printed, and its exit code.
struct Ended {
    code: i32,
    out: String,
    err: String,
}

async fn fixloop(workspace: &Path, args: &[&str]) -> Ended {
    let output = tokio::process::Command::new(env!("CARGO_BIN_EXE_fixloop"))
        .args(["--sink-port", "0"])
        .args(args)
        .current_dir(workspace)
        .env("WHO", "amelie-from-the-environment")
        .env_remove("FIXLOOP_WORKSPACE")
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .unwrap();
    Ended {
        code: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

fn workspace(url: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let scenarios = folder.path().join("fixloop");
    std::fs::create_dir_all(&scenarios).unwrap();
    let yaml = format!(
        "name: Pay\nbase_url: {url}\nsteps:\n  - navigate: /checkout\n  - fill: {{label: Email, value: \"${{WHO}}\"}}\n  \
         - fill: {{label: Password, value: secret <&> words}}\n  - click: {{role: button, name: Pay}}\nexpect:\n  - text: Thanks\n"
    );
    std::fs::write(scenarios.join("pay.yaml"), yaml).unwrap();
    std::fs::write(scenarios.join("bad.yaml"), "name: Bad\nsteps:\n  - navigate: /\n  - clik: {text: a}\n").unwrap();
    folder
}

/// The text without what differs from run to run.
fn settled(text: &str, url: &str, workspace: &Path) -> String {
    let workspace = workspace.canonicalize().unwrap();
    let text = text.replace(url, "http://SHOP").replace(workspace.to_str().unwrap(), "WORKSPACE");
    let text = regex::Regex::new(r"\br0[0-9a-z]{7}\b").unwrap().replace_all(&text, "RUN").into_owned();
    let text = regex::Regex::new(r"\b\d+ ms").unwrap().replace_all(&text, "N ms").into_owned();
    let text = regex::Regex::new(r#""took_ms": \d+"#).unwrap().replace_all(&text, "\"took_ms\": 0").into_owned();
    let text =
        regex::Regex::new(r#""fixloop": "[^"]+""#).unwrap().replace_all(&text, "\"fixloop\": \"V\"").into_owned();
    let text = regex::Regex::new(r#""fingerprint": "[0-9a-f]+""#).unwrap().replace_all(&text, "\"fingerprint\": \"F\"");
    text.into_owned()
}

#[tokio::test]
async fn runs_and_verifies_with_exit_codes() {
    let (shop, url) = Shop::open(Bug::Throws).await;
    let folder = workspace(&url);
    let root = folder.path();
    let red = fixloop(root, &["run", "fixloop/pay.yaml", "--json", "--junit", "out/red.xml"]).await;
    assert_eq!(red.code, 1, "{}{}", red.out, red.err);
    insta::assert_snapshot!("json_of_a_red_run", settled(&red.out, &url, root));
    let unfixed = fixloop(root, &["verify", "fixloop/pay.yaml", "--times", "1"]).await;
    assert_eq!(unfixed.code, 1, "{}{}", unfixed.out, unfixed.err);
    assert!(unfixed.out.contains("still_failing"), "{}", unfixed.out);

    shop.deploy(Bug::None);
    let green = fixloop(root, &["run", "pay", "fixloop/pay.yaml", "--times", "2", "--junit", "out/green.xml"]).await;
    assert_eq!(green.code, 0, "{}{}", green.out, green.err);
    insta::assert_snapshot!("text_of_green_runs", settled(&green.out, &url, root));
    let fixed = fixloop(root, &["verify", "pay", "--times", "2", "--json", "--junit", "out/fixed.xml"]).await;
    assert_eq!(fixed.code, 0, "{}{}", fixed.out, fixed.err);
    insta::assert_snapshot!("json_of_a_fixed_fault", settled(&fixed.out, &url, root));

    shop.deploy(Bug::Another);
    let regressed = fixloop(root, &["verify", "pay", "--times", "1", "--junit", "out/regressed.xml"]).await;
    assert_eq!(regressed.code, 1, "{}{}", regressed.out, regressed.err);
    insta::assert_snapshot!("text_of_a_regression", settled(&regressed.out, &url, root));

    let counts = ["red", "green", "fixed", "regressed"].map(|name| {
        let xml = std::fs::read_to_string(root.join(format!("out/{name}.xml"))).unwrap();
        assert!(!xml.contains("amelie"), "{xml}");
        let report = quick_junit::Report::deserialize_from_str(&xml).unwrap();
        (name, report.tests, report.failures, report.errors)
    });
    assert_eq!(counts, [("red", 1, 1, 0), ("green", 4, 0, 0), ("fixed", 1, 0, 0), ("regressed", 1, 1, 0)]);
    for text in [&red.out, &green.out, &fixed.out, &regressed.out, &red.err, &fixed.err] {
        assert!(!text.contains("amelie"), "{text}");
    }
}

#[tokio::test]
async fn mistakes_and_blindness_have_their_own_codes() {
    let (_, url) = Shop::open(Bug::None).await;
    let folder = workspace(&url);
    let root = folder.path();
    let bad = fixloop(root, &["run", "fixloop/pay.yaml", "fixloop/bad.yaml"]).await;
    assert_eq!((bad.code, bad.out.as_str()), (2, ""), "nothing is run: {}", bad.err);
    assert!(bad.err.contains("fixloop/bad.yaml:4:5: unknown name «clik»"), "{}", bad.err);
    for args in [
        &["run"][..],
        &["run", "nothing"],
        &["run", "pay", "--times", "0"],
        &["run", "pay", "--times", "51"],
        &["run", "/etc/hosts"],
        &["verify", "fixloop/bad.yaml"],
        &["verify"],
    ] {
        let ended = fixloop(root, args).await;
        assert_eq!((ended.code, ended.out.as_str()), (2, ""), "{args:?}: {}", ended.err);
        assert!(!ended.err.is_empty(), "{args:?}");
    }
    let nobody = fixloop(root, &["run", "pay", "--base-url", "http://127.0.0.1:9", "--json"]).await;
    assert_eq!(nobody.code, 3, "{}{}", nobody.out, nobody.err);
    let document: Value = serde_json::from_str(&nobody.out).unwrap();
    assert_eq!(document["scenarios"][0]["runs"][0]["status"], "could_not_run");
    let unproved = fixloop(root, &["verify", "pay", "--times", "1"]).await;
    assert_eq!(unproved.code, 3, "{}{}", unproved.out, unproved.err);
    let blind = fixloop(root, &["run", "pay", "--browser-binary", "/nowhere/chrome"]).await;
    assert_eq!(blind.code, 3, "{}{}", blind.out, blind.err);
    assert!(blind.out.contains("/nowhere/chrome"), "{}", blind.out);
    let unset = tokio::process::Command::new(env!("CARGO_BIN_EXE_fixloop"))
        .args(["--sink-port", "0", "run", "pay"])
        .current_dir(root)
        .env_remove("WHO")
        .output()
        .await
        .unwrap();
    let out = String::from_utf8(unset.stdout).unwrap();
    assert_eq!(unset.status.code(), Some(3));
    assert!(out.contains("WHO"), "{out}");
}

#[tokio::test]
async fn what_is_not_kept_is_said_to_be_so() {
    let (_, url) = Shop::open(Bug::Throws).await;
    let folder = workspace(&url);
    let root = folder.path();
    // A file where the state folder should be: also root cannot write through it.
    std::fs::write(root.join(".fixloop"), "mine").unwrap();
    let red = fixloop(root, &["run", "pay"]).await;
    assert_eq!(red.code, 1, "{}{}", red.out, red.err);
    assert!(red.out.contains("not kept") && !red.out.contains("report.md"), "{}", red.out);
    let unproved = fixloop(root, &["verify", "pay", "--json"]).await;
    assert_eq!(unproved.code, 3, "{}{}", unproved.out, unproved.err);
    let document: Value = serde_json::from_str(&unproved.out).unwrap();
    assert_eq!(document["runs"][0]["report"], Value::Null);
    assert!(document["reasons"].to_string().contains("cannot be written"), "{}", unproved.out);
}

#[tokio::test]
async fn help_names_the_exit_codes() {
    let folder = tempfile::tempdir().unwrap();
    for command in ["run", "verify"] {
        let help = fixloop(folder.path(), &[command, "--help"]).await;
        assert_eq!(help.code, 0);
        assert!(help.out.contains("Exit codes:") && help.out.contains("3  inconclusive"), "{}", help.out);
    }
}
