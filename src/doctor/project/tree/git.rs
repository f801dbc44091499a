//! What git says about a workspace: which files it tracks, and what it ignores for the whole repository. Its index is read
//! as it lies there (gitformat-index, versions 2 to 4); git is not run.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use crate::doctor::files;

/// Folders above the workspace that are looked into for a repository.
const MAX_ABOVE: usize = 40;
/// The index of half a million files.
const MAX_INDEX: u64 = 96 * 1024 * 1024;
/// Files like `.git`, `commondir`, `config`.
const MAX_SMALL: u64 = 64 * 1024;

/// The repository that a workspace is in.
pub(super) struct Repository {
    /// Its working copy.
    pub root: PathBuf,
    /// Where its index lies: the folder `.git`, or the one that the file `.git` of a second working copy names.
    own: PathBuf,
    /// What all working copies share.
    pub common: PathBuf,
    /// The workspace within the working copy: empty, or with a slash at its end.
    prefix: String,
}

impl Repository {
    /// The repository whose working copy has this folder.
    pub fn of(workspace: &Path) -> Option<Self> {
        let root = workspace.ancestors().take(MAX_ABOVE).find(|folder| folder.join(".git").exists())?;
        let own = match fs::metadata(root.join(".git")).ok()?.is_dir() {
            true => root.join(".git"),
            false => root.join(named(&root.join(".git"))?),
        };
        let common = small(&own.join("commondir")).map_or_else(|| own.clone(), |path| own.join(path.trim()));
        let inside = workspace.strip_prefix(root).ok()?;
        let parts: Option<Vec<&str>> = inside.iter().map(|part| part.to_str()).collect();
        let prefix: String = parts?.iter().map(|part| format!("{part}/")).collect();
        Some(Self { root: root.to_owned(), own, common, prefix })
    }

    /// The files that are tracked, as the workspace names them; none where the index cannot be read.
    pub fn tracked(&self) -> Option<BTreeSet<String>> {
        let index = self.own.join("index");
        if !index.exists() {
            // Nothing was added yet.
            return Some(BTreeSet::new());
        }
        let bytes = files::bytes(&index, MAX_INDEX).ok()?;
        let config = small(&self.common.join("config")).unwrap_or_default().to_ascii_lowercase();
        let is_sha256 = config.lines().any(|line| line.contains("objectformat") && line.contains("sha256"));
        entries(&bytes, if is_sha256 { 32 } else { 20 }, &self.prefix)
    }
}

/// Whether a folder is a second working copy of a repository: what `git worktree add` makes.
pub(super) fn is_worktree(folder: &Path) -> bool {
    let file = folder.join(".git");
    file.is_file() && named(&file).is_some_and(|path| path.iter().any(|part| part == "worktrees"))
}

/// The folder that a file `.git` names.
fn named(file: &Path) -> Option<PathBuf> {
    small(file)?.trim().strip_prefix("gitdir:").map(|path| PathBuf::from(path.trim()))
}

fn small(path: &Path) -> Option<String> {
    String::from_utf8(files::bytes(path, MAX_SMALL).ok()?).ok()
}

/// The names in an index that begin with `prefix`, without it.
fn entries(index: &[u8], hash: usize, prefix: &str) -> Option<BTreeSet<String>> {
    let (header, _) = index.split_first_chunk::<12>()?;
    let (magic, rest) = header.split_first_chunk::<4>()?;
    let (version, count) = rest.split_first_chunk::<4>()?;
    let version = u32::from_be_bytes(*version);
    let count = u32::from_be_bytes(*count.first_chunk::<4>()?);
    if magic != b"DIRC" || !(2..=4).contains(&version) {
        return None;
    }
    let mut names = BTreeSet::new();
    let (mut at, mut name) = (12, Vec::new());
    for _ in 0..count {
        let end = entry(index, at, hash, version, &mut name)?;
        if let Some(name) = name.strip_prefix(prefix.as_bytes()) {
            names.insert(String::from_utf8_lossy(name).into_owned());
        }
        at = end;
    }
    // The rest of a split index lies in another file.
    let is_split = index.get(at..at + 4).is_some_and(|next| next == b"link");
    (!is_split).then_some(names)
}

/// Reads the name of the entry that begins at `at` over the name of the one before it; gives where the next begins.
fn entry(index: &[u8], at: usize, hash: usize, version: u32, name: &mut Vec<u8>) -> Option<usize> {
    /// Times, device, inode, mode, owner and size.
    const STAT: usize = 40;
    let flags = index.get(at + STAT + hash..)?.first()?;
    let is_extended = version >= 3 && flags & 0x40 != 0;
    let mut from = at + STAT + hash + if is_extended { 4 } else { 2 };
    if version == 4 {
        let (dropped, begin) = varint(index, from)?;
        name.truncate(name.len().checked_sub(dropped)?);
        from = begin;
    } else {
        name.clear();
    }
    let rest = index.get(from..)?;
    let length = memchr::memchr(0, rest)?;
    name.extend_from_slice(rest.get(..length)?);
    let end = from + length;
    // One zero at least, and as many as it takes to a multiple of eight; none of the padding in version 4.
    Some(if version == 4 { end + 1 } else { at + ((end - at) / 8 + 1) * 8 })
}

/// A number as git writes offsets: seven bits a byte, the highest first, each following byte adding one.
fn varint(index: &[u8], mut at: usize) -> Option<(usize, usize)> {
    let mut byte = *index.get(at)?;
    let mut value = usize::from(byte & 0x7f);
    while byte & 0x80 != 0 {
        at += 1;
        byte = *index.get(at)?;
        value = value.checked_add(1)?.checked_mul(128)?.checked_add(usize::from(byte & 0x7f))?;
    }
    Some((value, at + 1))
}
