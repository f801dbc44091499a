//! Files of the workspace: sources, built scripts and maps. Blocking; bounded; never outside the workspace.

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use super::source_name::SourceName;

/// A file larger than this is neither a source nor a built script that we read.
pub(super) const MAX_FILE: u64 = 32 * 1024 * 1024;
/// Entries that one walk looks at.
const MAX_ENTRIES: usize = 20_000;
const MAX_DEPTH: usize = 12;
/// How long a walk is good.
const INDEX_AGE: Duration = Duration::from_secs(5);
/// Folders that hold no code of the user, and no build of it.
const SKIPPED: [&str; 8] = ["node_modules", ".git", ".fixloop", "target", ".venv", "venv", "__pycache__", ".hg"];
/// What may be shown as code: a frame is untrusted, and must not make us show `.env` or a key.
const CODE: [&str; 42] = [
    "js", "mjs", "cjs", "jsx", "ts", "mts", "cts", "tsx", "vue", "svelte", "astro", "html", "htm", "css", "scss",
    "less", "py", "rb", "php", "go", "rs", "java", "kt", "kts", "scala", "cs", "fs", "swift", "dart", "ex", "exs",
    "erl", "clj", "coffee", "elm", "res", "ml", "c", "cc", "cpp", "h", "lua",
];

/// The user's project folder.
#[derive(Debug)]
pub(super) struct Workspace {
    root: PathBuf,
    index: Mutex<Option<(Instant, Arc<Index>)>>,
}

/// Code and maps of the workspace by file name.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// File name → paths relative to the workspace, with `/`.
    files: HashMap<String, Vec<String>>,
    /// `.map` files, relative.
    pub(super) maps: Vec<String>,
}

/// A file of the workspace that is a source of a map.
#[derive(Debug)]
pub(super) struct Found {
    /// Relative to the workspace, with `/`.
    pub(super) path: String,
    /// Its text.
    pub(super) text: String,
    /// Its text is what the map was made from (or the map does not say).
    pub(super) same: bool,
}

impl Workspace {
    pub(super) fn new(root: &Path) -> Self {
        Self { root: fs::canonicalize(root).unwrap_or_else(|_| root.to_owned()), index: Mutex::default() }
    }

    /// Forgets the last walk.
    pub(super) fn forget(&self) {
        *self.index.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// The real path of a code file (or map) of the workspace; none when it is not there, leads outside, or is no code.
    pub(super) fn inside(&self, path: &Path) -> Option<PathBuf> {
        let extension = path.extension()?.to_str()?.to_ascii_lowercase();
        if extension != "map" && !CODE.contains(&extension.as_str()) {
            return None;
        }
        let real = fs::canonicalize(self.root.join(path)).ok()?;
        (real.starts_with(&self.root) && real.is_file()).then_some(real)
    }

    /// A path of [`Workspace::inside`] relative to the workspace, with `/`.
    pub(super) fn relative(&self, real: &Path) -> Option<String> {
        let parts: Vec<_> = real.strip_prefix(&self.root).ok()?.iter().map(|part| part.to_string_lossy()).collect();
        Some(parts.join("/"))
    }

    /// Reads a file of the workspace, at most [`MAX_FILE`] bytes.
    pub(super) fn read(&self, path: &Path) -> Option<Vec<u8>> {
        let real = self.inside(path)?;
        (fs::metadata(&real).ok()?.len() <= MAX_FILE).then(|| fs::read(&real).ok())?
    }

    /// The file that a source of a map is: first where its name leads (from `folder`, the map's own, then from the
    /// workspace), then where a path in the workspace ends alike. `content` is what the map says it held.
    pub(super) fn source(&self, name: &SourceName, folder: Option<&Path>, content: Option<&str>) -> Option<Found> {
        let tail = name.tail();
        if tail.is_empty() {
            return None;
        }
        let mut direct: Vec<PathBuf> = folder.map(|folder| folder.join(&name.path)).into_iter().collect();
        direct.extend([PathBuf::from(&name.path), PathBuf::from(tail)]);
        let mut fallback = None;
        for path in direct {
            match self.candidate(&path, content) {
                Some(found) if found.same => return Some(found),
                found => fallback = fallback.or(found),
            }
        }
        if name.vendor || name.runtime {
            return fallback;
        }
        self.alike(tail, content, fallback)
    }

    fn alike(&self, tail: &str, content: Option<&str>, fallback: Option<Found>) -> Option<Found> {
        let index = self.index();
        let mut alike = Vec::new();
        for path in index.named(tail).iter().take(200) {
            let ends_alike = ends_with(path, tail) || (path.contains('/') && ends_with(tail, path));
            let Some(found) = self.candidate(Path::new(path), content) else { continue };
            // The same text is proof enough, wherever the file stands; but a trivial text is none.
            if content.is_some_and(|content| content.len() > 40 || ends_alike) && found.same {
                return Some(found);
            }
            if ends_alike {
                alike.push(found);
            }
        }
        // Of several that could be meant none is named: a wrong file is worse than none.
        fallback.or_else(|| if alike.len() == 1 { alike.pop() } else { None })
    }

    fn candidate(&self, path: &Path, content: Option<&str>) -> Option<Found> {
        let real = self.inside(path)?;
        let text = String::from_utf8(self.read(&real)?).ok()?;
        let same = content.is_none_or(|content| same_text(content, &text));
        Some(Found { path: self.relative(&real)?, text, same })
    }

    /// A file with the name of `url_path`'s last part whose bytes are `body`.
    pub(super) fn same_bytes(&self, url_path: &str, body: &[u8]) -> Option<PathBuf> {
        let index = self.index();
        let mut paths: Vec<&String> = index.named(url_path).iter().take(200).collect();
        paths.sort_by_key(|path| (!ends_with(path, url_path.trim_start_matches('/')), path.len()));
        paths.into_iter().find_map(|path| {
            let real = self.inside(Path::new(path))?;
            let alike = fs::metadata(&real).ok()?.len() == body.len() as u64;
            (alike && fs::read(&real).ok()? == body).then_some(real)
        })
    }

    /// The one file with the name of `url_path`'s last part; none when there are several.
    pub(super) fn only(&self, url_path: &str) -> Option<PathBuf> {
        match self.index().named(url_path) {
            [path] => self.inside(Path::new(path)),
            _ => None,
        }
    }

    /// The files of the workspace, from a walk that is at most [`INDEX_AGE`] old.
    pub(super) fn index(&self) -> Arc<Index> {
        let mut kept = self.index.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, index)) = kept.as_ref()
            && at.elapsed() < INDEX_AGE
        {
            return index.clone();
        }
        let index = Arc::new(self.walk());
        *kept = Some((Instant::now(), index.clone()));
        index
    }

    /// Breadth first, so that the cap cuts what is deep.
    fn walk(&self) -> Index {
        let mut index = Index::default();
        let mut folders = std::collections::VecDeque::from([(self.root.clone(), 0)]);
        let mut seen = 0;
        while let Some((folder, depth)) = folders.pop_front() {
            for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
                seen += 1;
                if seen > MAX_ENTRIES {
                    tracing::debug!("the workspace has more than {MAX_ENTRIES} entries: the rest is not searched");
                    return index;
                }
                let Ok(kind) = entry.file_type() else { continue };
                let name = entry.file_name().to_string_lossy().into_owned();
                if kind.is_dir() && depth < MAX_DEPTH && !SKIPPED.contains(&name.as_str()) {
                    folders.push_back((entry.path(), depth + 1));
                } else if kind.is_file() {
                    let Some(path) = self.relative(&entry.path()) else { continue };
                    let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
                    match extension.as_deref() {
                        Some("map") => index.maps.push(path),
                        Some(extension) if CODE.contains(&extension) => {
                            index.files.entry(name).or_default().push(path);
                        }
                        _ => {}
                    }
                }
            }
        }
        index
    }
}

impl Index {
    /// Files with the same file name as `path`.
    pub(super) fn named(&self, path: &str) -> &[String] {
        let name = path.rsplit('/').next().unwrap_or(path);
        self.files.get(name).map(Vec::as_slice).unwrap_or_default()
    }
}

/// Whether `path` ends with all the parts of `tail`.
fn ends_with(path: &str, tail: &str) -> bool {
    path.strip_suffix(tail).is_some_and(|before| before.is_empty() || before.ends_with('/'))
}

/// Whether two texts are the same but for line ends.
fn same_text(one: &str, other: &str) -> bool {
    one == other || ((one.contains('\r') || other.contains('\r')) && one.lines().eq(other.lines()))
}
