//! path-to-regexp's lexer and parser: the text of a route → its tokens.
//!
//! A port of pillarjs/path-to-regexp 6.1.0 and 6.3.0 (`src/index.ts`, MIT) with the options that Next.js uses: the defaults.

use super::generation::Grammar;

/// What a route is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token {
    /// Text that stands for itself.
    Text(String),
    /// A parameter, with a name or without.
    Group(Group),
}

/// `{prefix(pattern)suffix}modifier`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The name, or the running number of an unnamed one; empty where there is no parameter (`{text}?`).
    pub name: String,
    /// Text before the parameter that belongs to it.
    pub prefix: String,
    /// Text behind it that belongs to it.
    pub suffix: String,
    /// The regular expression of its value; empty for `{text}`.
    pub pattern: String,
    /// `?`, `*` or `+`.
    pub modifier: Option<char>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Lexeme {
    Modifier(char),
    /// None where the backslash is the last character.
    Escaped(Option<char>),
    Open,
    Close,
    Name(String),
    Pattern(String),
    Char(char),
    End,
}

impl Lexeme {
    fn kind(&self) -> &'static str {
        match self {
            Self::Modifier(_) => "MODIFIER",
            Self::Escaped(_) => "ESCAPED_CHAR",
            Self::Open => "OPEN",
            Self::Close => "CLOSE",
            Self::Name(_) => "NAME",
            Self::Pattern(_) => "PATTERN",
            Self::Char(_) => "CHAR",
            Self::End => "END",
        }
    }
}

/// The tokens of a route, or why it is none, in path-to-regexp's words.
pub fn parse(route: &str, grammar: Grammar) -> Result<Vec<Token>, String> {
    let lexemes = lex(route)?;
    Parser { lexemes, at: 0, tokens: Vec::new(), unnamed: 0, path: String::new(), grammar }.run()
}

fn lex(route: &str) -> Result<Vec<(usize, Lexeme)>, String> {
    let chars: Vec<char> = route.chars().collect();
    let mut lexemes = Vec::new();
    let mut i = 0;
    while let Some(&c) = chars.get(i) {
        let start = i;
        i += 1;
        let lexeme = match c {
            '*' | '+' | '?' => Lexeme::Modifier(c),
            '\\' => {
                i += 1;
                Lexeme::Escaped(chars.get(start + 1).copied())
            }
            '{' => Lexeme::Open,
            '}' => Lexeme::Close,
            ':' => {
                let name: String =
                    chars.iter().skip(i).take_while(|c| c.is_ascii_alphanumeric() || **c == '_').collect();
                if name.is_empty() {
                    return Err(format!("Missing parameter name at {start}"));
                }
                i += name.len();
                Lexeme::Name(name)
            }
            '(' => {
                let (pattern, end) = pattern(&chars, start)?;
                i = end;
                Lexeme::Pattern(pattern)
            }
            c => Lexeme::Char(c),
        };
        lexemes.push((start, lexeme));
    }
    lexemes.push((chars.len(), Lexeme::End));
    Ok(lexemes)
}

/// The text between the parenthesis at `start` and its partner, and where it goes on behind.
fn pattern(chars: &[char], start: usize) -> Result<(String, usize), String> {
    let mut depth = 1;
    let mut pattern = String::new();
    let mut j = start + 1;
    if chars.get(j) == Some(&'?') {
        return Err(format!("Pattern cannot start with \"?\" at {j}"));
    }
    while let Some(&c) = chars.get(j) {
        match c {
            '\\' => {
                pattern.push(c);
                pattern.extend(chars.get(j + 1));
                j += 2;
                continue;
            }
            ')' => {
                depth -= 1;
                if depth == 0 {
                    j += 1;
                    break;
                }
            }
            '(' => {
                depth += 1;
                if chars.get(j + 1) != Some(&'?') {
                    return Err(format!("Capturing groups are not allowed at {j}"));
                }
            }
            _ => {}
        }
        pattern.push(c);
        j += 1;
    }
    if depth > 0 {
        return Err(format!("Unbalanced pattern at {start}"));
    }
    if pattern.is_empty() {
        return Err(format!("Missing pattern at {start}"));
    }
    Ok((pattern, j))
}

struct Parser {
    lexemes: Vec<(usize, Lexeme)>,
    at: usize,
    tokens: Vec<Token>,
    unnamed: usize,
    path: String,
    grammar: Grammar,
}

impl Parser {
    fn run(mut self) -> Result<Vec<Token>, String> {
        while self.at < self.lexemes.len() {
            let c = self.char();
            let name = self.name();
            let pattern = self.pattern();
            if name.is_some() || pattern.is_some() {
                let prefix = match c {
                    Some(c) if c == '.' || c == '/' => c.to_string(),
                    other => {
                        self.path.extend(other);
                        String::new()
                    }
                };
                self.flush();
                let (name, pattern) = self.named(name, pattern, &prefix)?;
                let modifier = self.modifier();
                self.tokens.push(Token::Group(Group { name, prefix, suffix: String::new(), pattern, modifier }));
                continue;
            }
            if let Some(c) = c.or_else(|| self.escaped()) {
                self.path.push(c);
                continue;
            }
            self.flush();
            if self.take(&Lexeme::Open) {
                self.braces()?;
            } else {
                self.must(&Lexeme::End)?;
            }
        }
        Ok(self.tokens)
    }

    fn braces(&mut self) -> Result<(), String> {
        let prefix = self.text();
        let name = self.name();
        let pattern = self.pattern();
        let suffix = self.text();
        self.must(&Lexeme::Close)?;
        let (name, pattern) = match (name, pattern) {
            (None, None) => (String::new(), String::new()),
            (name, pattern) => self.named(name, pattern, &prefix)?,
        };
        let modifier = self.modifier();
        self.tokens.push(Token::Group(Group { name, prefix, suffix, pattern, modifier }));
        Ok(())
    }

    /// Name and pattern of a parameter that has at least one of them.
    fn named(
        &mut self,
        name: Option<String>,
        pattern: Option<String>,
        prefix: &str,
    ) -> Result<(String, String), String> {
        let name = name.unwrap_or_else(|| {
            self.unnamed += 1;
            (self.unnamed - 1).to_string()
        });
        let pattern = match pattern {
            Some(pattern) => pattern,
            None => self.default_pattern(prefix)?,
        };
        Ok((name, pattern))
    }

    /// The pattern of a parameter that says none: a segment; from 6.3 on, one that cannot run into the text before it.
    fn default_pattern(&self, prefix: &str) -> Result<String, String> {
        const SEGMENT: &str = r"[^\/#\?]+?";
        if self.grammar == Grammar::Six1 {
            return Ok(SEGMENT.to_owned());
        }
        let before = match self.tokens.last() {
            _ if !prefix.is_empty() => prefix,
            Some(Token::Text(text)) => text,
            Some(Token::Group(group)) => {
                let name = &group.name;
                return Err(format!("Must have text between two parameters, missing text after \"{name}\""));
            }
            None => "",
        };
        if before.is_empty() || before.contains(['/', '#', '?']) {
            return Ok(SEGMENT.to_owned());
        }
        Ok(format!(r"(?:(?!{})[^\/#\?])+?", escape(before)))
    }

    fn flush(&mut self) {
        if !self.path.is_empty() {
            self.tokens.push(Token::Text(std::mem::take(&mut self.path)));
        }
    }

    fn next_if<T>(&mut self, read: impl Fn(&Lexeme) -> Option<T>) -> Option<T> {
        let value = self.lexemes.get(self.at).and_then(|(_, lexeme)| read(lexeme))?;
        self.at += 1;
        Some(value)
    }

    fn char(&mut self) -> Option<char> {
        self.next_if(|lexeme| if let Lexeme::Char(c) = lexeme { Some(*c) } else { None })
    }

    /// An escaped character. A backslash at the end is taken and is nothing, as in JavaScript.
    fn escaped(&mut self) -> Option<char> {
        self.next_if(|lexeme| if let Lexeme::Escaped(c) = lexeme { Some(*c) } else { None }).flatten()
    }

    fn name(&mut self) -> Option<String> {
        self.next_if(|lexeme| if let Lexeme::Name(name) = lexeme { Some(name.clone()) } else { None })
    }

    fn pattern(&mut self) -> Option<String> {
        self.next_if(|lexeme| if let Lexeme::Pattern(pattern) = lexeme { Some(pattern.clone()) } else { None })
    }

    fn modifier(&mut self) -> Option<char> {
        self.next_if(|lexeme| if let Lexeme::Modifier(c) = lexeme { Some(*c) } else { None })
    }

    fn text(&mut self) -> String {
        let mut text = String::new();
        while let Some(c) = self.char().or_else(|| self.escaped()) {
            text.push(c);
        }
        text
    }

    fn take(&mut self, wanted: &Lexeme) -> bool {
        self.next_if(|lexeme| (lexeme == wanted).then_some(())).is_some()
    }

    fn must(&mut self, wanted: &Lexeme) -> Result<(), String> {
        if self.take(wanted) {
            return Ok(());
        }
        let (at, found) = self.lexemes.get(self.at).map_or((0, "END"), |(at, lexeme)| (*at, lexeme.kind()));
        Err(format!("Unexpected {found} at {at}, expected {}", wanted.kind()))
    }
}

/// Text that stands for itself in a regular expression, as path-to-regexp escapes it.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if ".+*?=^!:${}()[]|/\\".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}
