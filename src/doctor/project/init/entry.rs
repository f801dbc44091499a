//! Which files a framework loads by itself, and where they run.

use crate::doctor::{
    files::Files,
    project::{
        App, Kind, Tree,
        aside::{ENDINGS, is_aside, is_script},
    },
    script::tree::Module,
};

use super::{Runtime, html};

/// A file that is loaded without an import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub path: String,
    pub runtime: Runtime,
}

/// The files of a name without its ending, in a folder, that are there.
fn named<'a>(tree: &'a Tree, folder: &str, name: &str) -> impl Iterator<Item = String> + use<'a> {
    let base = format!("{folder}{name}");
    ENDINGS.iter().map(move |ending| format!("{base}.{ending}")).filter(move |path| tree.has(path))
}

/// What the framework loads.
pub(super) fn entries(files: &Files, tree: &Tree, app: &App) -> Vec<Entry> {
    let folder = app.folder.as_str();
    let mut out = Vec::new();
    let mut add = |names: &[&str], runtimes: &[Runtime]| {
        for name in names {
            for path in named(tree, folder, name) {
                out.extend(runtimes.iter().map(|runtime| Entry { path: path.clone(), runtime: *runtime }));
            }
        }
    };
    const CLIENT: &[Runtime] = &[Runtime::Client];
    const SERVER: &[Runtime] = &[Runtime::Server];
    match app.framework.kind {
        Kind::Next => return next(tree, app),
        Kind::SvelteKit => {
            add(&["src/hooks.client", "src/hooks.client/index", "src/hooks"], CLIENT);
            add(&["src/instrumentation.server", "src/hooks.server", "src/hooks.server/index", "src/hooks"], SERVER);
        }
        Kind::Nuxt => {
            add(&["sentry.client.config", "app/sentry.client.config"], CLIENT);
            add(&["sentry.server.config", "server/sentry.server.config"], SERVER);
        }
        Kind::Remix => {
            add(&["app/entry.client", "src/entry.client"], CLIENT);
            add(
                &[
                    "instrument.server",
                    "instrumentation.server",
                    "instrument",
                    "app/entry.server",
                    "src/entry.server",
                    "server",
                    "server/index",
                ],
                SERVER,
            );
        }
        Kind::Astro => {
            add(&["sentry.client.config", "src/sentry.client.config"], CLIENT);
            add(&["sentry.server.config", "src/sentry.server.config"], SERVER);
        }
        Kind::Angular => {
            add(&["src/main"], CLIENT);
            add(&["src/main.server", "server", "src/server"], SERVER);
        }
        Kind::Vite | Kind::Node | Kind::Other | Kind::Django | Kind::Flask | Kind::FastApi | Kind::Python => {}
    }
    out.extend(html::entries(files, tree, app));
    out.extend(commands(tree, app));
    out
}

/// Next.js and the SDK's own injection.
fn next(tree: &Tree, app: &App) -> Vec<Entry> {
    let mut out = Vec::new();
    let folders = [app.folder.clone(), format!("{}src/", app.folder)];
    let sdk = app.package.version("@sentry/nextjs");
    for folder in &folders {
        for path in named(tree, folder, "instrumentation-client").chain(named(tree, folder, "sentry.client.config")) {
            out.push(Entry { path, runtime: Runtime::Client });
        }
        if sdk.as_ref().is_some_and(|sdk| sdk.major < 8) {
            out.extend(
                named(tree, folder, "sentry.server.config").map(|path| Entry { path, runtime: Runtime::Server }),
            );
            out.extend(named(tree, folder, "sentry.edge.config").map(|path| Entry { path, runtime: Runtime::Edge }));
        }
    }
    for path in instrumentation(tree, app) {
        if path.starts_with(&root(tree, app)) && !path.get(root(tree, app).len()..).unwrap_or_default().contains('/') {
            out.extend([Runtime::Server, Runtime::Edge].map(|runtime| Entry { path: path.clone(), runtime }));
        }
    }
    out
}

/// Every file named instrumentation, loaded or not: with page extensions there can be a word between.
pub(super) fn instrumentation(tree: &Tree, app: &App) -> Vec<String> {
    let mut out = Vec::new();
    for folder in [app.folder.clone(), format!("{}src/", app.folder)] {
        let within = tree.below(&folder).filter_map(|path| path.strip_prefix(&folder));
        let is = |name: &&str| name.starts_with("instrumentation.") && !name.contains('/') && is_script(name);
        out.extend(within.filter(is).filter(|name| !is_aside(name, "")).map(|name| format!("{folder}{name}")));
    }
    out
}

/// The folder that `app` and `pages` lie in: Next.js looks for middleware and instrumentation beside them, nowhere else.
pub(super) fn root(tree: &Tree, app: &App) -> String {
    let has = |folder: String| tree.below(&folder).next().is_some();
    let here = ["app/", "pages/"].iter().any(|inner| has(format!("{}{inner}", app.folder)));
    let in_src = ["src/app/", "src/pages/"].iter().any(|inner| has(format!("{}{inner}", app.folder)));
    if in_src && !here { format!("{}src/", app.folder) } else { app.folder.clone() }
}

/// What `node --import x y`, `node -r x y` and `tsx y` of the package's scripts load.
fn commands(tree: &Tree, app: &App) -> Vec<Entry> {
    let mut out: Vec<Entry> = Vec::new();
    for command in app.package.scripts.values() {
        let words = command.split(|c: char| c.is_whitespace() || "'\"=".contains(c));
        for word in words.filter(|word| is_script(word)) {
            let word = word.trim_start_matches("./");
            let built = ["dist/", "build/", "lib/", "out/"].iter().find_map(|folder| word.strip_prefix(folder));
            let mut candidates = vec![word.to_owned()];
            if let Some(rest) = built {
                let stem = rest.rsplit_once('.').map_or(rest, |(stem, _)| stem);
                let sources =
                    ENDINGS.iter().flat_map(|ending| [format!("src/{stem}.{ending}"), format!("{stem}.{ending}")]);
                candidates.extend(sources);
            }
            let found = candidates.into_iter().map(|path| format!("{}{path}", app.folder)).find(|path| tree.has(path));
            let Some(path) = found else { continue };
            let name = path.rsplit('/').next().unwrap_or(&path);
            // Tools of a build are no servers.
            if !is_aside(&path, &app.folder) && !name.contains("config") && !out.iter().any(|entry| entry.path == path)
            {
                out.push(Entry { path, runtime: Runtime::Server });
            }
        }
    }
    out
}

/// Where a start runs that nothing led to.
pub(super) struct Guess {
    pub runtimes: Vec<Runtime>,
    pub reachable: bool,
    pub sure: bool,
}

/// By name, directive and package.
pub(super) fn guess(app: &App, module: &Module, package: &str, entries: &[Entry]) -> Guess {
    let path = module.path.strip_prefix(&app.folder).unwrap_or(&module.path);
    let name = path.rsplit('/').next().unwrap_or(path);
    let certain = |runtime: Runtime, reachable: bool| Guess { runtimes: vec![runtime], reachable, sure: true };
    if let Some(entry) = entries.iter().find(|entry| entry.path == module.path) {
        return certain(entry.runtime, true);
    }
    let stem = name.split_once('.').map_or(name, |(stem, _)| stem);
    if super::is_next(app) && !module.path.contains("node_modules") {
        // Only loaded where something leads to it, and nothing does.
        if name.starts_with("sentry.server.config.") {
            return certain(Runtime::Server, false);
        }
        if name.starts_with("sentry.edge.config.") {
            return certain(Runtime::Edge, false);
        }
        if stem == "instrumentation" && !path.trim_start_matches("src/").contains('/') {
            return certain(Runtime::Server, false);
        }
        if name.starts_with("sentry.client.config.") || stem == "instrumentation-client" {
            return certain(Runtime::Client, false);
        }
    }
    let words: Vec<String> = path.split(|c: char| !c.is_ascii_alphanumeric()).map(str::to_ascii_lowercase).collect();
    let says = |any: &[&str]| words.iter().any(|word| any.contains(&word.as_str()));
    let one = |runtime| Guess { runtimes: vec![runtime], reachable: true, sure: false };
    match package_runtime(package) {
        Some(runtime) => one(runtime),
        None if module.directives.iter().any(|each| each == "use client") => one(Runtime::Client),
        None if says(&["edge", "middleware"]) => one(Runtime::Edge),
        None if says(&["client", "browser"]) => one(Runtime::Client),
        None if says(&["server", "api", "node"]) => one(Runtime::Server),
        None if says(&["app"]) && name.starts_with("_app.") => one(Runtime::Client),
        None => Guess { runtimes: vec![Runtime::Client, Runtime::Server], reachable: true, sure: false },
    }
}

/// Where an SDK runs that only runs in one place.
fn package_runtime(package: &str) -> Option<Runtime> {
    match package.trim_start_matches("@sentry/") {
        "" | "browser" | "react" | "vue" | "angular" | "angular-ivy" | "svelte" | "ember" | "gatsby" | "solid"
        | "capacitor" | "react-native" | "wasm" => Some(Runtime::Client),
        "node"
        | "node-core"
        | "bun"
        | "deno"
        | "nestjs"
        | "aws-serverless"
        | "google-cloud-serverless"
        | "serverless"
        | "profiling-node"
        | "hono"
        | "elysia"
        | "effect" => Some(Runtime::Server),
        "cloudflare" | "vercel-edge" => Some(Runtime::Edge),
        _ => None,
    }
}
