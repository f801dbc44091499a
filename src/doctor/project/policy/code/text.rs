//! Values that are texts → drafts that know where each part is written.

use crate::doctor::{
    project::{
        Modules,
        policy::{Draft, Quoting, Unknown},
    },
    script::{Origin, Piece, Value, What, evaluate, tree::Module},
};

use super::near;

/// A value as the text of a policy; none where nothing of it is known, with the expression.
pub(super) fn draft(modules: &Modules, value: &Value) -> Result<Draft, String> {
    match &value.what {
        What::Text(pieces) => {
            let mut draft = Draft::default();
            for piece in pieces {
                draft.append(part(modules, piece));
            }
            Ok(draft)
        }
        What::Choice(all) => {
            let texts: Option<Vec<String>> = all.iter().map(Value::text).collect();
            let mut draft = Draft::default();
            draft.hide(Unknown {
                expression: expression(modules, value),
                path: value.at.path.to_string(),
                span: value.at.span,
                choices: texts.ok_or_else(|| expression(modules, value))?,
            });
            Ok(draft)
        }
        _ => Err(expression(modules, value)),
    }
}

/// A value in words: the expression that has it.
pub(super) fn expression(modules: &Modules, value: &Value) -> String {
    match &value.what {
        What::Unknown(hidden) => hidden.expression.clone(),
        What::Env(name) => name.clone(),
        _ => match modules.get(&value.at.path) {
            Some(Ok(module)) => module.excerpt(value.at.span),
            _ => "an expression".to_owned(),
        },
    }
}

fn part(modules: &Modules, piece: &Piece) -> Draft {
    let mut draft = Draft::default();
    match &piece.text {
        Ok(text) => {
            let module = modules.get(&piece.at.path).and_then(Result::ok);
            match module.and_then(|module| written(&module, &piece.at, text)) {
                Some(written) => return written,
                None => draft.compute(text),
            }
        }
        Err(expression) => draft.hide(Unknown {
            expression: expression.clone(),
            path: piece.at.path.to_string(),
            span: piece.at.span,
            choices: choices(modules, &piece.at),
        }),
    }
    draft
}

/// All that an expression can be, where it is one of several texts.
fn choices(modules: &Modules, at: &Origin) -> Vec<String> {
    let Some(Ok(module)) = modules.get(&at.path) else { return Vec::new() };
    let all = near::around(&module, at.span);
    let Some(expr) = all.into_iter().find(|expr| expr.span == at.span) else { return Vec::new() };
    let value = evaluate(modules, &module, expr);
    let text = |value: &Value| match &value.what {
        // `test && ' https://x'` in a template says `false` where the test fails.
        What::Bool(bool) => Some(bool.to_string()),
        What::Undefined => Some("undefined".to_owned()),
        _ => value.text(),
    };
    match &value.what {
        What::Choice(all) => all.iter().map(text).collect::<Option<Vec<String>>>().unwrap_or_default(),
        _ => Vec::new(),
    }
}

/// The literal that a piece comes from, where it says the same but for blanks. Blanks mean nothing in a policy.
fn written(module: &Module, at: &Origin, text: &str) -> Option<Draft> {
    let raw = module.text.get(at.span.start..at.span.end)?;
    let (start, inner, quoting) = match raw.chars().next()? {
        quote @ ('"' | '\'') if raw.len() > 1 && raw.ends_with(quote) => {
            (at.span.start + 1, raw.get(1..raw.len() - 1)?, Quoting::Script(quote))
        }
        '`' if raw.len() > 1 && raw.ends_with('`') => {
            (at.span.start + 1, raw.get(1..raw.len() - 1)?, Quoting::Template)
        }
        _ => (at.span.start, raw, Quoting::Template),
    };
    let mut draft = Draft::escaped(&module.path, start, inner, quoting);
    if blank(&draft.text) != blank(text) {
        return None;
    }
    let end = draft.text.trim_end().len();
    for mut slot in near::slots(module, at.span, text) {
        slot.at = end;
        draft.slots.push(slot);
    }
    Some(draft)
}

fn blank(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
