//! The files in which the policies of one app can stand.

use std::cell::RefCell;

use crate::doctor::{
    files::Files,
    project::{App, Tree, Word, aside::is_aside},
};

/// The files of an app that speak of policies, those of other apps left out.
pub(super) struct Scope<'a> {
    files: &'a Files,
    tree: RefCell<&'a mut Tree>,
    /// Sorted.
    paths: Vec<String>,
    /// The same with those that do not.
    all: Vec<String>,
}

impl<'a> Scope<'a> {
    pub(super) fn new(files: &'a Files, tree: &'a mut Tree, app: &App, folders: &[String]) -> Self {
        let only = folders.len() <= 1;
        let mine = |path: &&String| {
            // The longest folder that a path lies in is that of its app.
            let home = folders.iter().filter(|folder| path.starts_with(folder.as_str()));
            let home = home.max_by_key(|folder| folder.len());
            home.map_or(only, |home| *home == app.folder)
        };
        let all: Vec<String> =
            tree.paths.iter().filter(mine).filter(|path| !is_aside(path, &app.folder)).cloned().collect();
        let paths = all.iter().filter(|path| tree.mentions(path, Word::POLICY)).cloned().collect();
        Self { files, tree: RefCell::new(tree), paths, all }
    }

    /// Paths by their last name.
    pub(super) fn named<'s>(&'s self, is: impl Fn(&str) -> bool + 's) -> impl Iterator<Item = &'s str> {
        self.paths.iter().map(String::as_str).filter(move |path| is(path.rsplit('/').next().unwrap_or(path)))
    }

    /// All paths of files that mention a word.
    pub(super) fn mentioning(&self, word: Word) -> impl Iterator<Item = &str> {
        self.all().filter(move |path| self.tree.borrow().mentions(path, word))
    }

    /// All paths, with those that say nothing of policies.
    pub(super) fn all(&self) -> impl Iterator<Item = &str> {
        self.all.iter().map(String::as_str)
    }

    /// The text of a file; one that cannot be read is told of.
    pub(super) fn text(&self, path: &str) -> Option<String> {
        match self.files.read(path) {
            Ok(text) => text,
            Err(why) => {
                self.skip(path, why);
                None
            }
        }
    }

    /// Tells of a file that cannot be read.
    pub(super) fn skip(&self, path: &str, why: String) {
        self.tree.borrow_mut().skip(path, why);
    }
}
