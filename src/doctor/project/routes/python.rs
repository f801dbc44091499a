//! Endpoints of Django, Flask, FastAPI and Starlette, found by their text.

use std::sync::LazyLock;

use regex::Regex;

use crate::doctor::{
    files::Files,
    project::{App, Tree, Word, aside::is_aside},
    script::Span,
};

use super::{Form, Pattern, Route, Segment};

/// `@app.route("/x", methods=["POST"])`, `@bp.post("/x")`
static DECORATED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"@[\w.]+\.(route|get|post|put|patch|delete|api_route|websocket)\(\s*(?:path\s*=\s*)?["']([^"'\n]*)["']([^)]*)\)"#).ok()
});
/// `path("x/", view)`, `re_path(r"^x/$", view)`, `Route("/x", view)`
static LISTED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r#"\b(path|re_path|url|Route|Mount|add_url_rule|add_api_route|add_route)\(\s*r?["']([^"'\n]*)["']([^)]*)"#,
    )
    .ok()
});
/// What puts something before the addresses of other files.
static PREFIXED: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"\burl_prefix\s*=|\bprefix\s*=\s*["'/fA-Z]|\binclude\(|\bMount\("#).ok());
/// Files that are read.
const MAX_FILES: usize = 1_000;

/// Finds the endpoints.
pub(super) fn read(files: &Files, tree: &Tree, app: &App) -> Vec<Route> {
    let (mut routes, mut prefixed) = (Vec::new(), false);
    let paths = app.mentioning(tree, Word::SERVER | Word::SENTRY | Word::ENVELOPE);
    let paths = paths.filter(|path| path.ends_with(".py") && !is_aside(path, &app.folder));
    for path in paths.take(MAX_FILES) {
        let Ok(Some(text)) = files.read(path) else { continue };
        prefixed |= PREFIXED.as_ref().is_some_and(|regex| regex.is_match(&text));
        for regex in [&*DECORATED, &*LISTED].into_iter().flatten() {
            for found in regex.captures_iter(&text) {
                let get = |at: usize| found.get(at).map(|part| part.as_str()).unwrap_or_default();
                let span = found.get(0).map(|all| Span { start: all.start(), end: all.end() });
                routes.push(route(path, get(1), get(2), get(3), span));
            }
        }
    }
    if prefixed {
        routes.iter_mut().for_each(|route| route.pattern.0.insert(0, Segment::Rest));
    }
    routes
}

fn route(path: &str, name: &str, address: &str, rest: &str, span: Option<Span>) -> Route {
    let named = ["POST", "GET", "PUT", "PATCH", "DELETE"].into_iter().filter(|method| rest.contains(method));
    let methods: Vec<String> = match name {
        "get" | "post" | "put" | "patch" | "delete" => vec![name.to_ascii_uppercase()],
        // Flask answers GET alone where nothing is said.
        "route" if !rest.contains("methods") => vec!["GET".to_owned()],
        "route" | "api_route" | "add_url_rule" | "add_api_route" | "Route" => named.map(str::to_owned).collect(),
        _ => Vec::new(),
    };
    let plain = address.trim_start_matches('^').trim_end_matches('$').replace("/?", "/");
    let segment = |part: &str| {
        if part.contains("path:") {
            Segment::Rest
        } else if part.contains(['<', '{', '(', '[', '\\', '*', '+']) {
            Segment::Any
        } else {
            Segment::Text(part.to_owned())
        }
    };
    let mut segments: Vec<Segment> = plain.split('/').filter(|part| !part.is_empty()).map(segment).collect();
    if name == "Mount" {
        segments.push(Segment::Rest);
    }
    Route {
        address: format!("/{}", plain.trim_start_matches('/')),
        pattern: Pattern(segments),
        methods,
        path: path.to_owned(),
        span,
        form: Form::Python,
        handlers: Vec::new(),
    }
}
