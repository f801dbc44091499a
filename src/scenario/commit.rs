//! The commit of the workspace, read from `.git` without starting a process.

use std::path::{Path, PathBuf};

/// Folders above the workspace that are looked into.
const MAX_UP: usize = 20;
/// `packed-refs` of a large repository is still below this.
const MAX_BYTES: u64 = 8 * 1024 * 1024;

/// The commit that is checked out in `workspace`, 40 hex characters; none = no git, no commit, or not readable.
pub fn commit(workspace: &Path) -> Option<String> {
    let git = workspace.ancestors().take(MAX_UP).find_map(git_folder)?;
    let head = read(&git.join("HEAD"))?;
    let Some(name) = head.strip_prefix("ref: ") else { return hash(&head) };
    // A linked worktree keeps its HEAD apart and shares the branches.
    let common = read(&git.join("commondir")).map_or_else(|| git.clone(), |path| git.join(path));
    let found = [&git, &common].into_iter().find_map(|folder| read(&folder.join(name)));
    found.as_deref().and_then(hash).or_else(|| {
        let packed = read(&common.join("packed-refs"))?;
        packed.lines().find_map(|line| {
            let (commit, packed_name) = line.split_once(' ')?;
            (packed_name == name).then(|| hash(commit)).flatten()
        })
    })
}

fn git_folder(folder: &Path) -> Option<PathBuf> {
    let git = folder.join(".git");
    if git.is_dir() {
        return Some(git);
    }
    read(&git)?.strip_prefix("gitdir: ").map(|path| folder.join(path))
}

fn read(path: &Path) -> Option<String> {
    let size = std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file)?.len();
    (size <= MAX_BYTES).then(|| std::fs::read_to_string(path).ok()).flatten().map(|text| text.trim().to_owned())
}

fn hash(text: &str) -> Option<String> {
    let well_formed = matches!(text.len(), 40 | 64) && text.chars().all(|c| c.is_ascii_hexdigit());
    well_formed.then(|| text.to_owned())
}
