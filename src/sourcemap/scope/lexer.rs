//! Tokens of JavaScript and TypeScript, as far as finding functions needs them.

use std::{iter::Peekable, str::CharIndices};

/// One token.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind,
    pub(super) text: &'a str,
    /// 0-based line, and column in UTF-16 units.
    pub(super) start: (u32, u32),
    /// Behind its last character.
    pub(super) end: (u32, u32),
    /// Nothing but white space stands before it on its line.
    pub(super) first_of_line: bool,
    /// For a closing bracket: index of the token that opened it.
    pub(super) opener: Option<usize>,
}

/// Kinds of token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Identifier or keyword.
    Word,
    /// `=>`
    Arrow,
    /// String, template part, number or regular expression.
    Literal,
    /// One character of anything else; `${` too.
    Mark,
}

/// Reads tokens; comments are left out. Never fails: what it cannot read is a mark.
pub(super) struct Lexer<'a> {
    source: &'a str,
    chars: Peekable<CharIndices<'a>>,
    line: u32,
    column: u32,
    first_of_line: bool,
    /// Whether a `/` here divides (else it begins a regular expression).
    divides: bool,
    /// For each open `{`: whether a template goes on behind its `}`.
    braces: Vec<bool>,
    /// A template goes on here.
    resume: bool,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(source: &'a str) -> Self {
        let chars = source.char_indices().peekable();
        Self {
            source,
            chars,
            line: 0,
            column: 0,
            first_of_line: true,
            divides: false,
            braces: Vec::new(),
            resume: false,
        }
    }

    fn bump(&mut self) -> Option<char> {
        let (_, c) = self.chars.next()?;
        if c == '\n' {
            self.line += 1;
            self.column = 0;
            self.first_of_line = true;
        } else {
            self.column += c.len_utf16() as u32;
        }
        Some(c)
    }

    fn peek(&mut self) -> Option<char> {
        self.chars.peek().map(|(_, c)| *c)
    }

    fn at(&mut self) -> usize {
        self.chars.peek().map_or(self.source.len(), |(at, _)| *at)
    }

    fn rest_starts(&mut self, with: &str) -> bool {
        let at = self.at();
        self.source.get(at..).is_some_and(|rest| rest.starts_with(with))
    }

    fn skip_blank(&mut self) {
        loop {
            if self.peek().is_some_and(char::is_whitespace) {
                self.bump();
            } else if self.rest_starts("//") {
                while self.peek().is_some_and(|c| c != '\n') {
                    self.bump();
                }
            } else if self.rest_starts("/*") {
                self.bump();
                self.bump();
                while self.peek().is_some() && !self.rest_starts("*/") {
                    self.bump();
                }
                self.bump();
                self.bump();
            } else {
                return;
            }
        }
    }

    /// A string in `quote`; one that does not end on its line (an apostrophe in JSX text) is only its quote.
    fn string(&mut self, quote: char) {
        let at = self.at();
        let mut escaped = false;
        for c in self.source.get(at..).unwrap_or_default().chars() {
            match c {
                '\n' if !escaped => return,
                c if c == quote && !escaped => break,
                c => escaped = c == '\\' && !escaped,
            }
        }
        escaped = false;
        while let Some(c) = self.bump() {
            if c == quote && !escaped {
                return;
            }
            escaped = c == '\\' && !escaped;
        }
    }

    /// A regular expression behind its `/`; one that does not end on its line is no expression.
    fn regex(&mut self) {
        let at = self.at();
        let (mut escaped, mut class, mut length) = (false, false, None);
        for (index, c) in self.source.get(at..).unwrap_or_default().chars().enumerate() {
            match c {
                '\n' => break,
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '[' => class = true,
                ']' => class = false,
                '/' if !class => {
                    length = Some(index + 1);
                    break;
                }
                _ => {}
            }
        }
        for _ in 0..length.unwrap_or(0) {
            self.bump();
        }
    }

    /// A template up to its end or its next `${`, which it leaves for the next token. Its braces are counted apart.
    fn template(&mut self) {
        while let Some(c) = self.peek() {
            if c == '$' && self.rest_starts("${") {
                return;
            }
            self.bump();
            match c {
                '`' => return,
                '\\' => {
                    self.bump();
                }
                _ => {}
            }
        }
    }

    fn token(&mut self, first: char) -> Kind {
        match first {
            '$' if self.peek() == Some('{') => {
                self.bump();
                self.braces.push(true);
                Kind::Mark
            }
            c if is_word(c) || c == '#' || c == '@' => {
                while self.peek().is_some_and(is_word) {
                    self.bump();
                }
                if c.is_ascii_digit() { Kind::Literal } else { Kind::Word }
            }
            '"' | '\'' => {
                self.string(first);
                Kind::Literal
            }
            '`' => {
                self.template();
                Kind::Literal
            }
            '/' if !self.divides => {
                self.regex();
                Kind::Literal
            }
            '=' if self.peek() == Some('>') => {
                self.bump();
                Kind::Arrow
            }
            '{' => {
                self.braces.push(false);
                Kind::Mark
            }
            '}' => {
                self.resume = self.braces.pop() == Some(true);
                Kind::Mark
            }
            _ => Kind::Mark,
        }
    }
}

impl<'a> Iterator for Lexer<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        if std::mem::take(&mut self.resume) {
            let (start, from) = ((self.line, self.column), self.at());
            self.template();
            let text = self.source.get(from..self.at())?;
            self.divides = true;
            let end = (self.line, self.column);
            return Some(Token { kind: Kind::Literal, text, start, end, first_of_line: false, opener: None });
        }
        self.skip_blank();
        let (start, from, first_of_line) = ((self.line, self.column), self.at(), self.first_of_line);
        self.first_of_line = false;
        let first = self.bump()?;
        let kind = self.token(first);
        let text = self.source.get(from..self.at())?;
        self.divides = match kind {
            Kind::Word => !matches!(
                text,
                "return"
                    | "typeof"
                    | "case"
                    | "in"
                    | "of"
                    | "new"
                    | "delete"
                    | "void"
                    | "throw"
                    | "do"
                    | "else"
                    | "await"
                    | "yield"
            ),
            Kind::Literal => true,
            Kind::Arrow => false,
            Kind::Mark => matches!(text, ")" | "]" | "}"),
        };
        Some(Token { kind, text, start, end: (self.line, self.column), first_of_line, opener: None })
    }
}

fn is_word(c: char) -> bool {
    c == '_' || c == '$' || c.is_alphanumeric() || matches!(c, '\u{200c}' | '\u{200d}')
}
