//! The grammar of env files as the packages `dotenv` and `dotenv-expand` have it, which Next.js and Vite both read with.

use std::{collections::BTreeSet, sync::LazyLock};

use regex::Regex;

use crate::doctor::script::Span;

use super::{MAX_VALUE, Variable};

/// Variables of one file.
const MAX_VARIABLES: usize = 5_000;

/// The expression of dotenv 16 itself, sign by sign; `R` = lines end as on any system.
static LINE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r#"(?mR)^\s*(?:export\s+)?([0-9A-Za-z_.-]+)(?:\s*=\s*?|:\s+?)(\s*'(?:\\'|[^'])*'|\s*"(?:\\"|[^"])*"|\s*`(?:\\`|[^`])*`|[^#\r\n]+)?\s*(?:#.*)?$"#,
    )
    .ok()
});

/// `${NAME}`, `${NAME:-instead}`, `$NAME`; with a backslash before it, it is text.
static NAMED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"\\?\$(?:\{([A-Za-z_][A-Za-z0-9_]*)(?::?-([^}\\]*))?\}|([A-Za-z_][A-Za-z0-9_]*))").ok()
});

/// The variables of a file, in order; lines that are none are left out.
pub(super) fn parse(text: &str) -> Vec<Variable> {
    let Some(line) = LINE.as_ref() else { return Vec::new() };
    let found = line.captures_iter(text).filter_map(|groups| {
        let name = groups.get(1)?;
        let written = groups.get(2);
        let trimmed = written.map_or("", |written| written.as_str().trim());
        let (start, end) = match written {
            Some(written) => {
                let start = written.start() + (written.len() - written.as_str().trim_start().len());
                (start, start + trimmed.len())
            }
            None => (name.end(), name.end()),
        };
        // What separates a name from no value still belongs to the assignment.
        let end =
            if written.is_some() { end } else { groups.get(0)?.as_str().trim_end().len() + groups.get(0)?.start() };
        let start = if written.is_some() { start } else { end };
        Some(Variable {
            name: name.as_str().to_owned(),
            value: unquoted(trimmed),
            unknown: Vec::new(),
            span: Span { start: name.start(), end },
            value_span: Span { start, end },
        })
    });
    found.take(MAX_VARIABLES).collect()
}

fn unquoted(value: &str) -> String {
    for quote in ['"', '\'', '`'] {
        let Some(inner) = value.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)) else { continue };
        return match quote {
            '"' => inner.replace("\\n", "\n").replace("\\r", "\r"),
            _ => inner.to_owned(),
        };
    }
    value.to_owned()
}

/// The value with the variables in it filled in; names of those that are not known go to `unknown`, and stay as written.
pub(super) fn expand<'a>(
    value: &str,
    find: &impl Fn(&str) -> Option<&'a str>,
    unknown: &mut BTreeSet<String>,
    depth: usize,
) -> String {
    let Some(named) = NAMED.as_ref().filter(|_| value.contains('$')) else { return value.to_owned() };
    let mut filled = String::with_capacity(value.len());
    let mut from = 0;
    for groups in named.captures_iter(value) {
        let Some(whole) = groups.get(0) else { continue };
        filled.push_str(value.get(from..whole.start()).unwrap_or_default());
        from = whole.end();
        let name = groups.get(1).or_else(|| groups.get(3)).map_or("", |name| name.as_str());
        if let Some(text) = whole.as_str().strip_prefix('\\') {
            filled.push_str(text);
        } else if filled.len() > MAX_VALUE || depth == 0 {
            unknown.insert(name.to_owned());
        } else if let Some(other) = find(name).filter(|other| !other.is_empty()) {
            filled.push_str(&expand(other, find, unknown, depth - 1));
        } else if let Some(instead) = groups.get(2) {
            filled.push_str(instead.as_str());
        } else {
            unknown.insert(name.to_owned());
            filled.push_str(whole.as_str());
        }
    }
    filled.push_str(value.get(from..).unwrap_or_default());
    filled
}
