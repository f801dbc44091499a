//! Several files of the user's project written together: all of them, or none.

use std::{
    fs::{self, File, Permissions},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use super::random_hex;
use crate::error::{Result, ToolError};

/// What becomes of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rewrite<'a> {
    /// Path relative to the folder, with `/`.
    pub path: &'a str,
    /// What it must hold before; none = there must be nothing of this name.
    pub before: Option<&'a str>,
    /// What it holds then; none = it is removed.
    pub after: Option<&'a str>,
}

/// A file that was written.
struct Done<'a> {
    rewrite: Rewrite<'a>,
    path: PathBuf,
    permissions: Option<Permissions>,
}

/// Writes files below a folder, each whole or not at all, and keeps their modes. Where one cannot be written, or holds
/// something else than `before`, those that were written are put back.
pub fn rewrite(folder: &Path, files: &[Rewrite<'_>]) -> Result<()> {
    let folder = folder.canonicalize().map_err(|error| refused(&folder.display().to_string(), &error.to_string()))?;
    for file in files {
        ready(&folder, file)?;
    }
    let (mut done, mut made) = (Vec::new(), Vec::new());
    for file in files {
        if let Err(error) = one(&folder, file, &mut done, &mut made) {
            let left = back(done);
            // Folders that we made are empty again, or hold something of someone else's.
            made.iter().rev().for_each(|path| drop(fs::remove_dir(path)));
            return Err(match left.as_slice() {
                [] => error,
                left => ToolError::new(
                    format!("{} These could not be put back: {}.", error.what(), left.join(", ")),
                    "Look at them with git diff.",
                ),
            });
        }
    }
    Ok(())
}

fn one<'a>(folder: &Path, file: &Rewrite<'a>, done: &mut Vec<Done<'a>>, made: &mut Vec<PathBuf>) -> Result<()> {
    let path = folder.join(file.path);
    let failed = |error: io::Error| refused(file.path, &error.to_string());
    if file.before.is_none() {
        folders(path.parent().unwrap_or(folder), made).map_err(failed)?;
    }
    // Much may have happened since: this is right before the write.
    let permissions = ready(folder, file)?;
    match (file.before, file.after) {
        (_, Some(after)) => put(&path, after, permissions.as_ref(), file.before.is_some()).map_err(failed)?,
        (_, None) => fs::remove_file(&path).map_err(failed)?,
    }
    done.push(Done { rewrite: file.clone(), path, permissions });
    Ok(())
}

/// Checks that a file is the folder's own and holds what it must; gives its mode.
fn ready(folder: &Path, file: &Rewrite<'_>) -> Result<Option<Permissions>> {
    let mut path = folder.to_path_buf();
    for part in file.path.split('/') {
        path.push(part);
        let linked = fs::symlink_metadata(&path).is_ok_and(|about| about.is_symlink());
        if linked || ["", ".", "..", ".git"].contains(&part) || part.contains(['\\', ':']) {
            return Err(refused(file.path, "it is not in the folder itself"));
        }
    }
    match file.before {
        None if fs::symlink_metadata(&path).is_ok() => Err(refused(file.path, "it is there already")),
        None => Ok(None),
        Some(before) => {
            let failed = |error: io::Error| refused(file.path, &error.to_string());
            if fs::read(&path).map_err(failed)? != before.as_bytes() {
                return Err(refused(file.path, "it changed since it was read"));
            }
            let permissions = fs::metadata(&path).map_err(failed)?.permissions();
            if permissions.readonly() {
                return Err(refused(file.path, "it is read-only"));
            }
            Ok(Some(permissions))
        }
    }
}

/// Makes folders one by one, and says which.
fn folders(path: &Path, made: &mut Vec<PathBuf>) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    if let Some(above) = path.parent() {
        folders(above, made)?;
    }
    fs::create_dir(path)?;
    made.push(path.to_path_buf());
    Ok(())
}

/// Puts a text in place: whole, beside it first, then under its name.
fn put(path: &Path, text: &str, permissions: Option<&Permissions>, replaces: bool) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".tmp-{}", random_hex()));
    let temporary = path.with_file_name(name);
    let write = || {
        let mut file = File::create_new(&temporary)?;
        file.write_all(text.as_bytes())?;
        if let Some(permissions) = permissions {
            file.set_permissions(permissions.clone())?;
        }
        file.sync_all()?;
        drop(file);
        if replaces {
            return fs::rename(&temporary, path);
        }
        // A link takes no name that is there; where there are no links, a look before must do.
        match fs::hard_link(&temporary, path) {
            Ok(()) => fs::remove_file(&temporary),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(error),
            Err(_) if fs::symlink_metadata(path).is_ok() => Err(io::ErrorKind::AlreadyExists.into()),
            Err(_) => fs::rename(&temporary, path),
        }
    };
    write().inspect_err(|_| drop(fs::remove_file(&temporary)))
}

/// Puts back what was written, the last first; names of what someone else changed in between, or that cannot be written.
fn back(done: Vec<Done<'_>>) -> Vec<String> {
    let mut left = Vec::new();
    for Done { rewrite, path, permissions } in done.into_iter().rev() {
        let now = fs::read(&path).ok();
        let put_back = now.as_deref() == rewrite.after.map(str::as_bytes)
            && match rewrite.before {
                Some(before) => put(&path, before, permissions.as_ref(), rewrite.after.is_some()).is_ok(),
                None => fs::remove_file(&path).is_ok(),
            };
        if !put_back {
            left.push(rewrite.path.to_owned());
        }
    }
    left
}

fn refused(path: &str, why: &str) -> ToolError {
    ToolError::new(
        format!("{path} was not written: {why}. Nothing was changed."),
        "Look at the file, then check again: what was found may be another thing by now.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text<'a>(path: &'a str, before: Option<&'a str>, after: Option<&'a str>) -> Rewrite<'a> {
        Rewrite { path, before, after }
    }

    #[test]
    fn all_or_none() {
        let home = tempfile::tempdir().unwrap();
        let read = |path: &str| fs::read_to_string(home.path().join(path)).ok();
        fs::write(home.path().join("a"), "a").unwrap();
        fs::write(home.path().join("b"), "b").unwrap();
        let changed = text("b", Some("old"), Some("new"));
        let other = [text("a", Some("a"), Some("A")), text("new/deep/c", None, Some("c")), changed];
        let error = rewrite(home.path(), &other).unwrap_err();
        assert!(error.what().contains("b was not written: it changed since"), "{error}");
        assert_eq!((read("a"), read("new/deep/c")), (Some("a".to_owned()), None));
        assert!(!home.path().join("new").exists());
        let moved = [text("a", Some("a"), None), text("d/a", None, Some("A")), text("b", Some("b"), Some("B"))];
        rewrite(home.path(), &moved).unwrap();
        assert_eq!((read("a"), read("d/a"), read("b")), (None, Some("A".to_owned()), Some("B".to_owned())));
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 2, "nothing else is left");
    }

    #[cfg(unix)]
    #[test]
    fn what_was_written_is_put_back_when_a_later_one_fails() {
        use std::os::unix::fs::PermissionsExt as _;
        let home = tempfile::tempdir().unwrap();
        let read = |path: &str| fs::read_to_string(home.path().join(path)).ok();
        fs::write(home.path().join("a"), "a").unwrap();
        fs::set_permissions(home.path().join("a"), Permissions::from_mode(0o754)).unwrap();
        fs::write(home.path().join("gone"), "g").unwrap();
        // The name of the folder is too long to be made: it fails after the others.
        let long = format!("{}/x", "l".repeat(300));
        let files = [
            text("a", Some("a"), Some("A")),
            text("gone", Some("g"), None),
            text("new/x", None, Some("x")),
            text(&long, None, Some("x")),
        ];
        let error = rewrite(home.path(), &files).unwrap_err();
        assert!(error.what().ends_with("Nothing was changed."), "{error}");
        assert_eq!((read("a"), read("gone")), (Some("a".to_owned()), Some("g".to_owned())));
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 2);
        rewrite(home.path(), &files[..1]).unwrap();
        let mode = fs::metadata(home.path().join("a")).unwrap().permissions().mode();
        assert_eq!((read("a"), mode & 0o777), (Some("A".to_owned()), 0o754), "the mode stays");
    }

    #[cfg(unix)]
    #[test]
    fn links_and_read_only_files_are_left_alone() {
        use std::os::unix::fs::{PermissionsExt as _, symlink};
        let home = tempfile::tempdir().unwrap();
        let inside = home.path().join("in");
        fs::create_dir_all(inside.join("real")).unwrap();
        fs::write(home.path().join("out"), "o").unwrap();
        fs::write(inside.join("locked"), "l").unwrap();
        fs::set_permissions(inside.join("locked"), Permissions::from_mode(0o444)).unwrap();
        symlink("../out", inside.join("link")).unwrap();
        symlink("..", inside.join("up")).unwrap();
        symlink("nowhere", inside.join("dangling")).unwrap();
        for (file, before) in [("link", "o"), ("up/out", "o"), ("../out", "o"), ("locked", "l")] {
            rewrite(&inside, &[text(file, Some(before), Some("x"))]).unwrap_err();
        }
        for file in ["up/new", "../new", "dangling", ".git/x", "real/../x", ""] {
            rewrite(&inside, &[text(file, None, Some("x"))]).unwrap_err();
        }
        assert_eq!(fs::read_to_string(home.path().join("out")).unwrap(), "o");
        assert!(!home.path().join("new").exists() && !inside.join("nowhere").exists());
    }
}
