//! A change of one file as a unified diff that `git apply` and `patch` take.

/// Lines that are shown before and after what changes.
const CONTEXT: usize = 3;

/// The diff of a file named `path`, relative to the project; empty where nothing changes.
pub fn unified(path: &str, before: &str, after: &str) -> String {
    let (old, new) = (lines(before), lines(after));
    let same = |(a, b): &(&&str, &&str)| a == b;
    let head = old.iter().zip(&new).take_while(same).count();
    if head == old.len() && head == new.len() {
        return String::new();
    }
    let most = old.len().min(new.len()) - head;
    let tail = old.iter().rev().zip(new.iter().rev()).take(most).take_while(same).count();
    let start = head.saturating_sub(CONTEXT);
    let shown = |all: &[&str]| all.len() - tail + tail.min(CONTEXT);
    let (old_end, new_end) = (shown(&old), shown(&new));
    let mut diff = format!(
        "--- a/{path}\n+++ b/{path}\n@@ -{} +{} @@\n",
        range(start, old_end - start),
        range(start, new_end - start)
    );
    let part = |all: &[&str], from: usize, to: usize, sign: char, diff: &mut String| {
        for line in all.iter().take(to).skip(from) {
            diff.push(sign);
            diff.push_str(line);
            if !line.ends_with('\n') {
                diff.push_str("\n\\ No newline at end of file\n");
            }
        }
    };
    part(&old, start, head, ' ', &mut diff);
    part(&old, head, old.len() - tail, '-', &mut diff);
    part(&new, head, new.len() - tail, '+', &mut diff);
    part(&old, old.len() - tail, old_end, ' ', &mut diff);
    diff
}

fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

fn range(start: usize, length: usize) -> String {
    // An empty range names the line before it.
    let first = if length == 0 { start } else { start + 1 };
    if length == 1 { first.to_string() } else { format!("{first},{length}") }
}
