//! The project's files: read whole, never outside the workspace, never more than a bound.

use std::{
    collections::HashMap,
    fs::{self, File},
    hash::{DefaultHasher, Hash, Hasher},
    io::Read as _,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::SystemTime,
};

/// A larger file is no source that a person wrote.
pub const MAX_FILE: u64 = 2 * 1024 * 1024;
/// Entries of one folder that are looked at.
const MAX_ENTRIES: usize = 2_000;

/// A reader of one workspace.
#[derive(Debug, Clone)]
pub struct Files {
    root: PathBuf,
    /// What each file held when it was read; none = not the same each time.
    seen: Arc<Mutex<HashMap<String, Option<u64>>>>,
}

impl Files {
    /// A reader below this folder.
    pub fn new(root: &Path) -> Self {
        Self { root: fs::canonicalize(root).unwrap_or_else(|_| root.to_owned()), seen: Arc::default() }
    }

    /// The workspace, without links in its path.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The text of a file, its path relative to the workspace; none where there is no such file in it. The error says why
    /// a file that is there cannot be read.
    pub fn read(&self, path: &str) -> Result<Option<String>, String> {
        self.read_up_to(path, MAX_FILE)
    }

    /// The same for what programs write, which may be larger: lock files, manifests of a build.
    pub fn read_up_to(&self, path: &str, most: u64) -> Result<Option<String>, String> {
        let Some(real) = self.inside(path).filter(|real| real.is_file()) else { return Ok(None) };
        let bytes = bytes(&real, most).map_err(|why| format!("{path} {why}"))?;
        let text = String::from_utf8(bytes).map_err(|_| format!("{path} is no text in UTF-8"))?;
        let hash = hash(&text);
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.entry(path.to_owned()).and_modify(|was| *was = was.filter(|was| *was == hash)).or_insert(Some(hash));
        Ok(Some(text))
    }

    /// When a file was last written; none where there is no such file.
    pub fn modified(&self, path: &str) -> Option<SystemTime> {
        fs::metadata(self.inside(path)?).and_then(|about| about.modified()).ok()
    }

    /// Whether this text is what the file held each time that it was read: places in it still mean the same.
    pub fn is_as_read(&self, path: &str, text: &str) -> bool {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.get(path).is_some_and(|was| *was == Some(hash(text)))
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

    /// Whether there is anything of this name, of whatever kind.
    pub fn is_there(&self, path: &str) -> bool {
        fs::symlink_metadata(self.root.join(path)).is_ok()
    }

    /// Whether the way to this path leads over a link, or out of the workspace.
    pub fn is_linked(&self, path: &str) -> bool {
        let mut real = self.root.clone();
        path.split('/').any(|part| {
            real.push(part);
            fs::symlink_metadata(&real).is_ok_and(|about| about.is_symlink())
        })
    }

    /// The real path of what is in the workspace; links that lead out are not.
    fn inside(&self, path: &str) -> Option<PathBuf> {
        let real = fs::canonicalize(self.root.join(path)).ok()?;
        real.starts_with(&self.root).then_some(real)
    }
}

/// The bytes of a file; the error says why there are none, to be put behind its name.
pub(super) fn bytes(real: &Path, most: u64) -> Result<Vec<u8>, String> {
    let failed = |error: std::io::Error| format!("cannot be read: {error}");
    let mut file = File::open(real).map_err(failed)?;
    let length = file.metadata().map_err(failed)?.len();
    let too_large = |length| Err(format!("has {length} bytes, more than the {most} that are read"));
    if length > most {
        return too_large(length);
    }
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or_default() + 1);
    // It may grow while it is read.
    file.by_ref().take(most + 1).read_to_end(&mut bytes).map_err(failed)?;
    let length = bytes.len() as u64;
    if length > most { too_large(length) } else { Ok(bytes) }
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}
