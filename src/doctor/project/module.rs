//! The scripts of an app, parsed when they are asked for and kept, and which file an import means.

mod other;

use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use oxc_resolver::{ResolveOptions, Resolver, TsconfigDiscovery};

use other::Other;
pub(super) use other::Packages;

use super::Tree;
use crate::doctor::{
    files::Files,
    script::{self, tree::Module},
};

/// Scripts of one app that are parsed.
const MAX_MODULES: usize = 2_000;

/// A script that was read, or why it was not.
type Parsed = Result<Arc<Module>, String>;

/// Parsed scripts.
#[derive(Default)]
pub struct Modules {
    files: Option<Files>,
    /// Env variables that the app's files set, for a production build.
    pub env: BTreeMap<String, String>,
    parsed: Mutex<HashMap<String, Option<Parsed>>>,
    /// Ways to files beside those of Node.js and TypeScript.
    other: Other,
    resolver: Option<Resolver>,
}

impl std::fmt::Debug for Modules {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Modules").finish_non_exhaustive()
    }
}

impl Modules {
    /// The scripts of a workspace.
    pub fn new(files: &Files) -> Self {
        let extensions = [".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs", ".json"];
        let options = ResolveOptions {
            extensions: extensions.map(str::to_owned).to_vec(),
            extension_alias: vec![
                (".js".to_owned(), vec![".ts".to_owned(), ".tsx".to_owned(), ".js".to_owned()]),
                (".mjs".to_owned(), vec![".mts".to_owned(), ".mjs".to_owned()]),
            ],
            condition_names: ["node", "import", "require", "default"].map(str::to_owned).to_vec(),
            main_fields: ["module", "main"].map(str::to_owned).to_vec(),
            tsconfig: Some(TsconfigDiscovery::Auto),
            ..ResolveOptions::default()
        };
        Self { files: Some(files.clone()), resolver: Some(Resolver::new(options)), ..Self::default() }
    }

    /// With what the workspace's packages and the app's bundler say of names.
    #[must_use]
    pub(super) fn with(mut self, packages: &Packages, tree: &Tree, folder: &str) -> Self {
        if let Some(files) = &self.files {
            self.other = Other::of(files, packages, tree, folder);
        }
        self
    }

    /// The script of a path relative to the workspace; none where there is no such file. The error says why it cannot be
    /// read.
    pub fn get(&self, path: &str) -> Option<Parsed> {
        let mut parsed = self.parsed.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = parsed.get(path) {
            return known.clone();
        }
        let read = if parsed.len() >= MAX_MODULES {
            Some(Err(format!("more than {MAX_MODULES} scripts are not read")))
        } else {
            self.read(path)
        };
        parsed.insert(path.to_owned(), read.clone());
        read
    }

    fn read(&self, path: &str) -> Option<Parsed> {
        match self.files.as_ref()?.read(path) {
            Ok(None) => None,
            Ok(Some(text)) => Some(script::module(path, &text).map(Arc::new)),
            Err(why) => Some(Err(why)),
        }
    }

    /// The path of the file that an import of `from` means, where it is one of the workspace and no dependency.
    pub fn resolve(&self, from: &str, source: &str) -> Option<String> {
        let found = self.found(from, source).or_else(|| {
            let files = self.files.as_ref()?;
            self.other.candidates(files, source).iter().find_map(|path| self.found("package.json", path))
        });
        found.map(|path| self.other.replaced(path))
    }

    /// What the resolver finds.
    fn found(&self, from: &str, source: &str) -> Option<String> {
        let root = self.files.as_ref()?.root();
        let found = self.resolver.as_ref()?.resolve_file(root.join(from), source).ok()?;
        let relative = found.path().strip_prefix(root).ok()?;
        if relative.components().any(|part| part.as_os_str() == "node_modules") {
            return None;
        }
        slashed(relative)
    }

    /// The module that an import of `from` means.
    pub fn imported(&self, from: &str, source: &str) -> Option<Arc<Module>> {
        self.get(&self.resolve(from, source)?)?.ok()
    }

    /// What could not be read of the scripts that were asked for, with why.
    pub fn failures(&self) -> Vec<(String, String)> {
        let parsed = self.parsed.lock().unwrap_or_else(PoisonError::into_inner);
        let failed = parsed.iter().filter_map(|(path, read)| match read {
            // Places in other files are looked up here too.
            Some(Err(why)) if super::aside::is_script(path) => Some((path.clone(), why.clone())),
            _ => None,
        });
        let mut failed: Vec<_> = failed.collect();
        failed.sort();
        failed
    }
}

/// A relative path with `/` on every system; none where it is no text.
fn slashed(path: &Path) -> Option<String> {
    let parts: Option<Vec<&str>> = path.components().map(|part| part.as_os_str().to_str()).collect();
    parts.map(|parts| parts.join("/"))
}
