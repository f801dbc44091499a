//! Objects of directives → drafts: `{ connectSrc: ["'self'", 'https://x'] }`.

use crate::doctor::{
    project::{
        Modules,
        policy::{Draft, Slot, Takes, Unknown},
    },
    script::{Hidden, Value, What, tree::Node},
};

use super::{
    near::{self, kebab},
    text,
};

/// How a library reads an object of directives.
#[derive(Clone, Copy, Default)]
pub(super) struct Reads<'a> {
    /// Directives that are there without being written.
    pub(super) defaults: &'a [(&'a str, &'a str)],
    /// Keywords are written without their quotes: `self`.
    pub(super) bare: bool,
}

/// A directive: its name and sources, as far as they are known.
struct Row {
    name: String,
    sources: Draft,
}

/// The text of an object of directives.
pub(super) fn draft(modules: &Modules, value: &Value, reads: Reads<'_>) -> Option<Draft> {
    let What::Object(fields, hidden) = &value.what else { return None };
    let mut rows: Vec<Row> = Vec::new();
    let known = |hidden: &&Hidden| hidden.expression.contains("efaultDirectives");
    let takes_defaults = hidden.iter().any(|each| known(&each));
    let defaults = if takes_defaults && reads.defaults.is_empty() { super::helmet::DEFAULTS } else { reads.defaults };
    for (name, sources) in defaults {
        let mut draft = Draft::default();
        draft.compute(sources);
        rows.push(Row { name: (*name).to_owned(), sources: draft });
    }
    for (name, value) in fields {
        let name = kebab(name);
        rows.retain(|row| row.name != name);
        if let Some(sources) = sources(modules, value, reads.bare) {
            rows.push(Row { name, sources });
        }
    }
    let mut draft = Draft::default();
    // What a spread brings may stand before all others.
    for hidden in hidden.iter().filter(|each| !known(each)) {
        draft.hide(unknown(hidden));
        draft.compute("; ");
    }
    for (number, row) in rows.into_iter().enumerate() {
        draft.compute(if number > 0 { "; " } else { "" });
        draft.compute(&row.name);
        if !row.sources.text.is_empty() {
            draft.compute(" ");
            draft.append(row.sources);
        }
    }
    draft.slots.retain(|slot| !matches!(slot.takes, Takes::Property { .. } | Takes::Directive { .. }));
    draft.slots.extend(slot(modules, value));
    for slot in &mut draft.slots {
        slot.bare = reads.bare;
    }
    Some(draft)
}

fn unknown(hidden: &Hidden) -> Unknown {
    Unknown {
        expression: hidden.expression.clone(),
        path: hidden.at.path.to_string(),
        span: hidden.at.span,
        choices: Vec::new(),
    }
}

/// Where the object takes another directive.
fn slot(modules: &Modules, value: &Value) -> Option<Slot> {
    let module = modules.get(&value.at.path)?.ok()?;
    let all = near::around(&module, value.at.span);
    let object = all.into_iter().find(|expr| expr.span == value.at.span)?;
    match &object.node {
        Node::Object(properties) => near::property(&module, object.span, properties),
        _ => None,
    }
}

/// The sources of a directive; none where it is switched off.
fn sources(modules: &Modules, value: &Value, bare: bool) -> Option<Draft> {
    let mut draft = Draft::default();
    match &value.what {
        What::Null | What::Undefined | What::Bool(false) => return None,
        What::Bool(true) => {}
        What::List(items) if items.is_empty() => {
            let takes = Takes::Source { before: String::new(), after: ", ".to_owned(), quote: '"' };
            draft.slot(&value.at.path, value.at.span.start + 1, takes);
        }
        What::List(items) => {
            for (number, item) in items.iter().enumerate() {
                draft.compute(if number > 0 { " " } else { "" });
                source(modules, item, bare, &mut draft);
            }
        }
        _ => source(modules, value, bare, &mut draft),
    }
    Some(draft)
}

fn source(modules: &Modules, value: &Value, bare: bool, draft: &mut Draft) {
    let word = value.text().unwrap_or_default();
    let keyword = bare && is_keyword(&word);
    match text::draft(modules, value) {
        Ok(word) => {
            draft.compute(if keyword { "'" } else { "" });
            let slots = word.slots.len();
            draft.append(word);
            if keyword {
                draft.compute("'");
                let new = draft.slots.len() - slots;
                draft.slots.iter_mut().skip(new).for_each(|slot| slot.at += 1);
            }
        }
        Err(expression) => {
            // A function gives a nonce, most often; it can give anything.
            let nonce = expression.contains("nonce");
            draft.compute(if nonce { "'nonce-" } else { "" });
            draft.hide(Unknown {
                expression,
                path: value.at.path.to_string(),
                span: value.at.span,
                choices: Vec::new(),
            });
            draft.compute(if nonce { "'" } else { "" });
        }
    }
}

fn is_keyword(word: &str) -> bool {
    let known = [
        "self",
        "none",
        "strict-dynamic",
        "report-sample",
        "unsafe-inline",
        "unsafe-eval",
        "unsafe-hashes",
        "wasm-unsafe-eval",
    ];
    known.contains(&word) || ["nonce-", "sha256-", "sha384-", "sha512-"].iter().any(|start| word.starts_with(start))
}
