//! Tokens beside each other: what is shown of one place holds nothing of the other.

use std::fs;

use fixloop::doctor::check::{Ask, look};

use super::case::git;

#[test]
fn no_token_is_shown_beside_another() {
    let folder = tempfile::tempdir().unwrap();
    let claims = "eyJpYXQiOjE3MDAwMDAwMDAuMSwidXJsIjoiaHR0cHM6Ly9zZW50cnkuaW8iLCJvcmciOiJhY21lIn0=".repeat(6);
    let (first, second) =
        ("Zk3mQ9xT2vLr8WnB5yHc7Jd1Ge4Ps6Ua0Xo", "0c41f7a9b35e2d8860f1c7e4a9d2b3586e0f7c1d4a92b8e3f6057d1c8ba94e21");
    let mut lines = vec!["{".to_owned()];
    for gap in (0..130).step_by(9) {
        let gap = "x ".repeat(gap / 2);
        lines.push(format!("a = \"sntrys_{claims}_{first}\" {gap} b = \"sntryu_{second}\","));
    }
    fs::write(folder.path().join("options.js"), lines.join("\n")).unwrap();
    fs::write(folder.path().join("package.json"), r#"{"dependencies": {"@sentry/browser": "11.0.0"}}"#).unwrap();
    git(folder.path(), &["init", "-q"]);
    git(folder.path(), &["add", "-A"]);
    let checked = look(folder.path(), &Ask::default()).unwrap();
    let found: Vec<_> =
        checked.findings.iter().map(|each| &each.finding).filter(|each| each.rule == "SEC002").collect();
    assert!(!found.is_empty());
    let mut shown = String::new();
    for finding in found {
        shown.push_str(&finding.message);
        finding.at.iter().for_each(|at| shown.push_str(&format!("\n{:?}", at.excerpt)));
        finding.evidence.iter().for_each(|evidence| shown.push_str(&evidence.text));
    }
    for secret in [first, second] {
        for part in secret.as_bytes().windows(8) {
            let part = std::str::from_utf8(part).unwrap();
            assert!(!shown.contains(part), "{part} of a token is shown: {shown}");
        }
    }
}
