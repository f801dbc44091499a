//! Files of an app that its users never meet: tests, examples, docs of the code, builds.

/// Endings of scripts.
pub(super) const ENDINGS: [&str; 8] = ["ts", "tsx", "js", "jsx", "mjs", "cjs", "mts", "cts"];

/// Whether a path is a script's.
pub(super) fn is_script(path: &str) -> bool {
    path.rsplit_once('.').is_some_and(|(_, ending)| ENDINGS.contains(&ending)) && !path.ends_with(".d.ts")
}

/// Folders whose files are never served.
const FOLDERS: [&str; 24] = [
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
    "stories",
    "coverage",
    "storybook-static",
    ".storybook",
    "node_modules",
    "dist",
    "vendor",
    "playwright-report",
    "test-results",
    "testdata",
    "test-fixtures",
];
/// What names of such files have in them, and begin with.
const MARKS: [&str; 7] = [".test.", ".spec.", ".stories.", ".cy.", ".mock.", ".min.", ".d.ts"];
const HEADS: [&str; 3] = ["vitest.", "jest.", "playwright."];

/// Whether a file's name says that it is a test, a story or made by a build.
pub(super) fn is_marked(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    MARKS.iter().any(|mark| name.contains(mark)) || HEADS.iter().any(|head| name.starts_with(head))
}

/// Whether a file of the app in `folder` is none that its users meet. The app itself may lie anywhere: `apps/docs/`.
pub(super) fn is_aside(path: &str, folder: &str) -> bool {
    let mut parts = path.strip_prefix(folder).unwrap_or(path).rsplit('/');
    parts.next();
    is_marked(path) || parts.any(|part| FOLDERS.contains(&part))
}
