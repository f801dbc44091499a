//! Source maps and observations: real bundles, real stacks, a server on port 0.

mod bad;
mod builds;
mod fingerprint;
mod observe;
mod report;
mod scope;
mod site;

use std::{path::Path, process::Command, time::Duration};

use fixloop::event::Frame;

pub(crate) use site::Site;

/// More than any resolve needs; a resolve that hangs fails its assertions, not the suite's time limit.
const LIMIT: Duration = Duration::from_secs(20);

/// Copies the sources of the app under test into a workspace of its own.
fn workspace() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    copy(&app().join("src"), &folder.path().join("src"));
    folder
}

fn app() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/apps/maps")
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &target),
            false => drop(std::fs::copy(entry.path(), &target).unwrap()),
        }
    }
}

/// Bundles `src/main.ts` of the workspace into `dist/main.js`, minified; `options` are esbuild's, as JSON.
fn build(workspace: &Path, options: &str) {
    let installed = app().join("node_modules/esbuild").exists();
    assert!(installed, "esbuild is not installed: run `npm ci` in tests/apps/maps (`make test` does)");
    let output = Command::new("node")
        .arg(app().join("build.mjs"))
        .arg(options)
        .current_dir(workspace)
        .output()
        .expect("node is not installed: install Node 18 or newer");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Runs a built script in V8 as if it came from `url`, and returns the frames of what `expression` throws, crash frame
/// first, of that script only.
fn thrown(script: &Path, url: &str, expression: &str) -> Vec<Frame> {
    let output = Command::new("node")
        .arg(app().join("throw.mjs"))
        .arg(script)
        .args([url, expression])
        .output()
        .expect("node is not installed: install Node 18 or newer");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    frames(&String::from_utf8(output.stdout).unwrap())
        .into_iter()
        .filter(|it| it.abs_path.as_deref() == Some(url))
        .collect()
}

/// Frames of a stack as V8 prints it.
fn frames(stack: &str) -> Vec<Frame> {
    let line = regex::Regex::new(r"^\s+at (?:(.*?)(?: \[as .*\])? \()?((?:https?|file|/).*?):(\d+):(\d+)\)?$").unwrap();
    stack
        .lines()
        .filter_map(|text| line.captures(text))
        .map(|found| Frame {
            function: found.get(1).map(|name| name.as_str().to_owned()),
            abs_path: Some(found[2].to_owned()),
            filename: Some(found[2].to_owned()),
            lineno: found[3].parse().ok(),
            colno: found[4].parse().ok(),
            ..Frame::default()
        })
        .collect()
}

/// `src/cart.ts:15:27 in Cart.rateOf` for each frame.
fn places(frames: &[Frame]) -> Vec<String> {
    frames
        .iter()
        .map(|it| format!("{} in {}", it.location().unwrap_or_default(), it.function.as_deref().unwrap_or("-")))
        .collect()
}
