//! Scripts of pages: those that a page loads, and those that stand in it.

use std::sync::Arc;

use crate::doctor::{
    files::Files,
    project::{
        App, Tree,
        aside::{is_aside, is_script},
    },
    script::{self, Hidden, Origin, Span},
};

use super::{Init, Runtime, entry::Entry, walk};

/// Pages that are looked into.
const MAX_PAGES: usize = 200;
/// Host of the loader, whose script brings the DSN.
const LOADER: &str = "js.sentry-cdn.com/";

/// Whether a file is sent to a browser as a page, or is the template of one.
pub(super) fn is_page(path: &str, folder: &str) -> bool {
    const ENDINGS: [&str; 12] =
        [".vue", ".svelte", ".astro", ".html", ".htm", ".ejs", ".hbs", ".njk", ".liquid", ".jinja", ".jinja2", ".twig"];
    ENDINGS.iter().any(|ending| path.ends_with(ending)) && !is_aside(path, folder)
}

/// A `<script>`.
struct Tag {
    /// Its attributes as they are written, in lower case names.
    head: String,
    /// Where it begins.
    at: usize,
    /// What stands in it.
    body: Span,
}

/// The scripts of a page. Templates are no clean HTML: what lies between the tags is taken as it is.
fn tags(text: &str) -> Vec<Tag> {
    let lower = text.to_ascii_lowercase();
    let (mut out, mut from) = (Vec::new(), 0);
    while let Some(at) = lower.get(from..).and_then(|rest| rest.find("<script")).map(|at| at + from) {
        let Some(open) = lower.get(at..).and_then(|rest| rest.find('>')).map(|end| end + at + 1) else { break };
        let close = lower.get(open..).and_then(|rest| rest.find("</script")).map_or(text.len(), |end| end + open);
        let head = text.get(at..open).unwrap_or_default().to_owned();
        out.push(Tag { head, at, body: Span { start: open, end: close } });
        from = close.max(open);
        if out.len() >= MAX_PAGES {
            break;
        }
    }
    out
}

/// The value of an attribute.
fn attribute<'t>(head: &'t str, name: &str) -> Option<&'t str> {
    let at = head.to_ascii_lowercase().find(&format!("{name}="))? + name.len() + 1;
    let rest = head.get(at..)?;
    let quote = rest.chars().next()?;
    match quote {
        '"' | '\'' => rest.get(1..)?.split(quote).next(),
        _ => rest.split(|c: char| c.is_whitespace() || c == '>').next(),
    }
}

/// The scripts that the pages of an app load from it.
pub(super) fn entries(files: &Files, tree: &Tree, app: &App) -> Vec<Entry> {
    let mut out: Vec<Entry> = Vec::new();
    for path in app.paths(tree).filter(|path| path.ends_with(".html") && !is_aside(path, &app.folder)).take(MAX_PAGES) {
        let Ok(Some(text)) = files.read(path) else { continue };
        let folder = path.rsplit_once('/').map(|(folder, _)| format!("{folder}/")).unwrap_or_default();
        for tag in tags(&text) {
            let Some(source) = attribute(&tag.head, "src").filter(|source| !source.contains("//")) else { continue };
            let source = source.split(['?', '#']).next().unwrap_or(source);
            let relative = source.trim_start_matches("./").trim_start_matches('/');
            let candidates = [
                format!("{folder}{relative}"),
                format!("{}{relative}", app.folder),
                format!("{}public/{relative}", app.folder),
                format!("{}static/{relative}", app.folder),
            ];
            if let Some(path) = candidates.into_iter().find(|path| tree.has(path) && is_script(path))
                && !out.iter().any(|entry| entry.path == path)
            {
                out.push(Entry { path, runtime: Runtime::Client });
            }
        }
    }
    out
}

/// Starts in the scripts that stand in a page, and the loader, which starts Sentry by itself.
pub(super) fn starts(files: &Files, app: &App, path: &str) -> Vec<Init> {
    let Ok(Some(text)) = files.read(path) else { return Vec::new() };
    let mut out = Vec::new();
    for tag in tags(&text) {
        if let Some(source) = attribute(&tag.head, "src").filter(|source| source.contains(LOADER)) {
            out.push(loader(path, source, tag.at, tag.body.start));
            continue;
        }
        let body = text.get(tag.body.start..tag.body.end).unwrap_or_default();
        if !body.contains("init") {
            continue;
        }
        // Blank up to the script: what is found in it has its place in the page.
        let blank = |part: &str| part.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }).collect::<String>();
        let padded = format!("{}{body}", blank(text.get(..tag.body.start).unwrap_or_default()));
        if let Ok(module) = script::module(path, &padded) {
            // A component runs where it is used, on the server too.
            let is_page = ![".vue", ".svelte", ".astro"].iter().any(|ending| path.ends_with(ending));
            let found = walk::alone(&app.modules, &Arc::new(module));
            out.extend(found.into_iter().map(|init| Init { sure: is_page, ..init }));
        }
    }
    out
}

/// The loader: the DSN is that of its key, the rest is set at sentry.io.
fn loader(path: &str, source: &str, start: usize, end: usize) -> Init {
    let at = Origin { path: path.into(), span: Span { start, end } };
    let hidden = Hidden { expression: source.to_owned(), at };
    Init {
        runtime: Runtime::Client,
        path: path.to_owned(),
        entry: path.to_owned(),
        span: Span { start, end },
        argument: None,
        from: String::new(),
        options: Vec::new(),
        conditions: Vec::new(),
        hidden: vec![hidden],
        reachable: true,
        sure: true,
    }
}
