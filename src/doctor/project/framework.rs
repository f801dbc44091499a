//! Which apps a workspace has, and what each is made with.

mod detect;

use std::collections::{BTreeMap, BTreeSet};

use crate::doctor::files::Files;

use super::{
    App, Package, Tree, Version, Word,
    package::{Described, Locks, Manifest, is_sdk},
};

/// Packages of one workspace that are read.
const MAX_PACKAGES: usize = 1_000;
/// Apps that are looked at.
const MAX_APPS: usize = 200;
/// Folders that hold apps which nobody runs.
const NOT_RUN: [&str; 9] = [
    "__fixtures__",
    "__mocks__",
    "__tests__",
    "fixture",
    "fixtures",
    "template",
    "templates",
    "test-fixtures",
    "testdata",
];

/// A framework.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Framework {
    /// Which.
    pub kind: Kind,
    /// Its version; none = not known.
    pub version: Option<Version>,
}

/// The frameworks that are known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Kind {
    /// Next.js
    Next,
    /// SvelteKit
    SvelteKit,
    /// Nuxt
    Nuxt,
    /// Remix, or React Router as a framework
    Remix,
    /// Astro
    Astro,
    /// Angular
    Angular,
    /// Vite alone: React, Vue, Svelte or none
    Vite,
    /// Express, Fastify, Koa or another server for Node.js
    Node,
    /// Django
    Django,
    /// Flask
    Flask,
    /// FastAPI or Starlette
    FastApi,
    /// Another program in Python
    Python,
    /// A page without a build, or something not known
    #[default]
    Other,
}

impl Kind {
    /// Whether it is written in Python.
    pub fn is_python(self) -> bool {
        matches!(self, Self::Django | Self::Flask | Self::FastApi | Self::Python)
    }
}

impl App {
    /// Whether a file of the workspace is the app's own: below its folder, and in no app within it.
    pub fn owns(&self, path: &str) -> bool {
        path.starts_with(&self.folder) && !self.within.iter().any(|folder| path.starts_with(folder))
    }

    /// The app's own files, sorted.
    pub fn paths<'a>(&'a self, tree: &'a Tree) -> impl Iterator<Item = &'a str> {
        tree.below(&self.folder).filter(|path| self.owns(path))
    }

    /// The app's own files that mention any of these words, sorted.
    pub fn mentioning<'a>(&'a self, tree: &'a Tree, word: Word) -> impl Iterator<Item = &'a str> {
        tree.mentioning(word).filter(|path| self.owns(path))
    }
}

/// What the workspace's descriptions say, before it is decided which of them are apps.
struct Read {
    manifests: Vec<Manifest>,
    python: BTreeMap<String, Package>,
    /// Names that a package of the workspace asks for.
    used: BTreeSet<String>,
    locks: Locks,
}

/// The apps of a workspace, with package and framework.
pub(super) fn apps(files: &Files, tree: &mut Tree) -> Vec<App> {
    let mut read = read(files, tree);
    let mut folders: BTreeSet<String> = BTreeSet::new();
    let mut apps: Vec<App> = Vec::new();
    for manifest in &read.manifests {
        let Some(kind) = detect::script(manifest, tree, &read.used) else {
            // What is no app of its own still keeps its files from the app around it.
            if detect::is_apart(manifest) {
                folders.insert(manifest.folder.clone());
            }
            continue;
        };
        folders.insert(manifest.folder.clone());
        if is_run(&manifest.folder) {
            let (lock, locked) = read.locks.of(files, tree, manifest);
            let package = package(files, manifest, lock, locked);
            let version = detect::package(kind, &package).and_then(|name| package.version(name));
            apps.push(App::new(&manifest.folder, package, Framework { kind, version }));
        }
    }
    for (folder, package) in read.python {
        let Some(kind) = detect::python(&package, &folder, tree) else { continue };
        folders.insert(folder.clone());
        if is_run(&folder) {
            let version = detect::package(kind, &package).and_then(|name| package.version(name));
            apps.push(App::new(&folder, package, Framework { kind, version }));
        }
    }
    if apps.is_empty() && tree.mentioning(Word::SENTRY).any(|path| path.ends_with(".html")) {
        apps.push(App::default());
    }
    apps.sort_by(|a, b| a.folder.cmp(&b.folder));
    if apps.len() > MAX_APPS {
        tree.skip("", format!("it has {} apps; the first {MAX_APPS} were looked at", apps.len()));
        apps.truncate(MAX_APPS);
    }
    for app in &mut apps {
        let inner = folders.iter().filter(|folder| **folder != app.folder && folder.starts_with(&app.folder));
        app.within = inner.cloned().collect();
    }
    apps
}

impl App {
    fn new(folder: &str, package: Package, framework: Framework) -> Self {
        Self { folder: folder.to_owned(), package, framework, ..Self::default() }
    }
}

fn is_run(folder: &str) -> bool {
    !folder.split('/').any(|part| NOT_RUN.contains(&part))
}

fn read(files: &Files, tree: &mut Tree) -> Read {
    let is_manifest = |path: &&String| *path == "package.json" || path.ends_with("/package.json");
    let paths: Vec<String> = tree.paths.iter().filter(is_manifest).cloned().collect();
    if paths.len() > MAX_PACKAGES {
        tree.skip("", format!("it has {} packages; the first {MAX_PACKAGES} were looked at", paths.len()));
    }
    let mut manifests = Vec::new();
    for path in paths.iter().take(MAX_PACKAGES) {
        let folder = path.strip_suffix("package.json").unwrap_or_default();
        let read = files.read(path).map(Option::unwrap_or_default);
        match read.and_then(|text| Manifest::read(folder, &text)) {
            Ok(manifest) => manifests.push(manifest),
            Err(why) => tree.skip(path, why),
        }
    }
    let own: BTreeSet<&str> = manifests.iter().filter_map(|manifest| manifest.name.as_deref()).collect();
    let used = manifests.iter().flat_map(|manifest| manifest.wanted.keys());
    let used = used.filter(|name| own.contains(name.as_str())).cloned().collect();
    let mut described: BTreeMap<String, Described> = BTreeMap::new();
    for path in &tree.paths {
        if let Some(folder) = Described::folder(path) {
            described.entry(folder.to_owned()).or_default().add(path);
        }
    }
    let mut python: BTreeMap<String, Package> = BTreeMap::new();
    for (folder, described) in described.into_iter().take(MAX_PACKAGES) {
        let is_program = tree.below(&folder).any(|path| path.ends_with(".py"));
        let package = described.read(files, tree, &folder);
        // A program below the list of what it asks for: that list's folder is the app.
        let is_below = package.path.is_none() && python.keys().any(|outer| folder.starts_with(outer.as_str()));
        if is_program && !is_below {
            python.insert(folder, package);
        }
    }
    Read { manifests, python, used, locks: Locks::default() }
}

/// The package with the versions that are installed, else locked.
fn package(
    files: &Files,
    manifest: &Manifest,
    lock: Option<(super::Manager, String)>,
    locked: BTreeMap<String, Version>,
) -> Package {
    let mut exact = locked;
    let interesting = manifest.wanted.keys().filter(|name| is_sdk(name) || detect::decides(name));
    for name in interesting {
        if let Some(version) = installed(files, &manifest.folder, name) {
            exact.insert(name.clone(), version);
        }
    }
    Package {
        name: manifest.name.clone(),
        path: Some(format!("{}package.json", manifest.folder)),
        wanted: manifest.wanted.clone(),
        exact,
        scripts: manifest.scripts.clone(),
        node: manifest.node.clone(),
        lock,
    }
}

/// The version in node_modules: of the folder, else of the nearest above it that has the package.
fn installed(files: &Files, folder: &str, name: &str) -> Option<Version> {
    super::package::above(folder).into_iter().find_map(|folder| {
        let text = files.read(&format!("{folder}node_modules/{name}/package.json")).ok().flatten()?;
        let value: serde_json::Value = serde_json::from_str(&text).ok()?;
        Version::parse(value.get("version")?.as_str()?)
    })
}
