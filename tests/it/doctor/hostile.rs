//! Projects that are broken or mean: what cannot be read is named, and the rest is read.

use std::{fs, path::Path};

use fixloop::doctor::project::Project;

use super::tree::write;

/// What was left out, as `path: why`.
fn skipped(project: &Project) -> Vec<String> {
    project.tree.skipped.iter().map(|skipped| format!("{}: {}", skipped.path, skipped.why)).collect()
}

fn read(root: &Path) -> Project {
    Project::read(root)
}

#[test]
#[cfg(unix)]
fn links_odd_names_and_closed_folders_are_named() {
    use std::os::unix::{ffi::OsStrExt as _, fs::PermissionsExt as _, fs::symlink};

    let base = tempfile::tempdir().unwrap();
    let root = base.path().join("project");
    write(&root, &[("package.json", "{}"), ("src/a.ts", "x"), ("closed/b.ts", "x"), ("locked.ts", "x")]);
    write(base.path(), &[("outside/secret.env", "A=1"), ("outside.ts", "x")]);
    symlink("..", root.join("src/up")).unwrap();
    symlink(base.path().join("outside"), root.join("out")).unwrap();
    symlink(base.path().join("outside.ts"), root.join("out.ts")).unwrap();
    symlink("self", root.join("self")).unwrap();
    symlink("nowhere", root.join("dangling.ts")).unwrap();
    symlink("a.ts", root.join("src/also-a.ts")).unwrap();
    fs::write(root.join(std::ffi::OsStr::from_bytes(b"bad\xff.ts")), "x").unwrap();
    rustix::fs::mknodat(
        rustix::fs::CWD,
        root.join("pipe.ts"),
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::from_raw_mode(0o600),
        0,
    )
    .unwrap();
    let close = |path: &str, mode| fs::set_permissions(root.join(path), fs::Permissions::from_mode(mode)).unwrap();
    close("closed", 0o000);
    close("locked.ts", 0o000);
    // The administrator reads everything.
    let is_root = fs::read(root.join("locked.ts")).is_ok();
    let project = read(&root);
    close("closed", 0o755);

    let mut expect = vec!["package.json", "src/a.ts", "src/also-a.ts"];
    expect.extend(if is_root { &["closed/b.ts", "locked.ts"][..] } else { &["locked.ts"] });
    expect.sort_unstable();
    assert_eq!(project.tree.paths.iter().collect::<Vec<_>>(), expect);
    let mut named = vec![
        "bad\u{fffd}.ts: its name is no text in UTF-8",
        "dangling.ts: the link cannot be followed",
        "out.ts: the link leads out of the workspace",
        "out: the link leads out of the workspace",
        "self: the link cannot be followed",
        "src/up: the link leads to a folder of the workspace",
    ];
    if !is_root {
        named.extend(["closed/: it cannot be read", "locked.ts: it cannot be read"]);
    }
    let skipped = skipped(&project);
    for expect in &named {
        assert!(skipped.iter().any(|said| said.starts_with(expect)), "{expect} is not in {skipped:#?}");
    }
    assert_eq!(skipped.len(), named.len(), "{skipped:#?}");
}

#[test]
fn huge_binary_and_broken_files_are_named() {
    let root = tempfile::tempdir().unwrap();
    let huge = "x".repeat(2 * 1024 * 1024 + 1);
    let next = r#"{"dependencies": {"next": "16.0.0"}}"#;
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    write(
        root.path(),
        &[
            ("package.json", "{ not json"),
            ("apps/deep/package.json", &deep),
            ("apps/list/package.json", "[1, 2]"),
            ("apps/odd/package.json", r#"{"dependencies": 5, "scripts": [], "workspaces": {"a": 1}, "engines": "x"}"#),
            ("huge.ts", &huge),
            ("package-lock.json", &huge),
            ("a/package.json", next),
            ("a/next.config.js", "{{{"),
            ("a/pnpm-lock.yaml", "importers: [[[: &a *a"),
            ("b/package.json", next),
            ("b/next.config.js", ""),
            ("b/yarn.lock", "\u{0}\u{1}"),
            ("c/package.json", next),
            ("c/next.config.js", "'"),
            ("c/bun.lock", "{{{{"),
            ("d/package.json", next),
            ("d/next.config.js", "\u{feff}"),
            ("d/package-lock.json", &deep),
            ("e/main.py", "import sentry_sdk\nsentry_sdk.init((((("),
            ("e/requirements.txt", "sentry-sdk"),
            ("e/poetry.lock", "[[package]]\nversion = 1\n"),
            ("pyproject.toml", "[[[["),
            ("Pipfile", "= ="),
            ("requirements.txt", "\n==\n-r\n-r requirements.txt\n\\"),
            (".env", "A='never closed\nB=${A}${B\n=\n\n="),
            ("binary.ts", "a\u{0}b"),
            ("sentry.client.config.ts", "Sentry.init({{{{"),
            (".sentryclirc", "[[[\n"),
        ],
    );
    fs::write(root.path().join("latin.ts"), b"const a = 'Gr\xfc\xdfe'; // sentry").unwrap();
    let project = read(root.path());
    let skipped = skipped(&project).join("\n");
    for path in
        ["huge.ts: ", "binary.ts: it is no text", "package.json: ", "a/pnpm-lock.yaml: ", "d/package-lock.json: "]
    {
        assert!(skipped.contains(path), "{path} is not named:\n{skipped}");
    }
    assert_eq!(project.apps.len(), 5, "what is broken hides nothing else: {:#?}", project.apps);
}

#[test]
fn a_folder_that_never_ends_is_left() {
    let root = tempfile::tempdir().unwrap();
    let deep = "d/".repeat(80);
    write(root.path(), &[("a.ts", "x"), (&format!("{deep}b.ts"), "x")]);
    let project = read(root.path());
    assert_eq!(project.tree.paths.iter().collect::<Vec<_>>(), ["a.ts"]);
    assert!(skipped(&project)[0].ends_with("it lies deeper than 64 folders"), "{:?}", skipped(&project));
}

#[test]
fn a_workspace_that_is_not_there_is_empty() {
    let root = tempfile::tempdir().unwrap();
    let project = read(&root.path().join("nothing"));
    assert!(project.apps.is_empty() && project.tree.paths.is_empty());
}
