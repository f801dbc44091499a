//! The files of a workspace by name: walked once, ignored ones left out.

use std::collections::BTreeSet;

use crate::doctor::files::Files;

/// What is there.
#[derive(Debug, Default)]
pub struct Tree {
    /// Paths relative to the workspace with `/`, sorted; folders of dependencies and builds are not walked.
    pub paths: BTreeSet<String>,
    /// Paths that git tracks; none = this is no repository, or its index cannot be read.
    pub tracked: Option<BTreeSet<String>>,
    /// What was left out, and why.
    pub skipped: Vec<Skipped>,
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
    /// Walks a workspace.
    pub fn walk(_files: &Files) -> Self {
        Self::default()
    }

    /// Whether git tracks a file; none = not known.
    pub fn is_tracked(&self, path: &str) -> Option<bool> {
        self.tracked.as_ref().map(|tracked| tracked.contains(path))
    }
}
