//! Which function of an original source encloses a place.
//!
//! Maps say which identifier stands at a place, not in which function it is, and minified code has lost the name. So the
//! source itself is read: a lexer of JavaScript and TypeScript, and the few token patterns that begin a function. It is a
//! reader for names, not a parser: what it does not understand costs a name, never more.

mod lexer;
mod names;

use lexer::{Kind, Lexer, Token};

/// A longer source is a bundle, not a file that a person wrote.
const MAX_SOURCE: usize = 2 * 1024 * 1024;

/// The function scopes of one source.
#[derive(Debug, Default)]
pub(super) struct Scopes {
    /// Sorted by start.
    scopes: Vec<Scope>,
}

#[derive(Debug)]
struct Scope {
    start: (u32, u32),
    end: (u32, u32),
    name: Option<String>,
}

/// What an open bracket or expression is, until it ends.
#[derive(Debug)]
enum Open {
    /// A bracket that begins nothing of interest.
    Plain,
    /// The body of a class.
    Class(Option<String>),
    /// The body of a function; index into the scopes.
    Function(usize),
    /// An arrow function without braces: ends where its expression does.
    Expression(usize),
}

impl Scopes {
    /// Finds the scopes of JavaScript or TypeScript text.
    pub(super) fn read(source: &str) -> Self {
        if source.len() > MAX_SOURCE {
            return Self::default();
        }
        let mut reader = Reader::default();
        for token in Lexer::new(source) {
            reader.take(token);
        }
        let mut scopes = reader.scopes;
        scopes.sort_by_key(|scope| scope.start);
        Self { scopes }
    }

    /// The name of the innermost function around a 0-based place; `Some(None)` = a function without a name.
    pub(super) fn at(&self, line: u32, column: u32) -> Option<Option<&str>> {
        let place = (line, column);
        let around = self.scopes.iter().filter(|scope| scope.start <= place && place < scope.end);
        around.max_by_key(|scope| scope.start).map(|scope| scope.name.as_deref())
    }
}

#[derive(Default)]
struct Reader<'a> {
    tokens: Vec<Token<'a>>,
    /// Open brackets, and arrow expressions, with the token where each begins.
    open: Vec<(Open, usize)>,
    scopes: Vec<Scope>,
}

impl<'a> Reader<'a> {
    fn take(&mut self, mut token: Token<'a>) {
        let index = self.tokens.len();
        let after_arrow = self.tokens.last().is_some_and(|last| last.kind == Kind::Arrow);
        self.end_expressions(&token);
        match token.text {
            "{" | "${" => {
                let open = if token.text == "{" { self.body(token.start) } else { Open::Plain };
                self.open.push((open, index));
            }
            "(" | "[" => {
                self.expression(after_arrow, token.start, index);
                self.open.push((Open::Plain, index));
            }
            "}" | ")" | "]" => {
                if let Some((open, opener)) = self.open.pop() {
                    token.opener = Some(opener);
                    if let Open::Function(scope) = open {
                        self.end(scope, token.end);
                    }
                }
            }
            _ => self.expression(after_arrow, token.start, index),
        }
        self.tokens.push(token);
    }

    /// What a `{` begins, judged by the tokens before it.
    fn body(&mut self, start: (u32, u32)) -> Open {
        if let Some(name) = names::class(&self.tokens) {
            return Open::Class(name.map(str::to_owned));
        }
        match names::function(&self.tokens) {
            Some(name) => Open::Function(self.begin(name, start)),
            None => Open::Plain,
        }
    }

    fn expression(&mut self, after_arrow: bool, start: (u32, u32), index: usize) {
        if after_arrow && let Some(name) = names::function(&self.tokens) {
            let scope = self.begin(name, start);
            self.open.push((Open::Expression(scope), index));
        }
    }

    fn begin(&mut self, name: names::Name<'_>, start: (u32, u32)) -> usize {
        let class = self.open.iter().rev().find_map(|(open, _)| match open {
            Open::Plain => None,
            Open::Class(class) => Some(class.as_deref()),
            Open::Function(_) | Open::Expression(_) => Some(None),
        });
        let name = match (name, class.flatten()) {
            (names::Name::Method("constructor"), Some(class)) => Some(format!("new {class}")),
            (names::Name::Method(name), Some(class)) => Some(format!("{class}.{name}")),
            (names::Name::Method(name) | names::Name::Plain(name), _) => Some(name.to_owned()),
            (names::Name::None, _) => None,
        };
        self.scopes.push(Scope { start, end: (u32::MAX, u32::MAX), name });
        self.scopes.len() - 1
    }

    fn end(&mut self, scope: usize, at: (u32, u32)) {
        if let Some(scope) = self.scopes.get_mut(scope) {
            scope.end = at;
        }
    }

    /// An arrow's expression ends at a `,` or `;` or a closing bracket of what is around it, or where a statement begins.
    fn end_expressions(&mut self, token: &Token<'_>) {
        let ends = matches!(token.text, "," | ";" | ")" | "]" | "}")
            || (token.first_of_line && token.kind == Kind::Word && names::begins_statement(token.text));
        while ends && let Some((Open::Expression(scope), _)) = self.open.last() {
            let scope = *scope;
            self.end(scope, token.start);
            self.open.pop();
        }
    }
}
