//! Endpoints whose address is the name of their file.

use crate::doctor::{
    project::{App, Tree, Word},
    script::{
        self, Value,
        tree::{Exports, Expr, Node},
    },
};

use super::{Form, Pattern, Route, Segment, is_script};

/// Calls within calls of `routes.ts`.
const MAX_DEPTH: usize = 16;

/// Next.js: `app/**/route.ts`, `app/**/page.tsx`, `pages/**`.
pub(super) fn next(tree: &Tree, app: &App) -> Vec<Route> {
    let Some(next) = &app.next else { return Vec::new() };
    let mut routes = Vec::new();
    let stem = |path: &'_ str| -> Option<String> {
        next.extensions.iter().find_map(|end| path.strip_suffix(end.as_str())?.strip_suffix('.')).map(str::to_owned)
    };
    if let Some(folder) = &next.app_folder {
        for path in tree.below(folder) {
            let Some(stem) = path.strip_prefix(folder.as_str()).and_then(stem) else { continue };
            let (parents, name) = stem.rsplit_once('/').unwrap_or(("", &stem));
            let form = match name {
                "route" => Form::Methods,
                "page" => Form::Page,
                _ => continue,
            };
            let intercepts = |part: &str| ["(.)", "(..)", "(...)"].iter().any(|mark| part.starts_with(mark));
            if parents.split('/').any(|part| part.starts_with('_') || intercepts(part)) {
                continue;
            }
            let shown = parents.split('/').filter(|part| !part.starts_with('(') && !part.starts_with('@'));
            routes.push(named(shown, path, form));
        }
    }
    if let Some(folder) = &next.pages_folder {
        for path in tree.below(folder) {
            let Some(stem) = path.strip_prefix(folder.as_str()).and_then(stem) else { continue };
            let is_api = stem.starts_with("api/") || stem == "api";
            if stem.starts_with('_') {
                continue;
            }
            let shown = stem.strip_suffix("index").filter(|rest| rest.is_empty() || rest.ends_with('/'));
            let form = if is_api { Form::NextApi } else { Form::Page };
            routes.push(named(shown.unwrap_or(&stem).split('/'), path, form));
        }
    }
    routes
}

/// SvelteKit: `src/routes/**/+server.ts`.
pub(super) fn svelte(tree: &Tree, app: &App) -> Vec<Route> {
    let folder = format!("{}src/routes/", app.folder);
    let mut routes = Vec::new();
    for path in tree.below(&folder) {
        let Some((parents, name)) = path.strip_prefix(&folder).map(|path| path.rsplit_once('/').unwrap_or(("", path)))
        else {
            continue;
        };
        let form = match name {
            "+server.ts" | "+server.js" => Form::Methods,
            "+page.svelte" => Form::Page,
            _ => continue,
        };
        routes.push(named(parents.split('/').filter(|part| !part.starts_with('(')), path, form));
    }
    routes
}

/// Nuxt: `server/api/**`, `server/routes/**`, with the method at the end of the name.
pub(super) fn nuxt(tree: &Tree, app: &App) -> Vec<Route> {
    let mut routes = Vec::new();
    for (place, prefix) in [("server/api/", "api/"), ("server/routes/", "")] {
        for place in [place.to_owned(), format!("src/{place}")] {
            let folder = format!("{}{place}", app.folder);
            for path in tree.below(&folder).filter(|path| is_script(path)) {
                let Some((stem, _)) = path.strip_prefix(&folder).and_then(|path| path.rsplit_once('.')) else {
                    continue;
                };
                let (stem, method) = match stem.rsplit_once('.') {
                    Some((stem, method @ ("get" | "post" | "put" | "patch" | "delete" | "head" | "options"))) => {
                        (stem, Some(method.to_ascii_uppercase()))
                    }
                    _ => (stem, None),
                };
                let shown = stem.strip_suffix("index").filter(|rest| rest.is_empty() || rest.ends_with('/'));
                let full = format!("{prefix}{}", shown.unwrap_or(stem));
                let mut route = named(full.split('/'), path, Form::Nitro);
                route.methods = method.into_iter().collect();
                routes.push(route);
            }
        }
    }
    routes
}

/// Astro: `src/pages/**/*.ts`.
pub(super) fn astro(tree: &Tree, app: &App) -> Vec<Route> {
    let folder = format!("{}src/pages/", app.folder);
    let mut routes = Vec::new();
    for path in tree.below(&folder) {
        let Some((stem, extension)) = path.strip_prefix(&folder).and_then(|path| path.rsplit_once('.')) else {
            continue;
        };
        let form = match extension {
            "ts" | "js" | "mjs" => Form::Methods,
            "astro" | "md" | "mdx" | "html" => Form::Page,
            _ => continue,
        };
        let shown = stem.strip_suffix("index").filter(|rest| rest.is_empty() || rest.ends_with('/'));
        routes.push(named(shown.unwrap_or(stem).split('/'), path, form));
    }
    routes
}

/// Remix and React Router: `app/routes/**` of either convention, and what `app/routes.ts` says.
pub(super) fn remix(tree: &Tree, app: &App) -> Vec<Route> {
    let folder = format!("{}app/routes/", app.folder);
    let mut routes = Vec::new();
    for path in tree.below(&folder).filter(|path| is_script(path)) {
        let Some((stem, _)) = path.strip_prefix(&folder).and_then(|path| path.rsplit_once('.')) else { continue };
        match stem.rsplit_once('/') {
            // `routes/api.tunnel/route.ts`
            Some((parent, "route" | "index")) if !parent.contains('/') => routes.push(flat(parent, path)),
            // The first convention: folders, or several of them under a plus of remix-flat-routes.
            Some(_) => routes.push(flat(&stem.replace("+/", ".").replace('/', "."), path)),
            None => routes.push(flat(stem, path)),
        }
    }
    for extension in ["ts", "js", "mjs"] {
        let path = format!("{}app/routes.{extension}", app.folder);
        if let Some(Ok(module)) = app.modules.get(&path)
            && let Some(Exports::Value(value)) = module.export("default").map(|export| &export.value)
        {
            configured(app, &module, value, "", 0, &mut routes);
        }
    }
    routes
}

/// The address of a flat name: `api.tunnel`, `$lang.x`, `_auth.login`, `sitemap[.]xml`, `files.$`.
fn flat(stem: &str, path: &str) -> Route {
    let (mut parts, mut part, mut escaped) = (Vec::new(), String::new(), false);
    for c in stem.chars() {
        match c {
            '[' => escaped = true,
            ']' => escaped = false,
            '.' if !escaped => parts.push(std::mem::take(&mut part)),
            c => part.push(c),
        }
    }
    parts.push(part);
    let index = parts.last().is_some_and(|last| last == "_index" || last == "index");
    if index {
        parts.pop();
    }
    let shown = parts.iter().filter(|part| !part.starts_with('_')).map(|part| part.trim_end_matches('_'));
    let shown: Vec<&str> = shown.collect();
    route(&shown, path, Form::Remix)
}

/// `route(path, file, children)`, `index(file)`, `layout(file, children)`, `prefix(path, children)` of `routes.ts`.
fn configured(
    app: &App,
    module: &std::sync::Arc<script::tree::Module>,
    value: &Expr,
    prefix: &str,
    depth: usize,
    routes: &mut Vec<Route>,
) {
    if depth > MAX_DEPTH {
        return;
    }
    match &value.node {
        Node::List(items) => {
            items.iter().for_each(|item| configured(app, module, &item.value, prefix, depth + 1, routes));
        }
        Node::Await(inner) => configured(app, module, inner, prefix, depth + 1, routes),
        Node::Call(callee, items, false) => {
            let Some(name) = callee.dotted().and_then(|path| path.last().map(|name| (*name).to_owned())) else {
                return;
            };
            let text =
                |at: usize| items.get(at).and_then(|item| script::evaluate(&app.modules, module, &item.value).text());
            let (address, file, children) = match name.as_str() {
                "route" => (text(0).unwrap_or_default(), text(1), items.get(2..).unwrap_or_default()),
                "index" => (String::new(), text(0), &[] as &[_]),
                "layout" => (String::new(), None, items.get(1..).unwrap_or_default()),
                "prefix" => (text(0).unwrap_or_default(), None, items.get(1..).unwrap_or_default()),
                _ => return,
            };
            let full = format!("{prefix}/{}", address.trim_matches('/'));
            if let Some(file) = file {
                let parts: Vec<&str> = full.split('/').collect();
                let path = format!("{}app/{}", app.folder, file.trim_start_matches("./"));
                let mut found = route(&parts, &path, Form::Remix);
                found.span = None;
                routes.push(found);
            }
            for child in children {
                configured(app, module, &child.value, &full, depth + 1, routes);
            }
        }
        _ => {
            // A name, or what a helper gives.
            let evaluated: Value = script::evaluate(&app.modules, module, value);
            if evaluated.items().is_empty()
                && let Node::Name(name) = &value.node
                && let Some(script::tree::Bound::Value(init, _)) =
                    module.binding(name, value.span.start).map(|b| &b.value)
            {
                configured(app, module, &init.clone(), prefix, depth + 1, routes);
            }
        }
    }
}

/// A route of names in the way of Next.js, SvelteKit, Nuxt and Astro: `[id]`, `[...rest]`, `[[...rest]]`, `[[id]]`.
fn named<'a>(parts: impl Iterator<Item = &'a str>, path: &str, form: Form) -> Route {
    let parts: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
    let segment = |part: &&str| -> Segment {
        // In Next.js a rest has one segment at least, elsewhere it may be empty.
        let some =
            if path.ends_with("+server.ts") || path.ends_with("+server.js") { Segment::Rest } else { Segment::Some };
        match *part {
            part if part.starts_with("[[...") => Segment::Rest,
            part if part.starts_with("[...") => some,
            part if part.starts_with("[[") => Segment::Optional,
            part if part.contains('[') => Segment::Any,
            part => Segment::Text(part.replace("%5F", "_")),
        }
    };
    let pattern = Pattern(parts.iter().map(segment).collect());
    Route {
        address: format!("/{}", parts.join("/")),
        pattern,
        methods: Vec::new(),
        path: path.to_owned(),
        span: None,
        form,
        handlers: Vec::new(),
    }
}

/// A route of names in the way of Remix: `$id`, `$`, `:id`, `:id?`, `*`, `(lang)`.
fn route(parts: &[&str], path: &str, form: Form) -> Route {
    let parts: Vec<&str> = parts.iter().copied().filter(|part| !part.is_empty()).collect();
    let segment = |part: &&str| match *part {
        "$" | "*" => Segment::Rest,
        part if part.starts_with('(') || part.ends_with('?') => Segment::Optional,
        part if part.starts_with(['$', ':']) => Segment::Any,
        part => Segment::Text(part.to_owned()),
    };
    let pattern = Pattern(parts.iter().map(segment).collect());
    Route {
        address: format!("/{}", parts.join("/")),
        pattern,
        methods: Vec::new(),
        path: path.to_owned(),
        span: None,
        form,
        handlers: Vec::new(),
    }
}

/// TanStack Start: `createFileRoute('/x')({ server: … })`, `createServerFileRoute('/x')`.
pub(super) fn tanstack(tree: &Tree, app: &App) -> Vec<Route> {
    let mut routes = Vec::new();
    let paths = app.mentioning(tree, Word::SENTRY | Word::ENVELOPE);
    for path in paths.filter(|path| is_script(path) && path.contains("routes/")) {
        let Some(Ok(module)) = app.modules.get(path) else { continue };
        if !module.imports.iter().any(|(source, _)| source.starts_with("@tanstack/")) {
            continue;
        }
        module.each(&mut |expr| {
            let Node::Call(callee, items, false) = &expr.node else { return };
            let makes = ["createFileRoute", "createServerFileRoute", "createAPIFileRoute"];
            if matches!(&callee.node, Node::Name(name) if makes.contains(&name.as_str()))
                && let Some(address) = items.first().and_then(|item| item.value.text())
            {
                routes.push(route(&address.split('/').collect::<Vec<_>>(), path, Form::Node));
            }
        });
    }
    routes
}
