//! Changes of the calls that start Sentry.

use crate::doctor::{
    finding::{At, Edit},
    project::{Init, Project, Setting},
    script::Span,
};

/// The call of a start.
pub fn at_start(project: &Project, init: &Init) -> At {
    at(project, &init.path, init.span)
}

/// An option of a start as it is written, else where its value comes from.
pub fn at_option(project: &Project, init: &Init, setting: &Setting) -> At {
    match setting.span {
        Some(span) => at(project, &init.path, span),
        None => project.at(&setting.value.at),
    }
}

/// A place of a file.
pub fn at(project: &Project, path: &str, span: Span) -> At {
    match project.files.read(path) {
        Ok(Some(text)) => At::span(path, &text, span),
        _ => At::whole(path),
    }
}

/// The text of a file.
pub fn text(project: &Project, path: &str) -> Option<String> {
    project.files.read(path).ok().flatten()
}

/// Takes a property out of an object, with its comma, and with its line where it has one of its own.
pub fn remove(text: &str, path: &str, property: Span) -> Edit {
    let behind = text.get(property.end..).unwrap_or_default();
    let comma = behind.len() - behind.trim_start().len();
    let mut end = property.end;
    if behind.trim_start().starts_with(',') {
        end += comma + 1;
    }
    let head = text.get(..property.start).unwrap_or_default();
    let mut start = head.trim_end_matches([' ', '\t']).len();
    let rest = text.get(end..).unwrap_or_default();
    let to_line_end = rest.len() - rest.trim_start_matches([' ', '\t']).len();
    let own_line = head.get(..start).is_some_and(|head| head.ends_with('\n'));
    match rest.get(to_line_end..) {
        Some(after) if own_line && after.starts_with("\r\n") => end += to_line_end + 2,
        Some(after) if own_line && after.starts_with('\n') => end += to_line_end + 1,
        _ => {
            // Within a line: the space before it stays, the one behind goes.
            start = property.start;
            end += to_line_end;
        }
    }
    Edit::Replace { path: path.to_owned(), span: Span { start, end }, with: String::new() }
}

/// Adds a property at the end of an object that is written at `object`; none where that is no object literal.
pub fn add(text: &str, path: &str, object: Span, property: &str) -> Option<Edit> {
    let whole = text.get(object.start..object.end)?;
    if !whole.starts_with('{') || !whole.ends_with('}') {
        return None;
    }
    let inner = whole.get(1..whole.len() - 1)?;
    let kept = inner.trim_end();
    let at = object.start + 1 + kept.len();
    // A comment at the end would swallow it.
    if kept.lines().last().is_some_and(|line| line.contains("//")) {
        return None;
    }
    let comma = if kept.is_empty() || kept.ends_with(',') { "" } else { "," };
    let with = if inner.contains('\n') {
        let indent: String = match kept.lines().last() {
            Some(line) if kept.contains('\n') => line.chars().take_while(|c| c.is_whitespace()).collect(),
            _ => "  ".to_owned(),
        };
        let end = if inner.contains("\r\n") { "\r\n" } else { "\n" };
        format!("{comma}{end}{indent}{property},")
    } else if kept.trim().is_empty() {
        format!(" {property} ")
    } else {
        format!("{comma} {property}")
    };
    Some(Edit::Replace { path: path.to_owned(), span: Span { start: at, end: at }, with })
}

/// Adds lines at the end of a file.
pub fn append(text: &str, path: &str, lines: &str) -> Edit {
    let at = text.trim_end().len();
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let lines = lines.replace('\n', end);
    let tail = if text.len() == at { end } else { "" };
    Edit::Replace { path: path.to_owned(), span: Span { start: at, end: at }, with: format!("{end}{end}{lines}{tail}") }
}

/// Puts a line of imports before everything but directives and comments at the top.
pub fn import(text: &str, path: &str, line: &str) -> Edit {
    let mut at = 0;
    let first = text.lines().next().unwrap_or_default();
    if ["'use client'", "\"use client\"", "'use server'", "\"use server\"", "#!"]
        .iter()
        .any(|word| first.starts_with(word))
    {
        at = text.find('\n').map_or(text.len(), |end| end + 1);
    }
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    Edit::Replace { path: path.to_owned(), span: Span { start: at, end: at }, with: format!("{line}{end}") }
}
