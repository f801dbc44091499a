//! The files of a workspace, and which of them git tracks.

use std::{collections::BTreeSet, fs, path::Path, process::Command};

use fixloop::doctor::{
    files::Files,
    project::{Tree, Word},
};

/// Writes files, each with the folders that it needs.
pub fn write(root: &Path, files: &[(&str, &str)]) {
    for (path, text) in files {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

pub fn git(folder: &Path, arguments: &[&str]) -> String {
    let fixed = ["-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "init.defaultBranch=main", "-c", "gc.auto=0"];
    let out = Command::new("git").args(fixed).args(arguments).current_dir(folder).output().unwrap();
    assert!(out.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap()
}

fn walk(root: &Path) -> Tree {
    Tree::walk(&Files::new(root))
}

fn paths(tree: &Tree) -> Vec<&str> {
    tree.paths.iter().map(String::as_str).collect()
}

#[test]
fn what_persons_write_is_walked_and_what_programs_write_is_not() {
    let root = tempfile::tempdir().unwrap();
    write(
        root.path(),
        &[
            (".gitignore", "*.log\n/secret/\n.env*\n!.env.example\n"),
            (".env", "A=1"),
            (".env.local", "A=1"),
            (".env.example", "A="),
            (".github/workflows/ci.yml", "on: push"),
            ("debug.log", "x"),
            ("secret/.env", "A=1"),
            ("package.json", "{}"),
            ("build/main.js", "x"),
            ("dist/main.js", "x"),
            ("src/app/build/page.tsx", "x"),
            ("src/app/dist/page.tsx", "x"),
            ("node_modules/a/index.js", "x"),
            (".next/server/a.js", "x"),
            ("api/venv/pyvenv.cfg", "home = /usr"),
            ("api/venv/lib/a.py", "x"),
            ("apps/web/.gitignore", "generated\n!kept.log\n"),
            ("apps/web/kept.log", "x"),
            ("apps/web/generated/a.ts", "x"),
            ("apps/web/src/generated/a.ts", "x"),
            ("copy/.git", "gitdir: /elsewhere/.git/worktrees/copy"),
            ("copy/package.json", "{}"),
        ],
    );
    let tree = walk(root.path());
    assert_eq!(
        paths(&tree),
        [
            ".env",
            ".env.example",
            ".env.local",
            ".github/workflows/ci.yml",
            ".gitignore",
            "apps/web/.gitignore",
            "apps/web/kept.log",
            "package.json",
            "src/app/build/page.tsx",
            "src/app/dist/page.tsx",
        ]
    );
    assert_eq!(tree.ignored.iter().collect::<Vec<_>>(), [".env", ".env.local"]);
    assert_eq!(tree.tracked, None);
    let skipped: Vec<&str> = tree.skipped.iter().map(|skipped| skipped.path.as_str()).collect();
    assert_eq!(skipped, ["copy"]);
}

#[test]
fn words_say_which_files_are_worth_reading() {
    let root = tempfile::tempdir().unwrap();
    write(
        root.path(),
        &[
            ("a.ts", "import * as Sentry from '@sentry/browser'"),
            ("b.ts", "const header = 'content-Security-policy'"),
            ("c.ts", "fetch('/envelope/')"),
            ("d.ts", "nothing"),
            ("sentry.png", "sentry"),
        ],
    );
    let tree = walk(root.path());
    assert_eq!(tree.mentioning(Word::SENTRY).collect::<Vec<_>>(), ["a.ts"]);
    assert_eq!(tree.mentioning(Word::SENTRY | Word::POLICY).collect::<Vec<_>>(), ["a.ts", "b.ts"]);
    assert!(tree.mentions("c.ts", Word::ENVELOPE) && !tree.mentions("c.ts", Word::SENTRY));
}

/// Our reading of the index against git's own, for every version of it, in a subfolder, and in a second working copy.
#[test]
fn tracked_files_are_those_that_git_lists() {
    let base = tempfile::tempdir().unwrap();
    let root = base.path().join("repository");
    let many: Vec<String> = (0..300).map(|i| format!("apps/web/src/folder{}/file-{i}.ts", i % 7)).collect();
    write(&root, &[(".gitignore", ".env\n"), (".env", "A=1"), ("apps/web/.env", "A=1"), ("zeta/ümläut.ts", "x")]);
    for path in &many {
        write(&root, &[(path, "x")]);
    }
    git(base.path(), &["init", "-q", "repository"]);
    assert_eq!(walk(&root).tracked, Some(BTreeSet::new()), "nothing was added yet");
    git(&root, &["add", "-A"]);
    git(&root, &["add", "-f", "apps/web/.env"]);
    git(&root, &["commit", "-q", "-m", "a"]);
    git(&root, &["worktree", "add", "-q", "../second", "-b", "second"]);
    let listed = |folder: &Path| -> BTreeSet<String> {
        git(folder, &["ls-files", "-z"]).split_terminator('\0').map(str::to_owned).collect()
    };
    for version in ["2", "3", "4"] {
        if version == "3" {
            // Only an extended entry makes git write version 3.
            write(&root, &[("later.ts", "x")]);
            git(&root, &["add", "-N", "later.ts"]);
        }
        git(&root, &["update-index", "--force-write-index", "--index-version", version]);
        let written = fs::read(root.join(".git/index")).unwrap()[7];
        assert_eq!(written.to_string(), version, "git wrote another version");
        let tree = walk(&root);
        assert_eq!(tree.tracked, Some(listed(&root)), "version {version}");
        assert_eq!(tree.is_tracked(".env"), Some(false));
        assert!(tree.has("apps/web/.env"), "tracked, though ignored");
        assert!(tree.ignored.contains(".env"));
    }
    let part = root.join("apps/web");
    assert_eq!(walk(&part).tracked, Some(listed(&part)), "a subfolder");
    let second = base.path().join("second");
    assert_eq!(walk(&second).tracked, Some(listed(&second)), "a second working copy");
    git(&root, &["update-index", "--split-index"]);
    git(&root, &["rm", "-q", "--cached", "later.ts"]);
    assert_eq!(walk(&root).tracked, None, "a split index is not followed");
}
