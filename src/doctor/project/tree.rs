//! The files of a workspace by name: walked once, ignored ones left out; and which of them mention what.

mod git;
mod survey;
mod walk;

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
};

use crate::doctor::files::Files;

pub use survey::{
    Word,
    tokens::{self, Exposed, Token},
};

/// Notes about what was left out that are kept.
const MAX_SKIPPED: usize = 100;

/// What is there.
#[derive(Debug, Default)]
pub struct Tree {
    /// Paths relative to the workspace with `/`, sorted. Folders of dependencies and builds are not walked, what git ignores
    /// is left out; files that hold variables and tokens (`.env.local`, `.sentryclirc`) are here even where git ignores them.
    pub paths: BTreeSet<String>,
    /// Those of `paths` that rules of git ignore; what is tracked is kept nevertheless.
    pub ignored: BTreeSet<String>,
    /// Paths that git tracks; none = this is no repository, or its index cannot be read.
    pub tracked: Option<BTreeSet<String>>,
    /// What was left out, and why: the first 100.
    pub skipped: Vec<Skipped>,
    /// How many more were left out.
    pub skipped_more: usize,
    /// Tokens of Sentry in files that are walked or tracked.
    pub tokens: Vec<Token>,
    /// Places of scripts that read a token out of a variable which the browser gets.
    pub exposed: Vec<Exposed>,
    words: BTreeMap<String, Word>,
}

/// Something that was not looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// Path relative to the workspace.
    pub path: String,
    /// Why: `it has 5 MiB, more than the 2 MiB that are read`.
    pub why: String,
}

impl Tree {
    /// Walks a workspace, and looks into its files for the words that decide who reads them.
    pub fn walk(files: &Files) -> Self {
        let mut tree = Self::default();
        let repository = git::Repository::of(files.root());
        tree.tracked = repository.as_ref().and_then(git::Repository::tracked);
        walk::walk(files, repository.as_ref(), &mut tree);
        survey::survey(files, &mut tree);
        tree
    }

    /// Whether git tracks a file; none = not known.
    pub fn is_tracked(&self, path: &str) -> Option<bool> {
        self.tracked.as_ref().map(|tracked| tracked.contains(path))
    }

    /// Whether there is a file at this path.
    pub fn has(&self, path: &str) -> bool {
        self.paths.contains(path)
    }

    /// Paths below a folder, which is empty or ends with a slash.
    pub fn below<'a>(&'a self, folder: &'a str) -> impl Iterator<Item = &'a str> {
        let from = self.paths.range::<str, _>((Bound::Included(folder), Bound::Unbounded));
        from.map(String::as_str).take_while(move |path| path.starts_with(folder))
    }

    /// Paths of files that mention any of these words, sorted: the only ones worth reading for what they stand for.
    pub fn mentioning(&self, word: Word) -> impl Iterator<Item = &str> {
        self.words.iter().filter(move |(_, words)| words.any(word)).map(|(path, _)| path.as_str())
    }

    /// Whether a file mentions any of these words.
    pub fn mentions(&self, path: &str, word: Word) -> bool {
        self.words.get(path).is_some_and(|words| words.any(word))
    }

    /// Notes that something was left out.
    pub fn skip(&mut self, path: impl Into<String>, why: impl Into<String>) {
        let (path, why) = (path.into(), why.into());
        // Who read it names it already.
        let why =
            why.strip_prefix(&path).filter(|_| !path.is_empty()).map_or_else(|| why.clone(), |why| format!("it{why}"));
        let skipped = Skipped { path, why };
        if self.skipped.contains(&skipped) {
            return;
        }
        if self.skipped.len() < MAX_SKIPPED {
            self.skipped.push(skipped);
        } else {
            self.skipped_more += 1;
        }
    }
}
