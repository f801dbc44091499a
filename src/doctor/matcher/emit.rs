//! path-to-regexp's tokens → the text of a regular expression, as `RegExp.prototype.source` gives it.

use super::{
    generation::Grammar,
    tokens::{Group, Token, escape},
};

/// The regular expression of a route, before JavaScript has looked at it; or why there is none.
pub fn expression(tokens: &[Token], grammar: Grammar) -> Result<String, String> {
    if grammar == Grammar::Six1 {
        return Ok(joined(tokens));
    }
    // 6.3 refuses a repetition of nothing but a parameter; Next.js then tries again with a slash before it.
    let repeats = |group: &Group| matches!(group.modifier, Some('*' | '+'));
    let alone = |group: &Group| group.prefix.is_empty() && group.suffix.is_empty();
    let refused = |token: &Token| matches!(token, Token::Group(group) if !group.pattern.is_empty() && repeats(group) && alone(group));
    if !tokens.iter().any(refused) {
        return Ok(joined(tokens));
    }
    let normal: Vec<Token> = tokens
        .iter()
        .map(|token| match token {
            Token::Group(group) if repeats(group) && alone(group) => {
                Token::Group(Group { prefix: "/".to_owned(), ..group.clone() })
            }
            token => token.clone(),
        })
        .collect();
    Ok(joined(&normal))
}

fn joined(tokens: &[Token]) -> String {
    let mut route = "^".to_owned();
    for token in tokens {
        match token {
            Token::Text(text) => route.push_str(&escape(text)),
            Token::Group(group) => route.push_str(&group_text(group)),
        }
    }
    // Not strict: one delimiter may follow.
    route.push_str(r"[\/#\?]?$");
    route
}

fn group_text(group: &Group) -> String {
    let (prefix, suffix, pattern) = (escape(&group.prefix), escape(&group.suffix), &group.pattern);
    let modifier = group.modifier.map(String::from).unwrap_or_default();
    if pattern.is_empty() {
        return format!("(?:{prefix}{suffix}){modifier}");
    }
    if prefix.is_empty() && suffix.is_empty() {
        return format!("({pattern}){modifier}");
    }
    match group.modifier {
        Some(repeat @ ('*' | '+')) => {
            let optional = if repeat == '*' { "?" } else { "" };
            format!("(?:{prefix}((?:{pattern})(?:{suffix}{prefix}(?:{pattern}))*){suffix}){optional}")
        }
        _ => format!("(?:{prefix}({pattern}){suffix}){modifier}"),
    }
}

/// What `new RegExp(text).source` says: slashes outside classes and line ends escaped.
pub fn source(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let (mut class, mut escaped) = (false, false);
    for c in text.chars() {
        let line_end = match c {
            '\n' => Some("\\n"),
            '\r' => Some("\\r"),
            '\u{2028}' => Some("\\u2028"),
            '\u{2029}' => Some("\\u2029"),
            _ => None,
        };
        if let Some(line_end) = line_end {
            if escaped {
                out.pop();
            }
            out.push_str(line_end);
            escaped = false;
            continue;
        }
        if escaped {
            escaped = false;
        } else {
            match c {
                '\\' => escaped = true,
                '/' if !class => out.push('\\'),
                '[' => class = true,
                ']' => class = false,
                _ => {}
            }
        }
        out.push(c);
    }
    if out.is_empty() { "(?:)".to_owned() } else { out }
}
