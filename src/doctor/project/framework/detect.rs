//! What decides that a folder is an app, and of which kind. A package that only others use is none.

use std::collections::BTreeSet;

use crate::doctor::project::{
    Kind, Package, Tree, Word,
    package::{Manifest, is_sdk},
};

/// Packages that make a server for Node.js.
const SERVERS: [&str; 9] =
    ["express", "fastify", "koa", "@hapi/hapi", "hono", "@hono/node-server", "@nestjs/core", "polka", "restify"];
/// SDKs of Sentry that run on a server only.
const SERVER_SDKS: [&str; 6] = [
    "@sentry/node",
    "@sentry/nestjs",
    "@sentry/bun",
    "@sentry/aws-serverless",
    "@sentry/google-cloud-serverless",
    "@sentry/opentelemetry",
];
/// Packages of Remix, and of React Router as a framework.
const REMIX: [&str; 6] = [
    "@remix-run/dev",
    "@remix-run/react",
    "@remix-run/node",
    "@react-router/dev",
    "@react-router/node",
    "@react-router/serve",
];
const SCRIPTS: [&str; 4] = ["js", "mjs", "cjs", "ts"];

/// The kind of app that a package.json describes; none = it is no app.
pub(super) fn script(manifest: &Manifest, tree: &Tree, used: &BTreeSet<String>) -> Option<Kind> {
    let folder = &manifest.folder;
    let has = |path: &str| tree.has(&format!("{folder}{path}"));
    let has_folder = |path: &str| tree.below(&format!("{folder}{path}/")).next().is_some();
    let has_config = |name: &str| has_script(tree, folder, name);
    let brings = |name: &str| manifest.brings(name);
    // A package that another of the workspace asks for is a part of it, unless it can be nothing but an app.
    let is_part = manifest.name.as_ref().is_some_and(|name| used.contains(name));
    if brings("next") && has_config("next.config") {
        return Some(Kind::Next);
    }
    if brings("nuxt") && has_config("nuxt.config") {
        return Some(Kind::Nuxt);
    }
    if is_part {
        return None;
    }
    let has_sentry = manifest.wanted.keys().any(|name| is_sdk(name)) && has_own_sentry(manifest, tree);
    let pages = ["app", "pages", "src/app", "src/pages"];
    let has_page = || has("index.html") || has("src/index.html") || has("public/index.html");
    let kinds = [
        (brings("next") && pages.iter().any(|path| has_folder(path)), Kind::Next),
        (brings("nuxt") && (has("app.vue") || has("app/app.vue") || has_folder("pages")), Kind::Nuxt),
        (brings("@sveltejs/kit") && (has("src/app.html") || has_folder("src/routes")), Kind::SvelteKit),
        (REMIX.iter().any(|name| brings(name)) && has_folder("app"), Kind::Remix),
        (brings("astro") && (has_config("astro.config") || has_folder("src/pages")), Kind::Astro),
        (brings("@angular/core") && (has("angular.json") || has("project.json") || has("src/main.ts")), Kind::Angular),
        (brings("vite") && (has_page() || (has_sentry && !is_server(manifest))), Kind::Vite),
        (
            is_server(manifest) && (has_sentry || SERVERS.iter().any(|name| manifest.runs_with.contains(*name))),
            Kind::Node,
        ),
        (has_sentry, Kind::Other),
    ];
    kinds.into_iter().find_map(|(holds, kind)| holds.then_some(kind))
}

/// Whether a package that is no app has set-ups of its own that are not the app's around it.
pub(super) fn is_apart(manifest: &Manifest) -> bool {
    !manifest.folder.is_empty() && manifest.wanted.keys().any(|name| is_sdk(name) || decides(name))
}

/// The kind of app that a folder with a program in Python is; none = it is no app.
pub(super) fn python(package: &Package, folder: &str, tree: &Tree) -> Option<Kind> {
    let kinds = [
        (package.has("django") || tree.has(&format!("{folder}manage.py")), Kind::Django),
        (package.has("fastapi") || package.has("starlette"), Kind::FastApi),
        (package.has("flask"), Kind::Flask),
        (package.has_sentry(), Kind::Python),
    ];
    kinds.into_iter().find_map(|(holds, kind)| holds.then_some(kind))
}

/// The package whose version is the framework's.
pub(super) fn package(kind: Kind, package: &Package) -> Option<&'static str> {
    let names: &[&'static str] = match kind {
        Kind::Next => &["next"],
        Kind::SvelteKit => &["@sveltejs/kit"],
        Kind::Nuxt => &["nuxt"],
        Kind::Remix => &REMIX,
        Kind::Astro => &["astro"],
        Kind::Angular => &["@angular/core"],
        Kind::Vite => &["vite"],
        Kind::Node => &SERVERS,
        Kind::Django => &["django"],
        Kind::Flask => &["flask"],
        Kind::FastApi => &["fastapi", "starlette"],
        Kind::Python | Kind::Other => &[],
    };
    names.iter().copied().find(|name| package.has(name))
}

/// Whether the version of a package is worth looking for in node_modules.
pub(super) fn decides(name: &str) -> bool {
    const FRAMEWORKS: [&str; 12] = [
        "next",
        "@sveltejs/kit",
        "nuxt",
        "astro",
        "@angular/core",
        "vite",
        "react",
        "helmet",
        "@fastify/helmet",
        "koa-helmet",
        "nuxt-security",
        "next-intl",
    ];
    FRAMEWORKS.contains(&name) || REMIX.contains(&name) || SERVERS.contains(&name) || name.starts_with("@sentry/")
}

fn is_server(manifest: &Manifest) -> bool {
    let runs_with = |names: &[&str]| names.iter().any(|name| manifest.runs_with.contains(*name));
    let has_client = manifest.wanted.keys().any(|name| is_sdk(name) && !SERVER_SDKS.contains(&name.as_str()));
    runs_with(&SERVERS) || (!has_client && SERVER_SDKS.iter().any(|name| manifest.wanted.contains_key(*name)))
}

/// Whether Sentry is for this package: the outermost of a workspace may ask for it on behalf of the others.
fn has_own_sentry(manifest: &Manifest, tree: &Tree) -> bool {
    let is_outermost = manifest.has_workspaces || tree.has(&format!("{}pnpm-workspace.yaml", manifest.folder));
    if !is_outermost {
        return true;
    }
    let own = tree.mentioning(Word::SENTRY).filter_map(|path| path.strip_prefix(manifest.folder.as_str()));
    let mut own =
        own.filter(|path| is_script(path) && !path.rsplit('/').next().is_some_and(|name| name.starts_with('.')));
    own.any(|path| {
        // No package.json between the outermost folder and the file.
        let folders = path.match_indices('/').filter_map(|(at, _)| path.get(..=at));
        let mut folders = folders.map(|inner| format!("{}{inner}package.json", manifest.folder));
        !folders.any(|manifest| tree.has(&manifest))
    })
}

fn is_script(path: &str) -> bool {
    let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
    SCRIPTS.contains(&extension) || ["mts", "cts", "tsx", "jsx", "vue", "svelte", "astro", "html"].contains(&extension)
}

/// Whether a folder has a script of this name, of any kind that a configuration is written in.
fn has_script(tree: &Tree, folder: &str, name: &str) -> bool {
    let head = format!("{folder}{name}.");
    let mut found = tree.below(&head).filter_map(|path| path.strip_prefix(head.as_str()));
    found.any(|extension| SCRIPTS.contains(&extension) || matches!(extension, "mts" | "cts"))
}
