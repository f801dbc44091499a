//! Names of files that neither Node.js nor TypeScript knows: packages of the workspace that are not installed, aliases of
//! Vite, files that Angular puts in place of others.

use std::{
    collections::BTreeMap,
    sync::{Arc, OnceLock},
};

use serde_json::Value;

use crate::doctor::{files::Files, project::Tree, script};

/// Manifests that are read for their names.
const MAX_MANIFESTS: usize = 500;
/// Conditions within conditions of `exports`.
const MAX_CONDITIONS: usize = 6;

/// The packages of a workspace by name, read when one is asked for.
#[derive(Debug, Clone, Default)]
pub struct Packages {
    manifests: Arc<Vec<String>>,
    names: Arc<OnceLock<BTreeMap<String, (String, Value)>>>,
}

impl Packages {
    /// Of a workspace.
    pub fn of(tree: &Tree) -> Self {
        let manifests = tree.paths.iter().filter(|path| path.ends_with("/package.json")).take(MAX_MANIFESTS);
        Self { manifests: Arc::new(manifests.cloned().collect()), names: Arc::default() }
    }

    /// The folder and manifest of a package.
    fn get(&self, files: &Files, name: &str) -> Option<&(String, Value)> {
        let read = |path: &String| {
            let manifest: Value = serde_json::from_str(&files.read(path).ok()??).ok()?;
            let name = manifest.get("name")?.as_str()?.to_owned();
            let folder = path.strip_suffix("package.json")?.to_owned();
            Some((name, (folder, manifest)))
        };
        self.names.get_or_init(|| self.manifests.iter().filter_map(read).collect()).get(name)
    }
}

/// What an app's own tools say of names.
#[derive(Debug, Default)]
pub(super) struct Other {
    packages: Packages,
    /// `@` → `apps/web/src`
    aliases: Vec<(String, String)>,
    /// A file → the one that a production build takes in its place.
    replaced: BTreeMap<String, String>,
}

impl Other {
    pub(super) fn of(files: &Files, packages: &Packages, tree: &Tree, folder: &str) -> Self {
        let mut other = Self { packages: packages.clone(), ..Self::default() };
        let text = |name: &str| {
            let path = format!("{folder}{name}");
            if tree.has(&path) { files.read(&path).ok().flatten() } else { None }
        };
        if let Some(angular) = text("angular.json").and_then(|text| serde_json::from_str(&text).ok()) {
            replacements(&angular, folder, &mut other.replaced, 0);
        }
        for ending in ["ts", "js", "mts", "mjs"] {
            let name = format!("vite.config.{ending}");
            if let Some(text) = text(&name) {
                other.aliases = aliases(&name, &text, folder);
            }
        }
        // What SvelteKit and Nuxt set themselves.
        let is_there = |inner: &str| tree.below(&format!("{folder}{inner}")).next().is_some();
        for (alias, inner) in [("$lib", "src/lib/"), ("~", "app/"), ("~", ""), ("@", "src/"), ("@", "app/"), ("@", "")]
        {
            if is_there(inner) {
                other.aliases.push((alias.to_owned(), format!("{folder}{inner}").trim_end_matches('/').to_owned()));
            }
        }
        other
    }

    /// Paths that a name can mean, relative to the workspace, with `./` before them.
    pub(super) fn candidates(&self, files: &Files, source: &str) -> Vec<String> {
        if source.starts_with('.') || source.starts_with('/') {
            return Vec::new();
        }
        let mut out = Vec::new();
        for (alias, folder) in &self.aliases {
            if let Some(rest) = source.strip_prefix(alias.as_str())
                && (rest.is_empty() || rest.starts_with('/'))
            {
                out.push(format!("./{folder}{rest}"));
            }
        }
        let parts = if source.starts_with('@') { 2 } else { 1 };
        let name = source.splitn(parts + 1, '/').take(parts).collect::<Vec<_>>().join("/");
        let rest = source.get(name.len()..).unwrap_or_default().trim_start_matches('/');
        if let Some((folder, manifest)) = self.packages.get(files, &name) {
            out.extend(within(folder, manifest, rest));
        }
        out
    }

    /// The file that a production build takes.
    pub(super) fn replaced(&self, path: String) -> String {
        self.replaced.get(&path).cloned().unwrap_or(path)
    }
}

/// Where a name within a package can lie: what the manifest says, and the source of what it says of a build.
fn within(folder: &str, manifest: &Value, rest: &str) -> Vec<String> {
    let key = if rest.is_empty() { ".".to_owned() } else { format!("./{rest}") };
    let mut said: Vec<String> = Vec::new();
    if let Some(exports) = manifest.get("exports") {
        let entry = exports.get(&key).or_else(|| (rest.is_empty() && exports.get(".").is_none()).then_some(exports));
        if let Some(entry) = entry {
            leaves(entry, 0, &mut said);
        }
        let stars = exports.as_object().into_iter().flatten().filter_map(|(pattern, entry)| {
            let (head, tail) = pattern.split_once('*')?;
            let star = key.strip_prefix(head)?.strip_suffix(tail)?;
            Some((star.to_owned(), entry))
        });
        for (star, entry) in stars {
            let mut paths = Vec::new();
            leaves(entry, 0, &mut paths);
            said.extend(paths.into_iter().map(|path| path.replace('*', &star)));
        }
    } else if rest.is_empty() {
        let fields = ["source", "module", "main", "types"].iter().filter_map(|name| manifest.get(*name)?.as_str());
        said.extend(fields.map(str::to_owned));
    } else {
        said.push(rest.to_owned());
    }
    let mut out = Vec::new();
    for path in said.iter().map(|path| path.trim_start_matches("./")) {
        if !path.ends_with(".d.ts") {
            out.push(format!("./{folder}{path}"));
        }
        // The build is not there: its source.
        for built in ["dist/", "build/", "lib/", "out/"] {
            if let Some(rest) = path.strip_prefix(built) {
                let stem = rest.trim_end_matches(".d.ts").trim_end_matches(".mjs").trim_end_matches(".cjs");
                out.push(format!("./{folder}src/{}", stem.trim_end_matches(".js")));
            }
        }
    }
    let inner = if rest.is_empty() { "index" } else { rest };
    out.push(format!("./{folder}src/{inner}"));
    out.push(format!("./{folder}{inner}"));
    out
}

/// The texts of a conditional export, those of types last.
fn leaves(entry: &Value, depth: usize, out: &mut Vec<String>) {
    match entry {
        Value::String(path) => out.push(path.clone()),
        Value::Object(conditions) if depth < MAX_CONDITIONS => {
            let order = |name: &str| usize::from(name == "types");
            let mut conditions: Vec<_> = conditions.iter().collect();
            conditions.sort_by_key(|(name, _)| order(name));
            conditions.into_iter().for_each(|(_, entry)| leaves(entry, depth + 1, out));
        }
        Value::Array(all) => all.iter().take(MAX_CONDITIONS).for_each(|entry| leaves(entry, MAX_CONDITIONS, out)),
        _ => {}
    }
}

/// `fileReplacements` of the production builds in angular.json.
fn replacements(value: &Value, folder: &str, out: &mut BTreeMap<String, String>, depth: usize) {
    let Value::Object(fields) = value else { return };
    if depth > 8 {
        return;
    }
    for (name, inner) in fields {
        if name == "fileReplacements" {
            continue;
        }
        if name == "production"
            && let Some(Value::Array(all)) = inner.get("fileReplacements")
        {
            for each in all {
                let of = |name: &str| each.get(name).and_then(Value::as_str).map(|path| format!("{folder}{path}"));
                if let (Some(from), Some(to)) = (of("replace"), of("with")) {
                    out.insert(from, to);
                }
            }
        }
        replacements(inner, folder, out, depth + 1);
    }
}

/// `resolve.alias` of a Vite configuration: the names with the relative path that their values speak of.
fn aliases(path: &str, text: &str, folder: &str) -> Vec<(String, String)> {
    let Ok(module) = script::module(path, text) else { return Vec::new() };
    let mut out = Vec::new();
    module.each(&mut |expr| {
        let Some(alias) = expr.property("alias") else { return };
        let script::tree::Node::Object(properties) = &alias.value.node else { return };
        for property in properties {
            let mut target: Option<String> = None;
            property.value.each(&mut |part| {
                if let Some(text) = part
                    .text()
                    .filter(|text| text.starts_with("./") || text.starts_with("src") || text.starts_with('/'))
                {
                    target.get_or_insert_with(|| text.trim_start_matches("./").trim_start_matches('/').to_owned());
                }
            });
            if let (Some(name), Some(target)) = (&property.name, target) {
                out.push((name.clone(), format!("{folder}{target}")));
            }
        }
    });
    out
}
