//! A change of one file as a unified diff that `git apply` and `patch -p1` take.

use std::{fmt::Write as _, time::Duration};

use similar::{Algorithm, DiffOp, DiffTag, TextDiff};

/// Lines that are shown before and after what changes.
const CONTEXT: usize = 3;
/// Looking for the shortest diff of two large files that share little takes long; a longer diff is as right.
const LIMIT: Duration = Duration::from_secs(1);

/// The diff of a file named `path`, relative to the project; empty where nothing changes.
pub fn unified(path: &str, before: &str, after: &str) -> String {
    let hunks = hunks(before, after);
    if hunks.is_empty() {
        return hunks;
    }
    format!("--- {}\n+++ {}\n{hunks}", name("a/", path), name("b/", path))
}

/// The diff that makes a file.
pub fn created(path: &str, text: &str) -> String {
    let head = format!("diff --git {} {}\nnew file mode 100644\n", bare("a/", path), bare("b/", path));
    match hunks("", text) {
        hunks if hunks.is_empty() => head,
        hunks => format!("{head}--- /dev/null\n+++ {}\n{hunks}", name("b/", path)),
    }
}

/// The diff that gives a file another name, and other text where it changes.
pub fn renamed(from: &str, to: &str, before: &str, after: &str) -> String {
    let alike = (TextDiff::configure().timeout(LIMIT).diff_slices(&lines(before), &lines(after)).ratio() * 100.0) as u8;
    let mut out = format!(
        "diff --git {} {}\nsimilarity index {alike}%\nrename from {}\nrename to {}\n",
        bare("a/", from),
        bare("b/", to),
        bare("", from),
        bare("", to)
    );
    let hunks = hunks(before, after);
    if !hunks.is_empty() {
        let _ = write!(out, "--- {}\n+++ {}\n{hunks}", name("a/", from), name("b/", to));
    }
    out
}

/// Lines that others stand in place of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// The first line that goes, from 0; where none goes, the one before which the others are put.
    pub start: usize,
    /// Behind the last line that goes.
    pub end: usize,
    /// What is written instead, with its line ends.
    pub with: String,
}

/// What changes, without the lines around it.
pub fn blocks(before: &str, after: &str) -> Vec<Block> {
    let (old, new) = (lines(before), lines(after));
    let diff = TextDiff::configure().algorithm(Algorithm::Myers).timeout(LIMIT).diff_slices(&old, &new);
    let changed = diff.ops().iter().filter(|op| op.tag() != DiffTag::Equal);
    let block = |op: &DiffOp| Block {
        start: op.old_range().start,
        end: op.old_range().end,
        with: new.get(op.new_range()).unwrap_or_default().concat(),
    };
    changed.map(block).collect()
}

/// A path in `---` and `+++`: a tab ends one with a space in it, as git writes it.
fn name(side: &str, path: &str) -> String {
    let tab = if path.contains(' ') { "\t" } else { "" };
    format!("{}{tab}", bare(side, path))
}

/// A path as git writes it: in quotes where it has a character that would end it.
fn bare(side: &str, path: &str) -> String {
    if !path.contains(|c: char| c.is_control() || c == '"' || c == '\\') {
        return format!("{side}{path}");
    }
    let mut out = format!("\"{side}");
    for c in path.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => {
                let mut bytes = [0; 4];
                c.encode_utf8(&mut bytes).bytes().for_each(|byte| {
                    let _ = write!(out, "\\{byte:03o}");
                });
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

fn hunks(before: &str, after: &str) -> String {
    let (old, new) = (lines(before), lines(after));
    let diff = TextDiff::configure().algorithm(Algorithm::Myers).timeout(LIMIT).diff_slices(&old, &new);
    let mut out = String::new();
    for group in diff.grouped_ops(CONTEXT) {
        let (Some(first), Some(last)) = (group.first(), group.last()) else { continue };
        let span = |of: fn(&DiffOp) -> std::ops::Range<usize>| range(of(first).start, of(last).end);
        let _ = writeln!(out, "@@ -{} +{} @@", span(DiffOp::old_range), span(DiffOp::new_range));
        for op in &group {
            let (was, is) = (old.get(op.old_range()), new.get(op.new_range()));
            match op.tag() {
                DiffTag::Equal => push(&mut out, ' ', was),
                _ => {
                    push(&mut out, '-', was);
                    push(&mut out, '+', is);
                }
            }
        }
    }
    out
}

fn push(out: &mut String, sign: char, lines: Option<&[&str]>) {
    for line in lines.unwrap_or_default() {
        out.push(sign);
        out.push_str(line);
        if !line.ends_with('\n') {
            out.push_str("\n\\ No newline at end of file\n");
        }
    }
}

/// Lines with their ends; only a line feed ends one, for git and patch.
fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

fn range(start: usize, end: usize) -> String {
    let length = end.saturating_sub(start);
    // An empty range names the line before it.
    let first = if length == 0 { start } else { start + 1 };
    if length == 1 { first.to_string() } else { format!("{first},{length}") }
}
