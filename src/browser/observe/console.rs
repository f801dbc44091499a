//! Console lines of a session, kept for reading.

use std::collections::VecDeque;

/// Lines kept.
const MAX_LINES: usize = 500;
/// Characters kept of a line.
const MAX_CHARS: usize = 2_000;

/// One console line; untrusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsoleLine {
    /// `error`, `warn`, `info`, `debug`.
    pub level: String,
    /// What it says.
    pub text: String,
}

/// The newest console lines.
#[derive(Debug, Default)]
pub struct Console {
    lines: VecDeque<ConsoleLine>,
}

impl Console {
    /// Adds a line; the oldest go when it is full.
    pub fn add(&mut self, level: &str, text: &str) {
        if self.lines.len() >= MAX_LINES {
            self.lines.pop_front();
        }
        self.lines.push_back(ConsoleLine { level: level.to_owned(), text: text.chars().take(MAX_CHARS).collect() });
    }

    /// All of them, oldest first.
    pub fn lines(&self) -> impl Iterator<Item = &ConsoleLine> {
        self.lines.iter()
    }
}
