//! Values of nginx: texts with variables in them.

use std::collections::BTreeMap;

use crate::doctor::{
    project::policy::{Draft, Quoting, Unknown},
    script::Span,
};

use super::syntax::{Directive, Word};

/// What variables hold.
pub(super) type Variables = BTreeMap<String, Draft>;

/// Takes what `set` and `map` say.
pub(super) fn learn(directive: &Directive, variables: &mut Variables) {
    let name = |at: usize| directive.word(at).strip_prefix('$').map(str::to_owned);
    match directive.name() {
        "set" => {
            if let (Some(name), Some(word)) = (name(1), directive.words.get(2)) {
                let value = value(&directive.path, word, variables);
                variables.insert(name, value);
            }
        }
        "map" => {
            let Some(name) = name(2) else { return };
            let mut rows = directive.block.iter().flatten();
            let default = rows.find(|row| row.name() == "default").and_then(|row| row.words.get(1));
            if let Some(word) = default {
                let value = value(&directive.path, word, variables);
                variables.insert(name, value);
            }
        }
        _ => {}
    }
}

/// The text of a word, variables put in.
pub(super) fn value(path: &str, word: &Word, variables: &Variables) -> Draft {
    let mut draft = Draft::default();
    let mut at = 0;
    while let Some(rest) = word.raw.get(at..).filter(|rest| !rest.is_empty()) {
        let (plain, tail) = rest.split_at_checked(rest.find('$').unwrap_or(rest.len())).unwrap_or((rest, ""));
        draft.append(Draft::escaped(path, word.span.start + at, plain, quoting(word)));
        at += plain.len();
        let Some((name, length)) = variable(tail) else {
            draft.compute(tail.get(..1).unwrap_or_default());
            at += 1;
            continue;
        };
        let span = Span { start: word.span.start + at, end: word.span.start + at + length };
        match variables.get(name) {
            Some(value) => draft.append(value.clone()),
            None => draft.hide(Unknown {
                expression: tail.get(..length).unwrap_or_default().to_owned(),
                path: path.to_owned(),
                span,
                choices: Vec::new(),
            }),
        }
        at += length;
    }
    draft
}

fn quoting(word: &Word) -> Quoting {
    word.quoting
}

/// A variable at the beginning of a text: its name, and its bytes.
fn variable(text: &str) -> Option<(&str, usize)> {
    let rest = text.strip_prefix('$')?;
    if let Some(inner) = rest.strip_prefix('{') {
        let end = inner.find('}')?;
        return Some((inner.get(..end)?, end + 3));
    }
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
    (end > 0).then(|| rest.get(..end).map(|name| (name, end + 1)))?
}
