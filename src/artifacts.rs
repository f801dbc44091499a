//! The only writer of files: screenshots, recordings, runs, oversized replies. Returns a path and a `fixloop://` URI.
#![expect(clippy::disallowed_methods, reason = "this is the owner of file writes")]

mod rewrite;

pub use rewrite::{Rewrite, rewrite};

use std::{
    io::{self, Write as _},
    path::{Component, Path, PathBuf},
};

use crate::error::{Result, ToolError};

/// A file that was written: where it is for people and for MCP clients.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artifact {
    /// Path on disk.
    pub path: PathBuf,
    /// `fixloop://<kind>/<name>`
    pub uri: String,
}

/// An artifact in a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Name below its kind: `20260912-101500-3f2a`.
    pub name: String,
    /// Milliseconds since the epoch of its last change.
    pub changed_ms: u128,
    /// Size in bytes; a folder has none.
    pub bytes: Option<u64>,
}

/// The `.fixloop/` folder of a workspace, or a temporary one where the workspace cannot be written.
#[derive(Debug, Clone)]
pub struct Artifacts {
    root: PathBuf,
    temporary: bool,
}

impl Artifacts {
    /// Opens (and makes) the state folder with its own `.gitignore`. A link that leads out of the folder above it is
    /// refused: a cloned repository must not choose what is written to.
    pub fn open(root: PathBuf) -> Result<Self> {
        make(&root).map_err(|error| {
            ToolError::new(
                format!("Cannot write the state folder {}: {error}", root.display()),
                "Give a workspace that can be written with --workspace DIR.",
            )
        })?;
        Ok(Self { root, temporary: false })
    }

    /// A state folder of this process alone, removed by [`Artifacts::close`].
    pub fn temporary() -> Result<Self> {
        let name = format!("fixloop-{}-{}", std::process::id(), random_hex());
        let opened = Self::open(std::env::temp_dir().join(name))?;
        Ok(Self { temporary: true, ..opened })
    }

    /// Whether the folder is removed at the end.
    pub fn is_temporary(&self) -> bool {
        self.temporary
    }

    /// Removes the folder when it is a temporary one.
    pub fn close(&self) {
        if self.temporary {
            let _ = std::fs::remove_dir_all(&self.root);
        }
    }

    /// The state folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Writes `bytes` as `<root>/<kind>/<name>`, whole or not at all (temporary file, then rename).
    pub fn write(&self, kind: &str, name: &str, bytes: &[u8]) -> Result<Artifact> {
        let path = self.root.join(kind).join(name);
        let folder = path.parent().unwrap_or(&self.root);
        // What cannot be made is told by the write.
        if std::fs::create_dir_all(folder).is_ok() && !is_inside(folder, &self.root) {
            return Err(ToolError::new(
                format!("{} leads out of the state folder.", folder.display()),
                "Remove the link; fixloop makes the folder itself.",
            ));
        }
        write_whole(&path, bytes)?;
        Ok(Artifact { path, uri: format!("fixloop://{kind}/{name}") })
    }

    /// Keeps the `keep` newest files and folders of a kind and removes the others.
    pub fn prune(&self, kind: &str, keep: usize) {
        for old in self.list(kind).into_iter().skip(keep) {
            let path = self.root.join(kind).join(&old.name);
            let _ = if path.is_dir() { std::fs::remove_dir_all(&path) } else { std::fs::remove_file(&path) };
        }
    }

    /// What there is of a kind, newest first.
    pub fn list(&self, kind: &str) -> Vec<Listed> {
        let folder = self.root.join(kind);
        if !is_inside(&folder, &self.root) {
            return Vec::new();
        }
        let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
        let mut listed: Vec<Listed> = entries
            .flatten()
            .filter_map(|entry| {
                let name = entry.file_name().into_string().ok()?;
                let about = entry.metadata().ok()?;
                let changed = about.modified().ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
                let bytes = about.is_file().then_some(about.len());
                // A name with `.tmp-` is a file that is being written.
                let listed = Listed { name, changed_ms: changed.as_millis(), bytes };
                (!listed.name.contains(".tmp-")).then_some(listed)
            })
            .collect();
        listed.sort_by(|a, b| (b.changed_ms, &b.name).cmp(&(a.changed_ms, &a.name)));
        listed
    }

    /// Where `<kind>/<name>` is, when it is there and inside of the state folder, symbolic links followed. A folder (a
    /// run) stands for its report.
    pub fn find(&self, kind: &str, name: &str) -> Option<PathBuf> {
        let plain = |path: &Path| path.components().all(|part| matches!(part, Component::Normal(_)));
        if kind.is_empty() || name.is_empty() || !plain(Path::new(kind)) || !plain(Path::new(name)) {
            return None;
        }
        let mut path = self.root.join(kind).join(name);
        if path.is_dir() {
            path = ["report.md", "run.json"].iter().map(|file| path.join(file)).find(|file| file.is_file())?;
        }
        let path = path.canonicalize().ok()?;
        let home = self.root.join(kind).canonicalize().ok()?;
        (path.is_file() && path.starts_with(home)).then_some(path)
    }
}

/// Makes a state folder that only its owner can read, or checks that the one there is ours to write.
fn make(root: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(root)?;
    let above = root.parent().filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !is_inside(root, above) {
        return Err(io::Error::other("it is a link that leads elsewhere"));
    }
    // An ignore file that is there stays as it is, whatever it is.
    match std::fs::File::create_new(root.join(".gitignore")) {
        Ok(mut file) => file.write_all(b"*\n"),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let probe = root.join(format!("probe.tmp-{}", random_hex()));
            std::fs::File::create_new(&probe)?;
            std::fs::remove_file(probe)
        }
        Err(error) => Err(error),
    }
}

/// Whether `path` is really below `folder`, symbolic links followed.
fn is_inside(path: &Path, folder: &Path) -> bool {
    match (path.canonicalize(), folder.canonicalize()) {
        (Ok(path), Ok(folder)) => path != folder && path.starts_with(folder),
        _ => false,
    }
}

/// Writes a file whole or not at all, making its folder. Used for scenario files in the user's repo too.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    let io = |error: io::Error| {
        ToolError::new(
            format!("Cannot write {}: {error}", path.display()),
            "Check that the folder exists and can be written.",
        )
    };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(io)?;
    }
    let temporary = path.with_extension(format!("tmp-{}-{}", std::process::id(), random_hex()));
    std::fs::write(&temporary, bytes).map_err(io)?;
    std::fs::rename(&temporary, path).map_err(io).inspect_err(|_| {
        let _ = std::fs::remove_file(&temporary);
    })
}

/// Sixteen random hex digits, for names and boundaries that nobody can guess.
pub fn random_hex() -> String {
    let mut bytes = [0_u8; 8];
    if getrandom::fill(&mut bytes).is_err() {
        // No randomness from the system: the clock is still better than a constant.
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        bytes = now.as_nanos().to_le_bytes().first_chunk().copied().unwrap_or_default();
    }
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A temporary folder of our own that is removed when this is dropped.
#[derive(Debug)]
pub struct Scratch {
    path: PathBuf,
    keep: bool,
}

impl Scratch {
    /// Makes `<temporary folder>/<name>-<random>`.
    pub fn new(name: &str) -> Result<Self> {
        let mut random = [0_u8; 4];
        getrandom::fill(&mut random)
            .map_err(|error| ToolError::bare("The system has no random numbers.").caused_by(error))?;
        let path = std::env::temp_dir().join(format!("{name}-{:08x}", u32::from_ne_bytes(random)));
        std::fs::create_dir_all(&path).map_err(|error| {
            ToolError::new(
                format!("Cannot make the temporary folder {}: {error}", path.display()),
                "Point TMPDIR at a folder that can be written.",
            )
        })?;
        Ok(Self { path, keep: false })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Leaves it in place for people to look at.
    pub fn keep(&mut self) {
        self.keep = true;
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if !self.keep {
            // Nothing can be done about a folder that will not go; the system clears its temporary folder itself.
            let _ = std::fs::remove_dir_all(&self.path);
        }
    }
}

/// Copies a folder, without the entries named in `skip` at its top. Symbolic links are not followed.
pub fn copy_tree(from: &Path, to: &Path, skip: &[&str]) -> Result<()> {
    let io = |error: io::Error| {
        ToolError::new(format!("Cannot read {}: {error}", from.display()), "Check that the folder can be read.")
    };
    for entry in std::fs::read_dir(from).map_err(io)? {
        let entry = entry.map_err(io)?;
        let name = entry.file_name();
        if skip.iter().any(|skip| name == *skip) {
            continue;
        }
        let kind = entry.file_type().map_err(io)?;
        if kind.is_dir() {
            copy_tree(&entry.path(), &to.join(&name), &[])?;
        } else if kind.is_file() {
            write_whole(&to.join(&name), &std::fs::read(entry.path()).map_err(io)?)?;
        }
    }
    Ok(())
}
