//! Which file of the workspace a frame is of, where its path says it: frames that somebody else has source-mapped, and
//! frames of code that needs no map. Blocking; bounded.

use std::{collections::HashMap, path::Path};

use super::{
    source_name,
    workspace::{Index, Workspace},
};
use crate::event::{Frame, InWorkspace};

/// Files of one call whose lines are compared.
const MAX_READ: usize = 60;

/// What each frame's file is in the workspace; frames of libraries and runtimes are left alone.
pub(super) fn locate(workspace: &Workspace, frames: &mut [Frame]) {
    let index = workspace.index();
    let mut lines = Lines { workspace, files: HashMap::new() };
    for frame in frames {
        if frame.in_app == Some(false) {
            continue;
        }
        let names = [frame.filename.as_deref(), frame.abs_path.as_deref()];
        let mut found = None;
        for name in names.into_iter().flatten() {
            match find(&index, &mut lines, frame, name) {
                Some(file @ InWorkspace::File(..)) => {
                    found = Some(file);
                    break;
                }
                other => found = found.or(other),
            }
        }
        frame.workspace = found;
    }
}

/// None = the name is of no file of the app: a library, a runtime, `<anonymous>`.
fn find(index: &Index, lines: &mut Lines<'_>, frame: &Frame, name: &str) -> Option<InWorkspace> {
    let name = source_name::normal(name);
    let tail = name.tail();
    if name.vendor || name.runtime || tail.is_empty() || !tail.contains('.') {
        return None;
    }
    let tail = with_module(tail, frame);
    let parts = tail.split('/').count();
    let mut best: Vec<&String> = Vec::new();
    let mut most = 0;
    for path in index.named(&tail).iter().take(500) {
        let common = common_end(path, &tail);
        // A file name alone says too little, unless there is no more of the one path or the other.
        if common < 2 && common < parts && common < path.split('/').count() {
            continue;
        }
        if common > most {
            (most, best) = (common, Vec::new());
        }
        if common == most {
            best.push(path);
        }
    }
    let same = |path: &&String, lines: &mut Lines<'_>| lines.same(path, frame);
    match best.as_slice() {
        [] => Some(InWorkspace::No),
        [one] => Some(InWorkspace::File((*one).clone(), same(one, lines))),
        many => {
            let alike: Vec<&&String> = many.iter().filter(|path| same(path, lines) == Some(true)).collect();
            let exact = many.iter().find(|path| ***path == tail);
            match (alike.as_slice(), exact) {
                ([one], _) => Some(InWorkspace::File((**one).clone(), Some(true))),
                (_, Some(exact)) => Some(InWorkspace::File((*exact).clone(), same(exact, lines))),
                _ => Some(InWorkspace::Several(many.len())),
            }
        }
    }
}

/// Java and its kin name the file alone, and the folder in the module: `com.acme.Cart` → `com/acme/Cart.java`.
fn with_module(tail: &str, frame: &Frame) -> String {
    let module = frame.module.as_deref().and_then(|module| module.rsplit_once('.'));
    match module {
        Some((package, _))
            if !tail.contains('/') && [".java", ".kt", ".scala"].iter().any(|end| tail.ends_with(end)) =>
        {
            format!("{}/{tail}", package.replace('.', "/"))
        }
        _ => tail.to_owned(),
    }
}

/// How many parts two paths share at their ends.
fn common_end(one: &str, other: &str) -> usize {
    one.rsplit('/').zip(other.rsplit('/')).take_while(|(one, other)| one == other).count()
}

/// Lines of files, each read once.
struct Lines<'a> {
    workspace: &'a Workspace,
    files: HashMap<String, Option<Vec<String>>>,
}

impl Lines<'_> {
    /// Whether the file's line is the frame's; none where either is not known.
    fn same(&mut self, path: &str, frame: &Frame) -> Option<bool> {
        let wanted = frame.context_line.as_deref().map(str::trim_end)?;
        // Sentry cuts long lines: `{snip} … {snip}`, and we with an ellipsis.
        if wanted.trim().is_empty() || wanted.contains("{snip}") || wanted.ends_with('…') {
            return None;
        }
        if !self.files.contains_key(path) && self.files.len() < MAX_READ {
            let text = self.workspace.read(Path::new(path)).and_then(|bytes| String::from_utf8(bytes).ok());
            let lines = text.map(|text| text.lines().map(|line| line.trim_end().to_owned()).collect());
            self.files.insert(path.to_owned(), lines);
        }
        let lines = self.files.get(path)?.as_ref()?;
        let at = usize::try_from(frame.lineno?.checked_sub(1)?).ok()?;
        Some(lines.get(at).map(String::as_str) == Some(wanted))
    }
}
