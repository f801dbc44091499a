//! Programs in Python: where they start Sentry, and which policies they set. The one user of Python's syntax tree.

mod policy;
mod source;
mod start;
mod value;

use std::thread;

use crate::doctor::files::Files;

use super::aside::is_aside;
use super::{App, Init, PolicyText, Tree, Word};
use source::Sources;

/// Files of one app that are looked into.
const MAX_FILES: usize = 1_000;
/// The tree of a file may be as deep as the file is long, and is taken apart by calls within calls.
const STACK: usize = 512 * 1024 * 1024;

/// What was found.
#[derive(Default)]
struct Found {
    inits: Vec<Init>,
    policies: Vec<PolicyText>,
    skipped: Vec<(String, String)>,
}

/// Adds the starts and policies of a program in Python.
pub(super) fn read(files: &Files, tree: &mut Tree, app: &mut App) {
    if !app.framework.kind.is_python() {
        return;
    }
    let found = {
        let (tree, app) = (&*tree, &*app);
        thread::scope(|scope| {
            let reader = thread::Builder::new().name("python".to_owned()).stack_size(STACK);
            let reader = reader.spawn_scoped(scope, || look(files, tree, app)).ok()?;
            reader.join().ok()
        })
    };
    let Some(found) = found else {
        return tree.skip(&app.folder, "its Python cannot be read");
    };
    app.inits.extend(found.inits);
    app.policies.extend(found.policies);
    for (path, why) in found.skipped {
        tree.skip(path, why);
    }
}

fn look(files: &Files, tree: &Tree, app: &App) -> Found {
    let mut found = Found::default();
    let sources = Sources::new(files, tree, app);
    let words = Word::SENTRY | Word::POLICY;
    for path in
        app.mentioning(tree, words).filter(|path| path.ends_with(".py") && !is_test(path, &app.folder)).take(MAX_FILES)
    {
        match sources.get(path) {
            Some(Ok(source)) => {
                found.inits.extend(start::starts(&sources, &source));
                found.policies.extend(policy::policies(&sources, app, &source));
            }
            Some(Err(why)) => found.skipped.push((path.to_owned(), why)),
            None => {}
        }
    }
    found
}

/// Whether a file is one that only tests run.
fn is_test(path: &str, folder: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    is_aside(path, folder) || name.starts_with("test_") || name.ends_with("_test.py") || name == "conftest.py"
}
