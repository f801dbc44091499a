//! What a build left in `.next`: the truth where reading the source cannot tell, as long as the source has not changed since.

use std::time::SystemTime;

use serde_json::Value as Json;

use crate::doctor::{files::Files, script::Value};

use super::NextApp;

/// Larger manifests are not read.
const MAX_MANIFEST: u64 = 32 * 1024 * 1024;

/// What a build says.
#[derive(Debug, Clone)]
pub struct Built {
    /// Path of the folder: `.next/`.
    pub folder: String,
    /// routes-manifest.json: `basePath`, `redirects`, `headers`, `rewrites`, each with a `regex`.
    pub routes: Json,
    /// Regular expressions of the middleware's matchers; empty = there is no middleware. None = not known.
    pub matchers: Option<Vec<String>>,
}

impl Built {
    /// `basePath`.
    pub fn base_path(&self) -> Option<String> {
        self.routes.get("basePath")?.as_str().map(str::to_owned)
    }

    /// Source, destination and regular expression of each rewrite, in the order in which they are looked at.
    pub fn rewrites(&self) -> Vec<(&str, &str, &str)> {
        let lists = match self.routes.get("rewrites") {
            Some(list @ Json::Array(_)) => vec![list],
            Some(lists) => {
                ["beforeFiles", "afterFiles", "fallback"].iter().filter_map(|name| lists.get(*name)).collect()
            }
            None => Vec::new(),
        };
        let rewrites = lists.into_iter().filter_map(Json::as_array).flatten();
        rewrites
            .filter_map(|rewrite| {
                let text = |name: &str| rewrite.get(name).and_then(Json::as_str);
                Some((text("source")?, text("destination")?, text("regex")?))
            })
            .collect()
    }
}

/// Reads the manifests of a build; none where there are none, or where the source is newer.
pub(super) fn read(files: &Files, folder: &str, next: &NextApp) -> Option<Built> {
    let chosen = next.option("distDir").map(|option| &option.value).and_then(Value::text);
    let chosen = chosen.as_deref().unwrap_or(".next").trim_start_matches("./").trim_end_matches('/');
    let dist = format!("{folder}{chosen}/");
    let manifest = format!("{dist}routes-manifest.json");
    let built = files.modified(&manifest)?;
    let newer = |path: &String| files.modified(path).is_none_or(|changed: SystemTime| changed > built);
    if next.config.iter().chain(&next.middleware).any(newer) {
        return None;
    }
    let json = |path: String| -> Option<Json> {
        serde_json::from_str(&files.read_up_to(&path, MAX_MANIFEST).ok().flatten()?).ok()
    };
    let routes = json(manifest)?;
    let edge = json(format!("{dist}server/middleware-manifest.json"));
    let node = json(format!("{dist}server/functions-config-manifest.json"));
    let matchers = |entry: Option<&Json>| -> Option<Vec<String>> {
        let list = entry?.get("matchers")?.as_array()?;
        Some(list.iter().filter_map(|each| Some(each.get("regexp")?.as_str()?.to_owned())).collect())
    };
    let of_edge = matchers(edge.as_ref().and_then(|edge| edge.get("middleware")?.get("/")));
    let of_node = matchers(node.as_ref().and_then(|node| node.get("functions")?.get("/_middleware")));
    let matchers = of_edge.or(of_node).or(edge.map(|_| Vec::new()));
    Some(Built { folder: dist, routes, matchers })
}
