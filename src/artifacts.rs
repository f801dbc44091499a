//! The only writer of files: screenshots, recordings, runs, oversized replies. Returns a path and a `fixloop://` URI.
#![expect(clippy::disallowed_methods, reason = "this is the owner of file writes")]

use std::path::{Path, PathBuf};

use crate::error::{Result, ToolError};

/// A file that was written: where it is for people and for MCP clients.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artifact {
    /// Path on disk.
    pub path: PathBuf,
    /// `fixloop://<kind>/<name>`
    pub uri: String,
}

/// The `.fixloop/` folder of a workspace, or a temporary one where the workspace cannot be written.
#[derive(Debug, Clone)]
pub struct Artifacts {
    root: PathBuf,
}

impl Artifacts {
    /// Opens (and makes) the state folder with its own `.gitignore`.
    pub fn open(root: PathBuf) -> Result<Self> {
        std::fs::create_dir_all(&root).and_then(|()| std::fs::write(root.join(".gitignore"), "*\n")).map_err(
            |error| {
                ToolError::new(
                    format!("Cannot write the state folder {}: {error}", root.display()),
                    "Give a workspace that can be written with --workspace DIR.",
                )
            },
        )?;
        Ok(Self { root })
    }

    /// The state folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Writes `bytes` as `<root>/<kind>/<name>`, whole or not at all (temporary file, then rename).
    pub fn write(&self, kind: &str, name: &str, bytes: &[u8]) -> Result<Artifact> {
        let path = self.root.join(kind).join(name);
        write_whole(&path, bytes)?;
        Ok(Artifact { path, uri: format!("fixloop://{kind}/{name}") })
    }
}

/// Writes a file whole or not at all, making its folder. Used for scenario files in the user's repo too.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    let io = |error: std::io::Error| {
        ToolError::new(
            format!("Cannot write {}: {error}", path.display()),
            "Check that the folder exists and can be written.",
        )
    };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(io)?;
    }
    let temporary = path.with_extension(format!("tmp-{}", std::process::id()));
    std::fs::write(&temporary, bytes).map_err(io)?;
    std::fs::rename(&temporary, path).map_err(io)
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
    let io = |error: std::io::Error| {
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
