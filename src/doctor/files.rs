//! The project's files: read whole, never outside the workspace, never more than a bound.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// A larger file is no source that a person wrote.
const MAX_FILE: u64 = 2 * 1024 * 1024;
/// Entries of one folder that are looked at.
const MAX_ENTRIES: usize = 2_000;

/// A reader of one workspace.
#[derive(Debug, Clone)]
pub struct Files {
    root: PathBuf,
}

impl Files {
    /// A reader below this folder.
    pub fn new(root: &Path) -> Self {
        Self { root: fs::canonicalize(root).unwrap_or_else(|_| root.to_owned()) }
    }

    /// The text of a file, its path relative to the workspace; none where there is no such file in it. The error says why
    /// a file that is there cannot be read.
    pub fn read(&self, path: &str) -> Result<Option<String>, String> {
        let Some(real) = self.inside(path).filter(|real| real.is_file()) else { return Ok(None) };
        let failed = |error: std::io::Error| format!("{path} cannot be read: {error}");
        let length = fs::metadata(&real).map_err(failed)?.len();
        if length > MAX_FILE {
            return Err(format!("{path} has {length} bytes, more than the {MAX_FILE} that are read"));
        }
        let bytes = fs::read(&real).map_err(failed)?;
        String::from_utf8(bytes).map(Some).map_err(|_| format!("{path} is no text in UTF-8"))
    }

    /// Names of the folders in a folder, sorted; hidden ones and `node_modules` left out.
    pub fn folders(&self, path: &str) -> Vec<String> {
        let Some(entries) = self.inside(path).and_then(|real| fs::read_dir(real).ok()) else { return Vec::new() };
        let folders = entries.take(MAX_ENTRIES).filter_map(Result::ok).filter(|entry| entry.path().is_dir());
        let names = folders.filter_map(|entry| entry.file_name().into_string().ok());
        let mut names: Vec<String> = names.filter(|name| !name.starts_with('.') && name != "node_modules").collect();
        names.sort();
        names
    }

    /// The real path of what is in the workspace; links that lead out are not.
    fn inside(&self, path: &str) -> Option<PathBuf> {
        let real = fs::canonicalize(self.root.join(path)).ok()?;
        real.starts_with(&self.root).then_some(real)
    }
}
