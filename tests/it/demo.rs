//! Tests of: `fixloop demo`, as a person at a shell sees it.

use std::{
    path::Path,
    process::{Command, Output},
};

fn demo(temporary: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_fixloop"))
        .args(["demo", "--sink-port", "0"])
        .args(args)
        .env("TMPDIR", temporary)
        .env("TMP", temporary)
        .output()
        .unwrap()
}

fn entries(folder: &Path) -> Vec<String> {
    std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn says_in_one_line_what_to_do_when_something_is_missing() {
    let temporary = tempfile::tempdir().unwrap();
    let bare = tempfile::tempdir().unwrap();
    std::fs::write(bare.path().join("build.cjs"), "").unwrap();
    let cases = [
        ("/nowhere", "The demo app is not in /nowhere.", "--app DIR"),
        (bare.path().to_str().unwrap(), "packages are not installed", "Run `make demo`"),
    ];
    for (app, what, hint) in cases {
        let output = demo(temporary.path(), &["--app", app]);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{stderr}");
        assert!(stderr.contains(what) && stderr.contains(hint), "{stderr}");
        assert_eq!(entries(temporary.path()), Vec::<String>::new(), "the scratch was left behind");
    }
}
