//! What stands around a literal in its script: the list or object that takes another one beside it.

use crate::doctor::{
    project::policy::{Slot, Takes},
    script::{
        Span,
        tree::{Expr, Item, Module, Node, Property},
    },
};

/// The expressions that a stretch lies in, the outer before the inner.
pub(super) fn around(module: &Module, at: Span) -> Vec<&Expr> {
    let mut all: Vec<&Expr> = Vec::new();
    module.each(&mut |expr| {
        if expr.span.start <= at.start && at.end <= expr.span.end {
            all.push(expr);
        }
    });
    // A name that is exported is seen twice.
    all.sort_by_key(|expr| std::cmp::Reverse(expr.span.end - expr.span.start));
    all.dedup_by_key(|expr| (expr.span.start, expr.span.end));
    all
}

/// Words that begin a directive.
pub(super) fn is_directive(word: &str) -> bool {
    let plain = !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c == '-');
    let named = ["report-uri", "report-to", "base-uri", "form-action", "frame-ancestors", "sandbox", "trusted-types"];
    plain && (word.ends_with("-src") || named.contains(&word) || word == "upgrade-insecure-requests")
}

/// What takes more beside a literal; `text` is what it says.
pub(super) fn slots(module: &Module, at: Span, text: &str) -> Vec<Slot> {
    let mut slots = Vec::new();
    let around = around(module, at);
    let text = text.trim();
    let Some((place, items)) = around.iter().enumerate().rev().find_map(|(place, expr)| match &expr.node {
        Node::List(items) => Some((place, items)),
        _ => None,
    }) else {
        return in_object(module, &around, at).into_iter().collect();
    };
    let Some(number) = items.iter().position(|item| holds(item.value.span, at)) else { return slots };
    let Some(item) = items.get(number) else { return slots };
    let directive = [text, whole(module, item.value.span)].into_iter().any(begins_directive);
    let quote = quote(module, item.value.span);
    let before = separator(module, items, number);
    let new = |takes| Slot { at: 0, path: module.path.clone(), offset: item.value.span.end, takes, bare: false };
    if directive && text.ends_with(';') {
        return slots;
    }
    slots.push(new(if directive {
        Takes::Directive { before, after: String::new(), quote }
    } else {
        Takes::Source { before, after: String::new(), quote }
    }));
    if !directive && let Some(list) = around.get(place) {
        slots.extend(in_object(module, around.get(..place).unwrap_or_default(), list.span));
    }
    slots
}

/// Whether a text begins with the name of a directive.
fn begins_directive(text: &str) -> bool {
    is_directive(text.split_whitespace().next().unwrap_or_default())
}

/// An element as it is written, without its first quote: a literal may be the end of a template only.
fn whole(module: &Module, at: Span) -> &str {
    module.text.get(at.start..at.end).unwrap_or_default().trim_start_matches(['"', '\'', '`'])
}

/// The slot of the object whose property a stretch is.
fn in_object(module: &Module, around: &[&Expr], at: Span) -> Option<Slot> {
    let object = around.iter().rev().find(|expr| matches!(expr.node, Node::Object(_)))?;
    let Node::Object(properties) = &object.node else { return None };
    let own = properties.iter().find(|property| holds(property.value.span, at))?;
    let name = own.name.as_deref()?;
    (is_directive(&kebab(name)) && own.value.span == at).then(|| property(module, object.span, properties))?
}

/// The slot of an object of directives.
pub(super) fn property(module: &Module, at: Span, properties: &[Property]) -> Option<Slot> {
    let written = |property: &&Property| property.name.is_some();
    let sample = properties.iter().find(written);
    let list = sample.is_none_or(|property| !matches!(property.value.node, Node::Text(_) | Node::Template(..)));
    let camel = sample.is_none_or(|property| {
        let name = property.name.as_deref().unwrap_or_default();
        !name.contains('-') && name != "sandbox"
    });
    let mut quotes = '"';
    if let Some(sample) = sample {
        sample.value.each(&mut |expr| {
            if matches!(expr.node, Node::Text(_)) {
                quotes = quote(module, expr.span);
            }
        });
    }
    let takes =
        |before: String, after: String| Takes::Property { before, after, quote: quotes, camel, list, equals: ": " };
    let new = |offset, takes| Slot { at: 0, path: module.path.clone(), offset, takes, bare: false };
    let Some(last) = properties.last() else {
        return Some(new(at.start + 1, takes(" ".to_owned(), " ".to_owned())));
    };
    let before = match properties.len() {
        0 | 1 => gap(module, at.start + 1, last.span.start),
        many => {
            let other = properties.get(many - 2)?;
            gap(module, other.span.end, last.span.start)
        }
    };
    Some(new(last.span.end, takes(before, String::new())))
}

fn holds(outer: Span, inner: Span) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}

fn quote(module: &Module, at: Span) -> char {
    let first = module.text.get(at.start..).and_then(|rest| rest.chars().next());
    first.filter(|c| matches!(c, '"' | '\'' | '`')).unwrap_or('"')
}

/// What stands between the elements of a list.
fn separator(module: &Module, items: &[Item], number: usize) -> String {
    let at = |number: usize| items.get(number).map(|item| item.value.span);
    match (at(number), at(number + 1), number.checked_sub(1).and_then(at)) {
        (Some(own), Some(next), _) => gap(module, own.end, next.start),
        (Some(own), None, Some(before)) => gap(module, before.end, own.start),
        _ => ", ".to_owned(),
    }
}

/// A comma, and the line end with its indentation where the next one has its own line.
fn gap(module: &Module, from: usize, to: usize) -> String {
    let between = module.text.get(from..to).unwrap_or_default();
    match between.rsplit_once('\n') {
        Some((_, indent)) if indent.trim().is_empty() => format!(",\n{indent}"),
        _ => ", ".to_owned(),
    }
}

/// `connectSrc` → `connect-src`
pub(super) fn kebab(name: &str) -> String {
    let mut kebab = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() {
            kebab.push('-');
        }
        kebab.push(c.to_ascii_lowercase());
    }
    kebab
}
