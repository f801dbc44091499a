//! The folders of pages, the middleware's file, and who builds.

use crate::doctor::{
    project::{App, Tree},
    script::Value,
};

use super::NextApp;

const EXTENSIONS: [&str; 4] = ["tsx", "ts", "jsx", "js"];

/// Looks at the folders and at the scripts of package.json.
pub(super) fn read(tree: &Tree, app: &App, next: &mut NextApp) {
    let listed = next.option("pageExtensions").map(|option| &option.value);
    let listed: Vec<String> = listed.map(Value::items).unwrap_or_default().iter().filter_map(Value::text).collect();
    let listed: Vec<String> = listed.iter().map(|each| each.trim_start_matches('.').to_owned()).collect();
    next.extensions = if listed.is_empty() { EXTENSIONS.map(str::to_owned).to_vec() } else { listed };
    let folder = |name: &str| {
        let places = ["", "src/"].map(|place| format!("{}{place}{name}/", app.folder));
        places.into_iter().find(|path| tree.below(path).next().is_some())
    };
    next.app_folder = folder("app");
    next.pages_folder = folder("pages");
    middleware(tree, app, next);
    next.turbopack = turbopack(app);
}

/// The middleware stands beside `app` and `pages`; what stands elsewhere Next.js does not see.
fn middleware(tree: &Tree, app: &App, next: &mut NextApp) {
    let home = next.source_folder().unwrap_or(app.folder.as_str()).to_owned();
    let has_proxy = app.framework.version.as_ref().is_none_or(|version| version.is_at_least(16, 0, 0));
    for name in ["proxy", "middleware"] {
        for place in ["", "src/"] {
            let folder = format!("{}{place}", app.folder);
            let paths = next.extensions.iter().map(|extension| format!("{folder}{name}.{extension}"));
            let Some(path) = paths.into_iter().find(|path| tree.has(path)) else { continue };
            if folder == home && (name == "middleware" || has_proxy) {
                next.middleware.push(path);
            } else {
                next.misplaced.push(path);
            }
        }
    }
}

/// Whether a production build is one of Turbopack.
fn turbopack(app: &App) -> Option<bool> {
    let builds = app.package.scripts.values().filter(|script| script.contains("next build"));
    let flag = |names: &[&str]| {
        builds.clone().any(|script| {
            let command = script.split("next build").nth(1).unwrap_or_default();
            let command = command.split(['&', ';', '|']).next().unwrap_or_default();
            command.split_whitespace().any(|word| names.contains(&word))
        })
    };
    if flag(&["--webpack"]) {
        return Some(false);
    }
    if flag(&["--turbo", "--turbopack"]) {
        return Some(true);
    }
    app.framework.version.as_ref().map(|version| version.is_at_least(16, 0, 0))
}
