//! What becomes of one file.

use crate::doctor::diff;

/// A change of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Other text.
    Write {
        /// Path relative to the workspace.
        path: String,
        /// Its text as it was read.
        before: String,
        /// Its text then.
        after: String,
    },
    /// A new file.
    Create {
        /// Path relative to the workspace.
        path: String,
        /// Its text.
        text: String,
    },
    /// Another name, and other text where it differs.
    Rename {
        /// Path relative to the workspace.
        from: String,
        /// Path relative to the workspace.
        to: String,
        /// Its text as it was read.
        before: String,
        /// Its text then.
        after: String,
    },
}

impl Change {
    /// The file's path after the change.
    pub fn path(&self) -> &str {
        match self {
            Self::Write { path, .. } | Self::Create { path, .. } => path,
            Self::Rename { to, .. } => to,
        }
    }

    /// The change as a unified diff.
    pub fn diff(&self) -> String {
        match self {
            Self::Write { path, before, after } => diff::unified(path, before, after),
            Self::Create { path, text } => diff::created(path, text),
            Self::Rename { from, to, before, after } => diff::renamed(from, to, before, after),
        }
    }
}
