//! Edits become texts and diffs; git and patch make the same texts of the diffs.

use std::{path::Path, process::Command};

use fixloop::doctor::{
    files::Files,
    finding::Edit,
    fix::{Change, Plan, plan},
    script::Span,
};

use super::{
    case::{copy, git},
    cases::tree,
};
use crate::support::Random;

fn replace(path: &str, start: usize, end: usize, with: &str) -> Edit {
    Edit::Replace { path: path.to_owned(), span: Span { start, end }, with: with.to_owned() }
}

fn create(path: &str, text: &str) -> Edit {
    Edit::Create { path: path.to_owned(), text: text.to_owned() }
}

fn rename(from: &str, to: &str) -> Edit {
    Edit::Rename { from: from.to_owned(), to: to.to_owned() }
}

/// A workspace with these files, and the plan for these fixes.
fn planned(files: &[(&str, &str)], fixes: &[(&str, &[Edit])]) -> (tempfile::TempDir, Plan) {
    let home = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = home.path().join("app").join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    std::fs::create_dir_all(home.path().join("app")).unwrap();
    let plan = plan(&Files::new(&home.path().join("app")), fixes.iter().copied());
    (home, plan)
}

/// What the changes come to, written by hand.
fn expected(app: &Path, plan: &Plan) -> std::collections::BTreeSet<(String, Vec<u8>)> {
    let mut all = tree(app);
    for change in &plan.changes {
        let gone = match change {
            Change::Write { path, .. } => Some(path),
            Change::Rename { from, .. } => Some(from),
            Change::Create { .. } => None,
        };
        all.retain(|(path, _)| Some(path) != gone);
        let text = match change {
            Change::Write { after, .. } | Change::Rename { after, .. } => after,
            Change::Create { text, .. } => text,
        };
        all.insert((change.path().to_owned(), text.clone().into_bytes()));
    }
    all
}

/// Applies the diff with both programs, in a repository and outside of one.
fn by_programs(home: &Path, plan: &Plan) {
    let app = home.join("app");
    let (diff, expected) = (home.join("p.diff"), expected(&app, plan));
    std::fs::write(&diff, plan.diff()).unwrap();
    let diff = diff.to_str().unwrap();
    let ways: [(&str, &[&str]); 3] = [
        ("git", &["apply", diff]),
        ("git", &["apply", "--index", diff]),
        ("patch", &["-p1", "--binary", "-s", "-i", diff]),
    ];
    for (number, (program, arguments)) in ways.into_iter().enumerate() {
        let to = home.join(format!("by{number}"));
        copy(&app, &to);
        if arguments.contains(&"--index") {
            git(&to, &["init", "-q"]);
            git(&to, &["-c", "core.autocrlf=false", "add", "."]);
        }
        let done = Command::new(program).args(arguments).current_dir(&to).output().unwrap();
        let said = String::from_utf8_lossy(&done.stderr) + String::from_utf8_lossy(&done.stdout);
        assert!(done.status.success(), "{program} {arguments:?}: {said}\n{}", plan.diff());
        assert_eq!(tree(&to), expected, "{program} {arguments:?}\n{}", plan.diff());
    }
}

const TEN: &str = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14\n15\n16\n17\n18\n19\n20\n";

#[test]
fn git_and_patch_take_every_form() {
    let first = |with: &str| replace("a.txt", 0, 1, with);
    let cases: Vec<(&str, Vec<(&str, &str)>, Vec<Edit>)> = vec![
        ("two hunks", vec![("a.txt", TEN)], vec![first("x"), replace("a.txt", TEN.len() - 3, TEN.len() - 1, "y")]),
        ("the whole file", vec![("a.txt", "a\nb\n")], vec![replace("a.txt", 0, 4, "c\n")]),
        ("emptied", vec![("a.txt", "a\nb\n"), ("b", "b")], vec![replace("a.txt", 0, 4, "")]),
        ("filled", vec![("a.txt", "")], vec![replace("a.txt", 0, 0, "a\n")]),
        ("no line end before", vec![("a.txt", "a\nb")], vec![replace("a.txt", 3, 3, "\nc\n")]),
        ("no line end after", vec![("a.txt", "a\nb\n")], vec![replace("a.txt", 2, 4, "c")]),
        ("no line end at all", vec![("a.txt", "a")], vec![replace("a.txt", 1, 1, "b")]),
        ("no line end, changed above", vec![("a.txt", "a\nb\nc")], vec![first("z")]),
        ("CRLF", vec![("a.txt", "a\r\nb\r\nc\r\n")], vec![replace("a.txt", 3, 3, "x\ny\r\n")]),
        ("CRLF, no line end", vec![("a.txt", "a\r\nb")], vec![replace("a.txt", 4, 4, "\nc")]),
        ("both line ends", vec![("a.txt", "a\r\nb\nc\r\n")], vec![replace("a.txt", 3, 4, "x\ny")]),
        ("a lone carriage return", vec![("a.txt", "a\rb\nc\n")], vec![replace("a.txt", 4, 5, "d\re")]),
        ("a mark at its begin", vec![("a.txt", "\u{feff}a\nb\n")], vec![replace("a.txt", 5, 6, "é")]),
        ("a space in its name", vec![("a b/c d.txt", "a\n")], vec![replace("a b/c d.txt", 0, 1, "b")]),
        ("a bracket folder", vec![("app/[locale]/(x)/é.ts", "a\n")], vec![replace("app/[locale]/(x)/é.ts", 0, 1, "b")]),
        ("a quote in its name", vec![("a\"b.txt", "a\n")], vec![replace("a\"b.txt", 0, 1, "b")]),
        ("lines like a diff", vec![("a.txt", "--- a\n+++ b\n@@ -1 +1 @@\n\\ No\n")], vec![replace("a.txt", 4, 5, "b")]),
        ("new", vec![("a.txt", "a\n")], vec![create("b/c.txt", "b\nc\n")]),
        ("new without a line end", vec![], vec![create("b c.txt", "b")]),
        ("renamed", vec![("a.txt", TEN)], vec![rename("a.txt", "b/c.txt")]),
        ("renamed and changed", vec![("a.txt", TEN)], vec![rename("a.txt", "b.txt"), first("x")]),
        (
            "renamed with spaces",
            vec![("a b.txt", TEN)],
            vec![rename("a b.txt", "c d.txt"), replace("a b.txt", 0, 1, "z")],
        ),
        (
            "several files",
            vec![("a.txt", "a\n"), ("b.txt", TEN)],
            vec![first("x"), rename("b.txt", "c.txt"), create("d", "d\n")],
        ),
    ];
    for (name, files, edits) in cases {
        let (home, plan) = planned(&files, &[("one", &edits)]);
        assert_eq!((plan.done.as_slice(), plan.refused.as_slice()), (&["one".to_owned()][..], &[][..]), "{name}");
        assert!(!plan.changes.is_empty(), "{name}");
        by_programs(home.path(), &plan);
    }
}

#[test]
fn git_and_patch_take_random_changes() {
    let mut random = Random::seeded("FIX_SEED");
    for _ in 0..40 {
        let end = ["", "end"][random.below(2)];
        let lines = ["a\n", "b\n", "}\n", "\n", "x\r\n", "  é\n"];
        let text: String = (0..random.below(40)).map(|_| random.pick(&lines)).chain([end]).collect();
        let lines: Vec<usize> = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        let mut edits = Vec::new();
        let mut at = 0;
        while let Some(&start) = lines.get(at) {
            let end = *lines.get(at + random.below(3)).unwrap_or(&start);
            if random.below(3) == 0 && start <= end {
                edits.push(replace("a.txt", start, end, ["", "new\n", "new\nlines\n", "open"][random.below(4)]));
                at += 3;
            }
            at += 1;
        }
        let (home, plan) = planned(&[("a.txt", &text)], &[("one", &edits)]);
        assert!(plan.refused.is_empty(), "seed {}: {:?}\n{text:?}\n{edits:?}", random.seed(), plan.refused);
        if !plan.changes.is_empty() {
            by_programs(home.path(), &plan);
        }
    }
}

#[test]
fn fixes_are_put_together_or_wait() {
    let text = "import a\nconst b = 1;\n";
    let same = [replace("a.ts", 0, 0, "import s\n")];
    let change = [replace("a.ts", 19, 20, "2")];
    let over = [replace("a.ts", 9, 21, "const c = 3;")];
    let touching = [replace("a.ts", 20, 20, "0")];
    let made = [create("new.ts", "x")];
    let made_other = [create("new.ts", "y"), replace("a.ts", 7, 8, "z")];
    let both = [same[0].clone(), change[0].clone()];
    let (_home, plan) = planned(
        &[("a.ts", text)],
        &[
            ("same", &same),
            ("change", &change),
            ("over", &over),
            ("touching", &touching),
            ("both", &both),
            ("made", &made),
            ("made-other", &made_other),
            ("made-again", &made),
            ("nothing", &[]),
        ],
    );
    assert_eq!(plan.done, ["same", "change", "both", "made", "made-again"]);
    assert_eq!(plan.later, ["over", "touching", "made-other"]);
    assert_eq!(plan.refused, []);
    let [Change::Write { after, .. }, Change::Create { text, .. }] = plan.changes.as_slice() else {
        panic!("{plan:?}")
    };
    assert_eq!((after.as_str(), text.as_str()), ("import s\nimport a\nconst b = 2;\n", "x"));
}

#[test]
fn what_cannot_be_made_is_refused_whole() {
    let long = "a".repeat(10);
    let fixes: Vec<(&str, Vec<Edit>)> = vec![
        ("missing", vec![replace("no.ts", 0, 0, "x")]),
        ("behind its end", vec![replace("a.ts", 3, 99, "x")]),
        ("inside a character", vec![replace("a.ts", 1, 1, "x")]),
        ("upside down", vec![replace("a.ts", 4, 2, "x")]),
        ("over itself", vec![replace("a.ts", 2, 5, "x"), replace("a.ts", 4, 6, "y")]),
        ("there already", vec![replace("a.ts", 2, 3, "x"), create("a.ts", "x")]),
        ("above", vec![create("../x.ts", "x")]),
        ("absolute", vec![create("/tmp/x.ts", "x")]),
        ("a drive", vec![create("C:/x.ts", "x")]),
        ("backwards", vec![create("..\\x.ts", "x")]),
        ("git", vec![create(".git/hooks/pre-commit", "x")]),
        ("GIT", vec![create("sub/.GIT/config", "x")]),
        ("dependency", vec![create("node_modules/a/index.js", "x")]),
        ("ours", vec![create(".fixloop/x", "x")]),
        ("nothing", vec![create("", "x")]),
        ("renamed over", vec![rename("a.ts", "b.ts")]),
        ("renamed out", vec![rename("a.ts", "../b.ts")]),
        ("renamed from nothing", vec![rename("no.ts", "c.ts")]),
        ("a folder", vec![create("folder", "x")]),
    ];
    let all: Vec<(&str, &[Edit])> = fixes.iter().map(|(name, edits)| (*name, edits.as_slice())).collect();
    let (_home, plan) = planned(&[("a.ts", &format!("é{long}")), ("b.ts", ""), ("folder/x", "")], &all);
    assert_eq!((plan.done, plan.later, plan.changes), (vec![], vec![], vec![]));
    let said: Vec<String> = plan.refused.iter().map(|(name, why)| format!("{name}: {why}")).collect();
    insta::assert_snapshot!(said.join("\n"));
}

#[cfg(unix)]
#[test]
fn links_are_not_followed() {
    let home = tempfile::tempdir().unwrap();
    let app = home.path().join("app");
    std::fs::create_dir_all(app.join("real")).unwrap();
    std::fs::create_dir_all(home.path().join("outside")).unwrap();
    std::fs::write(app.join("real/a.ts"), "a").unwrap();
    std::fs::write(home.path().join("outside/a.ts"), "a").unwrap();
    let links =
        [("../outside", "out"), ("real", "within"), ("real/a.ts", "link.ts"), ("../outside/none.ts", "dangling.ts")];
    for (to, from) in links {
        std::os::unix::fs::symlink(to, app.join(from)).unwrap();
    }
    let edits = [
        [replace("out/a.ts", 0, 1, "b")],
        [create("out/b.ts", "b")],
        [replace("within/a.ts", 0, 1, "b")],
        [replace("link.ts", 0, 1, "b")],
        [create("dangling.ts", "b")],
        [rename("real/a.ts", "out/c.ts")],
    ];
    let fixes: Vec<(&str, &[Edit])> = edits.iter().map(|edits| ("x", edits.as_slice())).collect();
    let plan = plan(&Files::new(&app), fixes);
    assert_eq!(plan.changes, []);
    let said: Vec<&str> = plan.refused.iter().map(|(_, why)| why.as_str()).collect();
    let linked = ["out/a.ts", "out/b.ts", "within/a.ts", "link.ts", "dangling.ts", "out/c.ts"];
    assert_eq!(said, linked.map(|path| format!("{path} is reached through a link")));
}

#[test]
fn a_file_that_changed_after_it_was_read_is_left_alone() {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("a.ts"), "abc").unwrap();
    let files = Files::new(home.path());
    files.read("a.ts").unwrap();
    std::fs::write(home.path().join("a.ts"), "xyz").unwrap();
    let edits = [replace("a.ts", 0, 1, "b")];
    let plan = plan(&files, [("x", edits.as_slice())]);
    assert_eq!(plan.refused, [("x".to_owned(), "a.ts changed while it was looked at".to_owned())]);
    assert_eq!(plan.changes, []);
}
