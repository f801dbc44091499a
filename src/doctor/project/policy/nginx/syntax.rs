//! The syntax of nginx: words, `;` and blocks. Crates that read it know no line ends within quotes, which policies have.

use crate::doctor::{project::policy::Quoting, script::Span};

/// A word of a directive.
#[derive(Debug, Clone)]
pub(super) struct Word {
    /// Without its quotes, escapes as they are.
    pub(super) raw: String,
    /// Where that stands.
    pub(super) span: Span,
    /// What is around it.
    pub(super) quoting: Quoting,
}

/// A directive.
#[derive(Debug, Clone)]
pub(super) struct Directive {
    /// Its file.
    pub(super) path: String,
    /// Its name and arguments.
    pub(super) words: Vec<Word>,
    /// What is in its block.
    pub(super) block: Option<Vec<Directive>>,
}

impl Directive {
    pub(super) fn name(&self) -> &str {
        self.word(0)
    }

    /// A word; empty where there is none.
    pub(super) fn word(&self, at: usize) -> &str {
        self.words.get(at).map_or("", |word| word.raw.as_str())
    }
}

/// Blocks within blocks.
const MAX_DEPTH: usize = 12;

/// Reads a file; what is broken at its end is left out.
pub(super) fn read(path: &str, text: &str) -> Vec<Directive> {
    let mut reader = Reader { path, text, at: 0 };
    reader.block(0)
}

struct Reader<'a> {
    path: &'a str,
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.text.get(self.at..)?.chars().next()
    }

    fn step(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    fn block(&mut self, depth: usize) -> Vec<Directive> {
        let mut directives = Vec::new();
        let mut words: Vec<Word> = Vec::new();
        while let Some(c) = self.peek() {
            match c {
                '#' => {
                    while self.peek().is_some_and(|c| c != '\n') {
                        self.step();
                    }
                }
                c if c.is_whitespace() => {
                    self.step();
                }
                ';' | '{' | '}' => {
                    self.step();
                    let block = (c == '{' && depth < MAX_DEPTH).then(|| self.block(depth + 1));
                    if !words.is_empty() {
                        let words = std::mem::take(&mut words);
                        directives.push(Directive { path: self.path.to_owned(), words, block });
                    }
                    if c == '}' {
                        break;
                    }
                }
                '"' | '\'' => words.push(self.quoted(c)),
                _ => words.push(self.bare()),
            }
        }
        directives
    }

    fn quoted(&mut self, quote: char) -> Word {
        self.step();
        let start = self.at;
        while let Some(c) = self.peek() {
            if c == quote {
                break;
            }
            self.step();
            if c == '\\' {
                self.step();
            }
        }
        let word = self.word(start, Quoting::Backslash(quote));
        self.step();
        word
    }

    fn bare(&mut self) -> Word {
        let start = self.at;
        while let Some(c) = self.peek() {
            if c.is_whitespace() || matches!(c, ';' | '{' | '}') {
                break;
            }
            self.step();
            if c == '\\' {
                self.step();
            } else if c == '$' && self.peek() == Some('{') {
                while self.peek().is_some_and(|c| c != '}' && !c.is_whitespace()) {
                    self.step();
                }
                self.step();
            }
        }
        self.word(start, Quoting::Bare)
    }

    fn word(&self, start: usize, quoting: Quoting) -> Word {
        let raw = self.text.get(start..self.at).unwrap_or_default().to_owned();
        Word { raw, span: Span { start, end: self.at }, quoting }
    }
}
