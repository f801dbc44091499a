//! Which token patterns begin a function or a class, and what name they give it.

use super::lexer::{Kind, Token};

/// Tokens that one look back passes.
const REACH: usize = 64;

/// The name of a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Name<'a> {
    /// `function pay`, `const pay = …`, `pay: …`.
    Plain(&'a str),
    /// `pay() {` in a class or an object.
    Method(&'a str),
    /// A function without a name.
    None,
}

/// Words with which a statement begins; on a line of their own they end the expression before them.
pub(super) fn begins_statement(word: &str) -> bool {
    matches!(
        word,
        "const"
            | "let"
            | "var"
            | "function"
            | "class"
            | "export"
            | "import"
            | "return"
            | "if"
            | "for"
            | "while"
            | "switch"
            | "throw"
            | "try"
            | "interface"
            | "type"
            | "enum"
            | "async"
            | "declare"
            | "abstract"
    )
}

/// If the tokens before a `{` are the head of a class: its name, if it has one.
pub(super) fn class<'a>(tokens: &[Token<'a>]) -> Option<Option<&'a str>> {
    let mut at = tokens.len().checked_sub(1)?;
    for _ in 0..REACH {
        let token = tokens.get(at)?;
        match token.text {
            "class" if token.kind == Kind::Word => {
                let named = tokens.get(at + 1).filter(|next| next.kind == Kind::Word);
                let name = named.map(|next| next.text).filter(|text| !matches!(*text, "extends" | "implements"));
                return Some(name.or_else(|| match assigned(tokens, at.checked_sub(1)) {
                    Name::Plain(name) => Some(name),
                    _ => None,
                }));
            }
            ")" => at = token.opener?.checked_sub(1)?,
            "." | "<" | ">" | "," | "&" | "|" => at = at.checked_sub(1)?,
            _ if token.kind == Kind::Word => at = at.checked_sub(1)?,
            _ => return None,
        }
    }
    None
}

/// If the tokens are the head of a function, up to its `{` or (for an arrow) up to its expression: its name.
pub(super) fn function<'a>(tokens: &[Token<'a>]) -> Option<Name<'a>> {
    let last = tokens.len().checked_sub(1)?;
    let token = tokens.get(last)?;
    if token.kind == Kind::Arrow {
        return Some(arrow(tokens, last));
    }
    let parameters = if token.text == ")" { token.opener } else { before_type(tokens, last) };
    head(tokens, parameters?)
}

/// The name of an arrow function, by the index of its `=>`.
fn arrow<'a>(tokens: &[Token<'a>], arrow: usize) -> Name<'a> {
    let Some(last) = arrow.checked_sub(1) else { return Name::None };
    let start = match tokens.get(last) {
        Some(Token { text: ")", opener: Some(opener), .. }) => *opener,
        _ => before_type(tokens, last).unwrap_or(last),
    };
    let mut before = start.checked_sub(1);
    before = before.and_then(|at| past_generics(tokens, at));
    if text(tokens, before) == "async" {
        before = before.and_then(|at| at.checked_sub(1));
    }
    assigned(tokens, before)
}

/// The name of a function or method, by the index of the `(` of its parameters; none when it is no function.
fn head<'a>(tokens: &[Token<'a>], open: usize) -> Option<Name<'a>> {
    let at = past_generics(tokens, open.checked_sub(1)?)?;
    let token = tokens.get(at)?;
    let before = text(tokens, at.checked_sub(1));
    match (token.kind, token.text) {
        (Kind::Word, "if" | "for" | "while" | "switch" | "catch" | "with") => None,
        (Kind::Word, "await") if before == "for" => None,
        (Kind::Word, "function") => Some(function_expression(tokens, at)),
        (Kind::Mark, "*") if before == "function" => Some(function_expression(tokens, at.checked_sub(1)?)),
        (Kind::Word, name) => {
            let star = before == "*" && text(tokens, at.checked_sub(2)) == "function";
            Some(if before == "function" || star { Name::Plain(name) } else { Name::Method(name) })
        }
        (Kind::Literal, name) => Some(Name::Method(unquoted(name))),
        (Kind::Mark, "]") => Some(Name::None),
        _ => None,
    }
}

fn function_expression<'a>(tokens: &[Token<'a>], function: usize) -> Name<'a> {
    let mut before = function.checked_sub(1);
    if text(tokens, before) == "async" {
        before = before.and_then(|at| at.checked_sub(1));
    }
    assigned(tokens, before)
}

/// The name that a function expression gets from what it is assigned to; `at` is the token before it.
fn assigned<'a>(tokens: &[Token<'a>], at: Option<usize>) -> Name<'a> {
    let Some(at) = at else { return Name::None };
    let Some(target) = at.checked_sub(1).and_then(|before| tokens.get(before).map(|token| (before, token))) else {
        return Name::None;
    };
    match text(tokens, Some(at)) {
        "=" => {
            let plain = !matches!(text(tokens, target.0.checked_sub(1)), ":" | "|" | "&" | "<" | "=>");
            if plain && target.1.kind == Kind::Word {
                return Name::Plain(target.1.text);
            }
            match colon_before(tokens, target.0).and_then(|colon| colon.checked_sub(1)) {
                Some(named) => match text(tokens, Some(named)) {
                    "?" | "!" => Name::Plain(text(tokens, named.checked_sub(1))),
                    name => Name::Plain(name),
                },
                None => Name::None,
            }
        }
        ":" => match (target.1.kind, text(tokens, target.0.checked_sub(1))) {
            (Kind::Word | Kind::Literal, "{" | ",") => Name::Plain(unquoted(target.1.text)),
            _ => Name::None,
        },
        _ => Name::None,
    }
}

/// If the tokens that end at `last` are a return type behind parameters: the index of the `(` of those.
fn before_type(tokens: &[Token<'_>], last: usize) -> Option<usize> {
    let colon = colon_before(tokens, last)?;
    tokens.get(colon.checked_sub(1)?).filter(|token| token.text == ")")?.opener
}

/// The `:` of a type that ends at `last`.
fn colon_before(tokens: &[Token<'_>], last: usize) -> Option<usize> {
    let (mut at, mut generics) = (last, 0_i32);
    for _ in 0..REACH {
        let token = tokens.get(at)?;
        match token.text {
            ":" => return (at != last).then_some(at),
            ")" | "]" | "}" => at = token.opener?,
            ">" => generics += 1,
            "<" => generics -= 1,
            "," if generics > 0 => {}
            "." | "|" | "&" | "?" => {}
            "else" | "try" | "finally" | "do" | "return" => return None,
            _ if token.kind != Kind::Mark => {}
            _ => return None,
        }
        at = at.checked_sub(1)?;
    }
    None
}

/// If `at` is the `>` of type parameters, the token before their `<`; else `at`.
fn past_generics(tokens: &[Token<'_>], at: usize) -> Option<usize> {
    if text(tokens, Some(at)) != ">" {
        return Some(at);
    }
    let (mut at, mut depth) = (at, 0_i32);
    for _ in 0..REACH {
        match text(tokens, Some(at)) {
            ">" => depth += 1,
            "<" => depth -= 1,
            _ => {}
        }
        at = at.checked_sub(1)?;
        if depth == 0 {
            return Some(at);
        }
    }
    None
}

fn text<'a>(tokens: &[Token<'a>], at: Option<usize>) -> &'a str {
    at.and_then(|at| tokens.get(at)).map_or("", |token| token.text)
}

fn unquoted(text: &str) -> &str {
    text.trim_matches(['"', '\'', '`'])
}
