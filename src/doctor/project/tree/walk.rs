//! The walk itself.

use std::{
    fs::{self, DirEntry},
    path::Path,
};

use ignore::{
    Match,
    gitignore::{Gitignore, GitignoreBuilder},
};

use crate::doctor::files::{self, Files};

use super::{
    Tree,
    git::{self, Repository},
};

/// Files and folders that are looked at.
const MAX_ENTRIES: usize = 100_000;
/// Folders within folders.
const MAX_DEPTH: usize = 64;
/// A file of rules.
const MAX_RULES: u64 = 256 * 1024;

/// Folders that no person writes in, wherever they are.
const NEVER: [&str; 28] = [
    ".angular",
    ".astro",
    ".cache",
    ".git",
    ".hg",
    ".mypy_cache",
    ".netlify",
    ".next",
    ".nuxt",
    ".output",
    ".parcel-cache",
    ".pnpm-store",
    ".pytest_cache",
    ".ruff_cache",
    ".serverless",
    ".svelte-kit",
    ".svn",
    ".tox",
    ".turbo",
    ".venv",
    ".vercel",
    ".yarn",
    "__pycache__",
    "bower_components",
    "jspm_packages",
    "node_modules",
    "site-packages",
    ".fixloop",
];
/// Folders that a build writes where they lie beside the file that describes it; elsewhere they may be anything, like the
/// folder of a page named `/build`.
const BUILT: [&str; 7] = ["build", "coverage", "dist", "htmlcov", "out", "storybook-static", "target"];
/// Files that a build is described by.
const DESCRIBES: [&str; 10] = [
    "package.json",
    "pyproject.toml",
    "setup.py",
    "setup.cfg",
    "requirements.txt",
    "manage.py",
    "Cargo.toml",
    "pom.xml",
    "build.gradle",
    "composer.json",
];

struct Walk<'a> {
    files: &'a Files,
    tree: &'a mut Tree,
    /// Rules of the folders from the outermost to the one that is walked.
    rules: Vec<Gitignore>,
    seen: usize,
}

/// Fills `paths` and `ignored`.
pub(super) fn walk(files: &Files, repository: Option<&Repository>, tree: &mut Tree) {
    let mut rules = Vec::new();
    if let Some(repository) = repository {
        rules.extend(read_rules(&repository.root, &repository.common.join("info/exclude")));
        let above = files.root().ancestors().skip(1).take_while(|folder| folder.starts_with(&repository.root));
        let mut above: Vec<&Path> = above.collect();
        above.reverse();
        rules.extend(above.iter().filter_map(|folder| read_rules(folder, &folder.join(".gitignore"))));
    }
    let mut walk = Walk { files, tree, rules, seen: 0 };
    walk.folder(files.root(), "", 0);
    if walk.seen > MAX_ENTRIES {
        let why = format!("it has more than {MAX_ENTRIES} files and folders; the rest was not looked at");
        walk.tree.skip("", why);
    }
}

impl Walk<'_> {
    /// Walks a folder; `name` is empty or ends with a slash.
    fn folder(&mut self, folder: &Path, name: &str, depth: usize) {
        let shown = || if name.is_empty() { ".".to_owned() } else { name.to_owned() };
        if depth > MAX_DEPTH {
            return self.tree.skip(shown(), format!("it lies deeper than {MAX_DEPTH} folders"));
        }
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) => return self.tree.skip(shown(), format!("it cannot be read: {error}")),
        };
        let mut entries: Vec<DirEntry> =
            entries.filter_map(Result::ok).take((MAX_ENTRIES + 1).saturating_sub(self.seen)).collect();
        entries.sort_by_key(DirEntry::file_name);
        self.seen += entries.len();
        let has = |wanted: &str| entries.iter().any(|entry| entry.file_name() == wanted);
        let rules = has(".gitignore").then(|| read_rules(folder, &folder.join(".gitignore"))).flatten();
        let has_rules = rules.is_some();
        self.rules.extend(rules);
        let builds_here = DESCRIBES.iter().any(|name| has(name));
        for entry in &entries {
            self.entry(entry, name, depth, builds_here);
        }
        if has_rules {
            self.rules.pop();
        }
    }

    fn entry(&mut self, entry: &DirEntry, folder: &str, depth: usize, builds_here: bool) {
        let name = match entry.file_name().into_string() {
            Ok(name) => name,
            Err(name) => {
                let path = format!("{folder}{}", name.to_string_lossy());
                return self.tree.skip(path, "its name is no text in UTF-8");
            }
        };
        let path = format!("{folder}{name}");
        let kind = match entry.file_type() {
            Ok(kind) => kind,
            Err(error) => return self.tree.skip(path, format!("it cannot be read: {error}")),
        };
        if kind.is_dir() {
            let is_built = builds_here && BUILT.contains(&name.as_str());
            if NEVER.contains(&name.as_str()) || is_built || self.is_ignored(&entry.path(), true) {
                return;
            }
            self.deeper(&entry.path(), path, depth);
        } else if kind.is_file() || (kind.is_symlink() && self.is_file_here(&entry.path(), &path)) {
            self.file(&entry.path(), path, &name);
        }
    }

    fn deeper(&mut self, folder: &Path, path: String, depth: usize) {
        if self.seen > MAX_ENTRIES {
            return;
        }
        if folder.join("pyvenv.cfg").exists() {
            return;
        }
        if git::is_worktree(folder) {
            return self.tree.skip(path, "it is another working copy of a repository");
        }
        self.folder(folder, &format!("{path}/"), depth + 1);
    }

    fn file(&mut self, real: &Path, path: String, name: &str) {
        if self.is_ignored(real, false) {
            if !keeps_secrets(name) && !self.tree.tracked.as_ref().is_some_and(|all| all.contains(&path)) {
                return;
            }
            self.tree.ignored.insert(path.clone());
        }
        self.tree.paths.insert(path);
    }

    /// Whether a link leads to a file of the workspace. Folders that links lead to are walked under their own names.
    fn is_file_here(&mut self, link: &Path, path: &str) -> bool {
        match fs::canonicalize(link) {
            Err(error) => self.tree.skip(path, format!("the link cannot be followed: {error}")),
            Ok(real) if !real.starts_with(self.files.root()) => {
                self.tree.skip(path, "the link leads out of the workspace");
            }
            Ok(real) if real.is_dir() => self.tree.skip(path, "the link leads to a folder of the workspace"),
            Ok(real) => return real.is_file(),
        }
        false
    }

    fn is_ignored(&self, path: &Path, is_folder: bool) -> bool {
        let decided = self.rules.iter().rev().map(|rules| rules.matched(path, is_folder));
        matches!(decided.into_iter().find(|found| !found.is_none()), Some(Match::Ignore(_)))
    }
}

/// Whether a file of this name is where variables and tokens are kept.
pub(super) fn keeps_secrets(name: &str) -> bool {
    name == ".env" || name.starts_with(".env.") || name == ".sentryclirc" || name == "sentry.properties"
}

/// The rules that a file has for a folder; wrong lines of it are left out.
fn read_rules(folder: &Path, file: &Path) -> Option<Gitignore> {
    let bytes = files::bytes(file, MAX_RULES).ok()?;
    let mut rules = GitignoreBuilder::new(folder);
    for line in String::from_utf8_lossy(&bytes).lines() {
        let _wrong = rules.add_line(None, line);
    }
    rules.build().ok()
}
