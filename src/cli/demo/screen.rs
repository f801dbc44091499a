//! What the demo shows: stages, each with its time and its evidence, aligned for people.

use std::{io::IsTerminal, time::Duration};

use crate::cli::output;

/// The name column: the longest stage is `Validate`.
const NAME: usize = 9;
/// The time column: `12.34 s`.
const TIME: usize = 8;

/// The terminal (or file) that the demo writes to.
#[derive(Debug)]
pub(super) struct Screen {
    bold: bool,
}

impl Screen {
    /// Styles only where a person looks on.
    pub(super) fn new() -> Self {
        Self { bold: std::io::stdout().is_terminal() }
    }

    /// A line across all columns.
    pub(super) fn line(&self, line: impl AsRef<str>) {
        output::say(line);
    }

    /// A stage that has ended: its name, its time and what was seen, a line each.
    pub(super) fn stage(&self, name: &str, took: Duration, evidence: &[String]) {
        let (on, off) = if self.bold { ("\u{1b}[1m", "\u{1b}[0m") } else { ("", "") };
        let time = format!("{:.2} s", took.as_secs_f64());
        let head = format!("{on}{name:<NAME$}{off} {time:>TIME$}  ");
        let indent = " ".repeat(NAME + TIME + 3);
        for (index, line) in evidence.iter().flat_map(|text| text.lines()).enumerate() {
            let start = if index == 0 { head.as_str() } else { indent.as_str() };
            output::say(format!("{start}{line}").trim_end());
        }
        if evidence.is_empty() {
            output::say(head.trim_end());
        }
    }
}
