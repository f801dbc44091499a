//! The files in which the policies of one app can stand.

use crate::doctor::{
    files::Files,
    project::{App, Skipped, Tree},
};

/// The files of an app, those of other apps left out.
pub(super) struct Scope<'a> {
    files: &'a Files,
    /// Paths of the app, and of the workspace where it has no other app.
    pub(super) paths: Vec<String>,
    skipped: std::cell::RefCell<&'a mut Vec<Skipped>>,
}

impl<'a> Scope<'a> {
    pub(super) fn new(files: &'a Files, tree: &'a mut Tree, app: &App, folders: &[String]) -> Self {
        let only = folders.len() <= 1;
        let mine = |path: &&String| {
            // The longest folder that a path lies in is that of its app.
            let home =
                folders.iter().filter(|folder| path.starts_with(folder.as_str())).max_by_key(|folder| folder.len());
            home.map_or(only, |home| *home == app.folder)
        };
        let paths = tree.paths.iter().filter(mine).filter(|path| !is_aside(path, &app.folder)).cloned().collect();
        Self { files, paths, skipped: std::cell::RefCell::new(&mut tree.skipped) }
    }

    /// Paths by their last name.
    pub(super) fn named<'s>(&'s self, is: impl Fn(&str) -> bool + 's) -> impl Iterator<Item = &'s str> {
        self.paths.iter().map(String::as_str).filter(move |path| is(path.rsplit('/').next().unwrap_or(path)))
    }

    /// The text of a file; one that cannot be read is told of.
    pub(super) fn text(&self, path: &str) -> Option<String> {
        match self.files.read(path) {
            Ok(text) => text,
            Err(why) => {
                self.skip(Skipped { path: path.to_owned(), why });
                None
            }
        }
    }

    /// Tells of a file that cannot be read.
    pub(super) fn skip(&self, skipped: Skipped) {
        let mut all = self.skipped.borrow_mut();
        if !all.contains(&skipped) {
            all.push(skipped);
        }
    }
}

/// Folders whose files are never served: tests, examples, docs of the code, builds.
const ASIDE: [&str; 22] = [
    "test",
    "tests",
    "__tests__",
    "e2e",
    "cypress",
    "playwright",
    "fixtures",
    "__fixtures__",
    "mocks",
    "__mocks__",
    "example",
    "examples",
    "docs",
    "coverage",
    "storybook-static",
    ".storybook",
    "node_modules",
    "dist",
    "vendor",
    "playwright-report",
    "test-results",
    "testdata",
];

fn is_aside(path: &str, folder: &str) -> bool {
    let inside = path.strip_prefix(folder).unwrap_or(path);
    let mut parts = inside.split('/').rev();
    parts.next();
    parts.any(|part| ASIDE.contains(&part))
}
