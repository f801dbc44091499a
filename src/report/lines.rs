//! Lines within a budget, with an honest word on what was left out.

use crate::redact;

/// Collects lines until its budget of characters is used up.
#[derive(Debug)]
pub(super) struct Lines {
    out: String,
    left: usize,
    full: bool,
}

impl Lines {
    /// Takes lines of at most `budget` characters in all.
    pub(super) fn new(budget: usize) -> Self {
        Self { out: String::new(), left: budget, full: false }
    }

    /// Adds a line, if it fits; once one did not, none does.
    pub(super) fn push(&mut self, line: &str) -> bool {
        let length = line.chars().count() + 1;
        if self.full || length > self.left {
            self.full = true;
            return false;
        }
        self.left -= length;
        self.out.push_str(line);
        self.out.push('\n');
        true
    }

    /// Adds a line whatever the budget: a word on what was left out.
    pub(super) fn note(&mut self, line: &str) {
        self.out.push_str(line);
        self.out.push('\n');
    }

    /// The lines.
    pub(super) fn finish(self) -> String {
        self.out
    }
}

/// `1 event`, `2 events`.
pub fn count(number: u64, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// One line of at most `max` characters: line ends and runs of white space become one space.
pub(super) fn one_line(text: &str, max: usize) -> String {
    if text.chars().nth(max).is_none() {
        return joined(text, max);
    }
    // Half a secret does not say what it is: it goes before the cut.
    let head: String = text.chars().take(4 * max).collect();
    joined(&redact::text(&head), max)
}

fn joined(text: &str, max: usize) -> String {
    let mut out = String::new();
    let mut used = 0;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if used + length + 1 > max {
            if !out.is_empty() {
                out.push(' ');
            }
            out.extend(word.chars().take(max.saturating_sub(used + 1)));
            out.push('…');
            return out;
        }
        if !out.is_empty() {
            out.push(' ');
            used += 1;
        }
        out.push_str(word);
        used += length;
    }
    out
}

/// RFC 3339 in UTC, to the second or, where `millis`, to the millisecond; empty where `seconds` is no time.
pub(super) fn time(seconds: f64, millis: bool) -> String {
    if seconds <= 0.0 || !seconds.is_finite() {
        return String::new();
    }
    #[expect(clippy::cast_possible_truncation, reason = "a float cast saturates, and jiff checks the range")]
    let whole = (seconds * 1000.0).round() as i64;
    match jiff::Timestamp::from_millisecond(whole) {
        Ok(stamp) if millis => format!("{stamp:.3}"),
        Ok(stamp) => format!("{stamp:.0}"),
        Err(_) => String::new(),
    }
}
