//! What a program in Python asks for: requirements, pyproject.toml, Pipfile, setup.cfg, setup.py; and its lock files.

use std::{collections::BTreeMap, sync::LazyLock};

use regex::Regex;
use toml::{Table, Value};

use crate::doctor::{files::Files, project::Tree};

use super::{Manager, Package, Version, lock};

/// Lock files of large programs have many megabytes.
const MAX_LOCK: u64 = 32 * 1024 * 1024;

/// A folder that says what its program asks for, and the files that say it.
#[derive(Debug, Default)]
pub struct Described {
    /// Paths, the one that counts first at the front.
    pub paths: Vec<String>,
}

impl Described {
    /// Whether a file says what a program in Python asks for; gives the folder of the program.
    pub fn folder(path: &str) -> Option<&str> {
        let (folder, name) = split(path);
        let is_list = name.ends_with(".txt") || name.ends_with(".in");
        if is_list && (name.starts_with("requirements") || name.ends_with("requirements.txt")) {
            return Some(folder);
        }
        if is_list && folder.ends_with("requirements/") {
            // requirements/base.txt
            return folder.strip_suffix("requirements/").filter(|rest| rest.is_empty() || rest.ends_with('/'));
        }
        matches!(name, "pyproject.toml" | "Pipfile" | "setup.cfg" | "setup.py" | "manage.py").then_some(folder)
    }

    /// Takes a file.
    pub fn add(&mut self, path: &str) {
        // What is written for a tool that resolves counts before lists of what it resolved, and tests come last.
        const ORDER: [&str; 4] = ["pyproject.toml", "Pipfile", "setup.cfg", "setup.py"];
        let place = |path: &String| {
            let (_, name) = split(path);
            let known = ORDER.iter().position(|first| *first == name);
            known.unwrap_or(if name == "requirements.txt" { ORDER.len() } else { ORDER.len() + 1 })
        };
        self.paths.push(path.to_owned());
        self.paths.sort_by_key(place);
    }

    /// Reads them.
    pub fn read(&self, files: &Files, tree: &mut Tree, folder: &str) -> Package {
        let mut package = Package::default();
        for path in &self.paths {
            let (_, name) = split(path);
            let text = match files.read(path) {
                Ok(Some(text)) => text,
                Ok(None) => continue,
                Err(why) => {
                    tree.skip(path, why);
                    continue;
                }
            };
            match name {
                "pyproject.toml" | "Pipfile" => match text.parse::<Table>() {
                    Ok(table) => tables(&table, &mut package),
                    Err(error) => tree.skip(path, format!("it is no TOML: {}", error.message())),
                },
                "setup.cfg" => setup(&text, &mut package),
                "setup.py" => code(&text, &mut package),
                "manage.py" => {}
                _ => lines(&text, &mut package),
            }
            if package.path.is_none() && name != "manage.py" {
                package.path = Some(path.clone());
            }
        }
        locked(files, tree, folder, &mut package);
        package
    }
}

fn split(path: &str) -> (&str, &str) {
    let at = path.rfind('/').map_or(0, |at| at + 1);
    path.split_at_checked(at).unwrap_or(("", path))
}

/// Names as pip compares them: `Django_CSP` is `django-csp`.
fn normal(name: &str) -> String {
    let mut normal = String::with_capacity(name.len());
    for c in name.chars() {
        match c {
            '-' | '_' | '.' if normal.ends_with('-') => {}
            '-' | '_' | '.' => normal.push('-'),
            c => normal.push(c.to_ascii_lowercase()),
        }
    }
    normal
}

/// Takes a requirement: `sentry-sdk[django]==2.1 ; python_version > "3.8"`.
fn requirement(text: &str, package: &mut Package) {
    let text = text.trim();
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c))).unwrap_or(text.len());
    let Some((name, rest)) = text.split_at_checked(end).filter(|(name, _)| !name.is_empty()) else { return };
    let rest = rest.split([';', '#']).next().unwrap_or_default().trim();
    let rest = rest.strip_prefix('[').and_then(|rest| rest.split_once(']')).map_or(rest, |(_, rest)| rest).trim();
    // `name @ https://…`, and `--hash=…` behind the version.
    let range = if rest.starts_with('@') { "" } else { rest.split(" --").next().unwrap_or_default().trim() };
    let name = normal(name);
    if let Some(version) = range.strip_prefix("==").filter(|range| !range.contains(['*', ','])).and_then(Version::parse)
    {
        package.exact.entry(name.clone()).or_insert(version);
    }
    package.wanted.entry(name).or_insert_with(|| range.to_owned());
}

/// requirements.txt
fn lines(text: &str, package: &mut Package) {
    for line in text.lines().map(str::trim).filter(|line| !line.starts_with(['#', '-'])) {
        requirement(line.trim_end_matches('\\'), package);
    }
}

/// pyproject.toml of every tool, and Pipfile.
fn tables(table: &Table, package: &mut Package) {
    fn get<'a>(table: &'a Table, path: &[&str]) -> Option<&'a Value> {
        let (first, rest) = path.split_first()?;
        rest.iter().try_fold(table.get(*first)?, |value, name| value.get(*name))
    }
    fn list(value: &Value, package: &mut Package) {
        for text in value.as_array().into_iter().flatten().filter_map(Value::as_str) {
            requirement(text, package);
        }
    }
    fn map(value: &Value, package: &mut Package) {
        for (name, wanted) in value.as_table().into_iter().flatten().filter(|(name, _)| *name != "python") {
            let range = wanted.as_str().or_else(|| wanted.get("version")?.as_str()).unwrap_or_default();
            package.wanted.entry(normal(name)).or_insert_with(|| range.to_owned());
        }
    }
    if let Some(name) = get(table, &["project", "name"]).or_else(|| get(table, &["tool", "poetry", "name"])) {
        package.name = name.as_str().map(str::to_owned);
    }
    for path in [&["project", "dependencies"][..], &["tool", "uv", "dev-dependencies"]] {
        get(table, path).into_iter().for_each(|value| list(value, package));
    }
    for path in
        [&["project", "optional-dependencies"][..], &["dependency-groups"], &["tool", "pdm", "dev-dependencies"]]
    {
        let groups = get(table, path).and_then(Value::as_table).into_iter().flatten();
        groups.for_each(|(_, value)| list(value, package));
    }
    for path in [
        &["tool", "poetry", "dependencies"][..],
        &["tool", "poetry", "dev-dependencies"],
        &["packages"],
        &["dev-packages"],
    ] {
        get(table, path).into_iter().for_each(|value| map(value, package));
    }
    let groups = get(table, &["tool", "poetry", "group"]).and_then(Value::as_table).into_iter().flatten();
    groups.filter_map(|(_, group)| group.get("dependencies")).for_each(|value| map(value, package));
}

/// `install_requires` of setup.cfg: what stands behind it, or in the lines below that begin with a blank.
fn setup(text: &str, package: &mut Package) {
    let mut inside = false;
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("install_requires") {
            inside = true;
            requirement(rest.trim_start_matches([' ', '=']), package);
        } else if inside && line.starts_with([' ', '\t']) {
            requirement(line, package);
        } else if !line.trim().is_empty() {
            inside = false;
        }
    }
}

static IN_CODE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"(?s)install_requires\s*=\s*\[(.*?)\]\s*[,)]"#).ok());
static IN_QUOTES: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r#"["']([^"'\n]{1,200})["']"#).ok());

/// `install_requires` of setup.py, where it is a list of texts.
fn code(text: &str, package: &mut Package) {
    let list = IN_CODE.as_ref().and_then(|pattern| pattern.captures(text)?.get(1));
    let (Some(list), Some(quoted)) = (list, IN_QUOTES.as_ref()) else { return };
    for found in quoted.captures_iter(list.as_str()) {
        let [text] = found.extract().1;
        requirement(text, package);
    }
}

/// The versions of the nearest lock file, for what is asked for.
fn locked(files: &Files, tree: &mut Tree, folder: &str, package: &mut Package) {
    const NAMES: [(&str, Manager); 4] = [
        ("poetry.lock", Manager::Poetry),
        ("uv.lock", Manager::Uv),
        ("pdm.lock", Manager::Pdm),
        ("Pipfile.lock", Manager::Pipenv),
    ];
    let found = lock::above(folder).into_iter().find_map(|folder| {
        NAMES.iter().map(|(name, manager)| (*manager, format!("{folder}{name}"))).find(|(_, path)| tree.has(path))
    });
    let Some((manager, path)) = found else { return };
    let versions = match files.read_up_to(&path, MAX_LOCK) {
        Ok(text) => text.map(|text| if manager == Manager::Pipenv { pipenv(&text) } else { Ok(list(&text)) }),
        Err(why) => Some(Err(why)),
    };
    match versions {
        Some(Ok(versions)) => {
            for (name, version) in versions {
                if let Some(version) = Version::parse(&version).filter(|_| package.wanted.contains_key(&name)) {
                    package.exact.insert(name, version);
                }
            }
        }
        Some(Err(why)) => tree.skip(&path, why),
        None => {}
    }
    package.lock = Some((manager, path));
}

/// `[[package]]`, then `name = "…"` and `version = "…"`: what poetry, uv and pdm all write, a line each.
fn list(text: &str) -> BTreeMap<String, String> {
    let (mut all, mut name) = (BTreeMap::new(), None);
    let value = |line: &str, key: &str| {
        Some(line.strip_prefix(key)?.trim_start().strip_prefix('=')?.trim().trim_matches('"').to_owned())
    };
    for line in text.lines() {
        if line.starts_with('[') {
            name = None;
        } else if let Some(found) = value(line, "name") {
            name = Some(normal(&found));
        } else if let Some(version) = value(line, "version")
            && let Some(name) = name.take()
        {
            all.insert(name, version);
        }
    }
    all
}

fn pipenv(text: &str) -> Result<BTreeMap<String, String>, String> {
    let lock: serde_json::Value = serde_json::from_str(text).map_err(|error| format!("it is no JSON: {error}"))?;
    let parts = ["develop", "default"].into_iter().filter_map(|part| lock.get(part)?.as_object());
    let versions = parts.flatten().filter_map(|(name, entry)| {
        Some((normal(name), entry.get("version")?.as_str()?.trim_start_matches('=').to_owned()))
    });
    Ok(versions.collect())
}
