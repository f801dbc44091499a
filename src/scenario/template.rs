//! `${NAME}` in scenarios: values from the environment that must not stand in a file.

use std::collections::BTreeSet;

use crate::error::{Result, ToolError};

/// One piece of a text with variables.
#[derive(Debug, PartialEq, Eq)]
enum Piece<'a> {
    Text(&'a str),
    Variable { name: &'a str, default: Option<&'a str> },
}

/// Values that came from the environment while a scenario was filled in, longest first, for taking them out again of
/// everything that is kept or shown.
#[derive(Debug, Clone, Default)]
pub struct Secrets {
    values: Vec<(String, String)>,
    /// Values of fewer than [`MIN_SECRET`] characters.
    short: Vec<(String, String)>,
}

/// Shorter values are not taken out wherever they stand: every text holds them by chance.
const MIN_SECRET: usize = 4;

impl Secrets {
    /// Remembers that `name` is `value`.
    fn add(&mut self, name: &str, value: &str) {
        if value.chars().count() < MIN_SECRET {
            if !self.short.iter().any(|(known, _)| known == value) {
                self.short.push((value.to_owned(), name.to_owned()));
                self.short.sort_by_key(|(value, _)| std::cmp::Reverse(value.len()));
            }
            return;
        }
        let encoded: String = url::form_urlencoded::byte_serialize(value.as_bytes()).collect();
        let percent = encoded.replace('+', "%20");
        for form in [value.to_owned(), encoded, percent] {
            if !self.values.iter().any(|(known, _)| *known == form) {
                self.values.push((form, name.to_owned()));
            }
        }
        self.values.sort_by_key(|(value, _)| std::cmp::Reverse(value.len()));
    }

    /// The text with each value replaced by its `${NAME}`.
    pub fn redact(&self, text: &str) -> String {
        self.values.iter().fold(text.to_owned(), |text, (value, name)| {
            if text.contains(value) { text.replace(value, &format!("${{{name}}}")) } else { text }
        })
    }

    /// [`Secrets::redact`], and each value of at least `shortest` characters that stands there as a word of its own. For
    /// what a page or an error says where such a value was typed: a CVC has three digits.
    pub fn redact_words(&self, text: &str, shortest: usize) -> String {
        let short = self.short.iter().filter(|(value, _)| value.chars().count() >= shortest);
        short.fold(self.redact(text), |text, (value, name)| replace_word(&text, value, &format!("${{{name}}}")))
    }
}

/// `text` with `word` replaced where no letter or digit stands beside it.
fn replace_word(text: &str, word: &str, with: &str) -> String {
    let is_part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut before = None;
    while let Some((head, tail)) = rest.split_once(word) {
        out.push_str(head);
        let before_word = head.chars().next_back().or(before);
        let alone = !is_part(before_word) && !is_part(tail.chars().next());
        out.push_str(if alone { with } else { word });
        before = word.chars().next_back();
        rest = tail;
    }
    out.push_str(rest);
    out
}

/// Fills in the variables of `text`. `environment` gives the value of a variable; what it gives goes to `secrets`.
pub fn fill(text: &str, environment: &dyn Fn(&str) -> Option<String>, secrets: &mut Secrets) -> Result<String> {
    let mut filled = String::with_capacity(text.len());
    for piece in pieces(text).map_err(|problem| ToolError::bare(format!("Cannot read {text:?}: {problem}")))? {
        match piece {
            Piece::Text(text) => filled.push_str(text),
            Piece::Variable { name, default } => match (environment(name).filter(|value| !value.is_empty()), default) {
                (Some(value), _) => {
                    secrets.add(name, &value);
                    filled.push_str(&value);
                }
                (None, Some(default)) => filled.push_str(default),
                (None, None) => {
                    return Err(ToolError::new(
                        format!("The scenario needs the environment variable {name}, which is not set."),
                        format!("Set {name} for the fixloop process, or write ${{{name}:-default}} in the scenario."),
                    ));
                }
            },
        }
    }
    Ok(filled)
}

/// Names of the variables in `text`, or what is wrong with it.
pub fn variables(text: &str) -> std::result::Result<BTreeSet<String>, String> {
    Ok(pieces(text)?
        .into_iter()
        .filter_map(|piece| match piece {
            Piece::Variable { name, .. } => Some(name.to_owned()),
            Piece::Text(_) => None,
        })
        .collect())
}

/// The text written so that [`fill`] gives it back as it is.
pub fn escape(text: &str) -> String {
    text.replace("${", "$${")
}

/// Splits at `${NAME}`, `${NAME:-default}` and `$${` (a literal `${`).
fn pieces(text: &str) -> std::result::Result<Vec<Piece<'_>>, String> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        if let Some(before) = before.strip_suffix('$') {
            pieces.extend([Piece::Text(before), Piece::Text("${")]);
            rest = after;
            continue;
        }
        pieces.push(Piece::Text(before));
        let (inside, after) = after.split_once('}').ok_or("`${` without `}`; write `$${` for a literal `${`")?;
        let (name, default) = match inside.split_once(":-") {
            Some((name, default)) => (name, Some(default)),
            None => (inside, None),
        };
        if !is_name(name) {
            return Err(format!(
                "`${{{}}}` names no variable (letters, digits, `_`); write `$${{` for a literal `${{`",
                inside.chars().take(40).collect::<String>()
            ));
        }
        pieces.push(Piece::Variable { name, default });
        rest = after;
    }
    pieces.push(Piece::Text(rest));
    Ok(pieces)
}

fn is_name(name: &str) -> bool {
    let mut characters = name.chars();
    characters.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && characters.all(|c| c.is_ascii_alphanumeric() || c == '_')
}
