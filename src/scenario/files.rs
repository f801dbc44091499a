//! Scenario files: where they are in the workspace, and reading and writing them there.

use std::path::{Component, Path, PathBuf};

use super::{
    format::{Scenario, short_hash},
    read::read,
    write::write,
};
use crate::{
    artifacts,
    error::{Result, ToolError},
    report::Text,
};

/// Folder of scenario files in the workspace.
pub const FOLDER: &str = "fixloop";
/// Names that are told when a scenario is not found.
const MAX_NAMES: usize = 20;
/// No scenario file is near this; what is larger is not read at all.
const MAX_BYTES: u64 = 1024 * 1024;
/// Device names that Windows gives no file to.
const RESERVED: [&str; 4] = ["con", "prn", "aux", "nul"];

/// A scenario and the file that it was read from.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded {
    /// The scenario.
    pub scenario: Scenario,
    /// Its file relative to the workspace, with `/`.
    pub file: String,
    /// Hash of the file.
    pub content_hash: String,
}

/// Reads the scenario that `named` means: a name (`checkout`) or a path in the workspace (`fixloop/checkout.yaml`).
pub fn load(workspace: &Path, named: &str) -> Result<Loaded> {
    let path = find(workspace, named)?;
    let file = relative(workspace, &path);
    let unreadable = |why: String| {
        ToolError::new(format!("Cannot read the scenario {file}: {why}"), "Check that it is a readable text file.")
    };
    let size = std::fs::metadata(&path).map_err(|error| unreadable(error.to_string()))?.len();
    if size > MAX_BYTES {
        return Err(unreadable(format!("it has {size} bytes")));
    }
    let text = std::fs::read_to_string(&path).map_err(|error| unreadable(error.to_string()))?;
    let scenario = read(&text).map_err(|problem| problem.in_file(&file))?;
    Ok(Loaded { scenario, file, content_hash: short_hash(text.as_bytes()) })
}

/// Writes a scenario to its file under [`FOLDER`]; returns the file relative to the workspace. A file that is there is
/// kept unless `overwrite` says otherwise.
pub fn save(workspace: &Path, scenario: &Scenario, overwrite: bool) -> Result<String> {
    let path = workspace.join(FOLDER).join(format!("{}.yaml", slug(&scenario.name)?));
    let file = relative(workspace, &path);
    if path.symlink_metadata().is_ok() && !overwrite {
        return Err(ToolError::new(
            format!("The scenario {file} is there already."),
            "Give another name, or overwrite: true to replace it.",
        ));
    }
    // A linked folder would put the file where the user does not expect it.
    if let Ok(folder) = workspace.join(FOLDER).canonicalize() {
        inside(workspace, &folder, FOLDER)?;
    }
    let text = format!("# A fixloop scenario. Run it: fixloop run {file}\n{}", write(scenario));
    let back = read(&text).map_err(|problem| problem.in_file(&file))?;
    if back.step_hash() != scenario.step_hash() {
        return Err(ToolError::bare(format!("The scenario {file} would not read back as it is; nothing was saved.")));
    }
    artifacts::write_whole(&path, text.as_bytes())?;
    Ok(file)
}

fn find(workspace: &Path, named: &str) -> Result<PathBuf> {
    let is_path = named.contains(['/', '\\']) || named.ends_with(".yaml") || named.ends_with(".yml");
    let candidates = match is_path {
        true => vec![workspace.join(named), workspace.join(FOLDER).join(named)],
        false => {
            let slug = slug(named)?;
            ["yaml", "yml"].map(|ending| workspace.join(FOLDER).join(format!("{slug}.{ending}"))).to_vec()
        }
    };
    for candidate in candidates {
        if let Ok(path) = candidate.canonicalize() {
            inside(workspace, &path, named)?;
            return Ok(path);
        }
        // Said before "not found", so that nobody learns what is outside.
        if candidate.components().any(|part| part == Component::ParentDir) {
            inside(workspace, Path::new("/"), named)?;
        }
    }
    Err(ToolError::new(
        format!("There is no scenario {}.", Text::quoted(named, 100)),
        match names(workspace).as_slice() {
            [] => format!("There are none in {FOLDER}/ yet. Record one: act with browser_act, then save_scenario."),
            names => format!("Scenarios in {FOLDER}/: {}.", names.join(", ")),
        },
    ))
}

/// Names of the scenario files in [`FOLDER`], sorted.
pub fn names(workspace: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(workspace.join(FOLDER)) else { return Vec::new() };
    let mut names: Vec<String> = entries
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let stem = name.strip_suffix(".yaml").or(name.strip_suffix(".yml"))?;
            stem.chars().all(|c| c.is_alphanumeric() || "-_. ".contains(c)).then(|| stem.to_owned())
        })
        .collect();
    names.sort();
    names.truncate(MAX_NAMES);
    names
}

fn inside(workspace: &Path, path: &Path, named: &str) -> Result<()> {
    let home = workspace.canonicalize().unwrap_or_else(|_| workspace.to_path_buf());
    if path.starts_with(&home) {
        return Ok(());
    }
    Err(ToolError::new(
        format!("{} is outside of the workspace {}.", Text::quoted(named, 100), workspace.display()),
        "Scenarios are files in the workspace; choose another workspace with --workspace DIR.",
    ))
}

fn relative(workspace: &Path, path: &Path) -> String {
    let home = workspace.canonicalize().unwrap_or_else(|_| workspace.to_path_buf());
    let path = path.strip_prefix(&home).or(path.strip_prefix(workspace)).unwrap_or(path);
    path.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

/// The file name of a scenario: letters and digits of its name, in lower case, joined by `-`.
fn slug(name: &str) -> Result<String> {
    let mut slug = String::new();
    for c in name.chars().flat_map(char::to_lowercase) {
        if c.is_alphanumeric() {
            slug.push(c);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
        if slug.chars().count() >= 60 {
            break;
        }
    }
    let slug = slug.trim_matches('-').to_owned();
    if slug.is_empty() {
        return Err(ToolError::new(
            format!("A scenario cannot be named {}.", Text::quoted(name, 100)),
            "Give a name with letters or digits: checkout.",
        ));
    }
    Ok(if RESERVED.contains(&slug.as_str()) { format!("scenario-{slug}") } else { slug })
}
