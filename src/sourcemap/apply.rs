//! Writes what a map says into a frame. Blocking: it reads sources of the workspace.

use super::{
    load::Loaded,
    map::{Map, Place},
    source_name::{self, SourceName},
    workspace::Workspace,
};
use crate::event::{Frame, Generated};

/// Lines of context on each side.
const CONTEXT: usize = 5;
/// A longer line is cut: minified code has lines of megabytes.
const MAX_LINE: usize = 300;

/// Maps one frame in place; a frame that cannot be mapped stays as it is.
pub(super) fn apply(workspace: &Workspace, frame: &mut Frame, loaded: &Loaded) {
    let Some(line) = frame.lineno.and_then(|line| line.checked_sub(1)) else { return };
    if let Some(map) = &loaded.map {
        let column = frame.colno.map(|column| column.saturating_sub(1));
        match map.lookup(line, column) {
            Some(place) => mapped(workspace, frame, map, &place),
            None => tracing::debug!("{:?}: the map has no place for it", frame.location()),
        }
    } else if let Some(path) = &loaded.itself {
        itself(workspace, frame, path);
    }
}

fn mapped(workspace: &Workspace, frame: &mut Frame, map: &Map, place: &Place<'_>) {
    let name = source_name::normal(place.source);
    if name.path.is_empty() {
        return;
    }
    let found = workspace.source(&name, map.folder.as_deref(), place.content);
    // What the build was made from beats what the file has become since: the line numbers belong to it.
    let text = match (&found, place.content) {
        (Some(found), _) if found.same => Some(found.text.as_str()),
        (_, Some(content)) => Some(content),
        (Some(found), None) => Some(found.text.as_str()),
        (None, None) => None,
    };
    let generated = Generated {
        abs_path: frame.abs_path.take().or_else(|| frame.filename.take()).unwrap_or_default(),
        lineno: frame.lineno.unwrap_or_default(),
        colno: frame.colno.unwrap_or_default(),
        function: frame.function.clone(),
    };
    if let Some(text) = text {
        frame.function = function(map, place, text, frame.function.take());
        context(frame, text, place.line);
    }
    frame.filename = Some(found.map_or_else(|| shown(&name), |found| found.path));
    frame.module = None;
    frame.lineno = Some(place.line.saturating_add(1));
    frame.colno = Some(place.column.saturating_add(1));
    frame.in_app = Some(!(name.vendor || name.runtime || place.ignored));
    frame.generated = Some(Box::new(generated));
}

/// The name of a source that is no file of the workspace. Where a library was installed says nothing of the fault.
fn shown(name: &SourceName) -> String {
    if let Some((_, library)) = name.path.rsplit_once("node_modules/") {
        return format!("node_modules/{library}");
    }
    if name.path.starts_with('/') { name.path.clone() } else { name.tail().to_owned() }
}

/// A frame of a file that is its own source: its own lines are shown.
fn itself(workspace: &Workspace, frame: &mut Frame, path: &std::path::Path) {
    let Some(relative) = workspace.relative(path) else { return };
    let vendor = source_name::normal(&relative).vendor;
    if let Some(line) = frame.lineno.and_then(|line| line.checked_sub(1))
        && frame.context_line.is_none()
        && let Some(text) = workspace.read(path).and_then(|bytes| String::from_utf8(bytes).ok())
    {
        context(frame, &text, line);
    }
    frame.filename = Some(relative);
    frame.in_app = Some(frame.in_app.unwrap_or(true) && !vendor);
}

/// The original name of the function around the place. `built` is its name in the built code, perhaps minified.
fn function(map: &Map, place: &Place<'_>, text: &str, built: Option<String>) -> Option<String> {
    match map.scopes(place.id, text).at(place.line, place.column) {
        Some(Some(name)) => Some(name.to_owned()),
        // An engine says at least what a nameless function is of: `HTMLButtonElement.<anonymous>`.
        Some(None) => built.filter(|built| built.contains("<anonymous>")).or_else(|| Some("<anonymous>".to_owned())),
        None => built,
    }
}

/// Sets the lines around a 0-based line.
fn context(frame: &mut Frame, text: &str, line: u32) {
    let line = line as usize;
    let mut lines = text.lines().skip(line.saturating_sub(CONTEXT)).map(cut);
    let before: Vec<String> = lines.by_ref().take(line.min(CONTEXT)).collect();
    let Some(middle) = lines.next() else { return };
    frame.pre_context = before;
    frame.context_line = Some(middle);
    frame.post_context = lines.take(CONTEXT).collect();
}

fn cut(line: &str) -> String {
    match line.char_indices().nth(MAX_LINE) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line.to_owned(),
    }
}
