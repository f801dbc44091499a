//! Env files: names and values of variables, in the order in which a production build takes them.

mod dotenv;

use std::collections::{BTreeMap, BTreeSet};

use crate::doctor::{files::Files, script::Span};

use super::{App, Kind, Tree, package::above};

/// Letters of one value after variables in it were filled in.
const MAX_VALUE: usize = 4096;
/// Variables that name variables.
const MAX_DEPTH: usize = 8;

/// An env file.
#[derive(Clone)]
pub struct EnvFile {
    /// Path relative to the workspace.
    pub path: String,
    /// What it is for.
    pub role: Role,
    /// Its variables, in order.
    pub variables: Vec<Variable>,
    /// Its text. May hold secrets: never shown before they were masked.
    pub text: String,
}

/// What an env file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// A production build reads it.
    Production,
    /// Sentry's plugin reads it while it builds: `.env.sentry-build-plugin`.
    Build,
    /// It lies above the app: read only where a script passes it on.
    Outer,
    /// Read while developing only.
    Development,
    /// Read for tests, a stage or something else.
    Other,
    /// A list of names for people: its values mean nothing.
    Example,
}

impl Role {
    /// Whether values of such a file may reach a production build.
    pub fn counts(self) -> bool {
        matches!(self, Self::Production | Self::Build | Self::Outer)
    }
}

/// A variable that a file sets.
#[derive(Clone)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Its value without quotes, other variables filled in. May be secret: never shown before it was masked.
    pub value: String,
    /// Variables in it that no file sets: what it really holds is not known.
    pub unknown: Vec<String>,
    /// Where the whole assignment stands.
    pub span: Span,
    /// Where its value stands, quotes included.
    pub value_span: Span,
}

impl std::fmt::Debug for Variable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Variable").field("name", &self.name).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for EnvFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { path, role, variables, text: _ } = self;
        f.debug_struct("EnvFile").field("path", path).field("role", role).field("variables", variables).finish()
    }
}

impl EnvFile {
    /// The variable of a name: of several the last.
    pub fn get(&self, name: &str) -> Option<&Variable> {
        self.variables.iter().rev().find(|variable| variable.name == name)
    }
}

impl App {
    /// The value that a variable has in a production build, and the file that sets it; none = no file does.
    pub fn variable(&self, name: &str) -> Option<(&EnvFile, &Variable)> {
        self.env.iter().filter(|file| file.role.counts()).find_map(|file| Some((file, file.get(name)?)))
    }

    /// Every file that names a variable, examples too, those that count first.
    pub fn naming<'a>(&'a self, name: &'a str) -> impl Iterator<Item = (&'a EnvFile, &'a Variable)> {
        self.env.iter().filter_map(move |file| Some((file, file.get(name)?)))
    }

    /// What the env files set, for a production build; without what is not known whole.
    pub(super) fn environment(&self) -> BTreeMap<String, String> {
        let mut all = BTreeMap::new();
        for file in self.env.iter().rev().filter(|file| file.role.counts()) {
            for variable in &file.variables {
                if variable.unknown.is_empty() {
                    all.insert(variable.name.clone(), variable.value.clone());
                } else {
                    all.remove(&variable.name);
                }
            }
        }
        all
    }
}

/// Reads the env files of an app, those that win first.
pub(super) fn read(files: &Files, tree: &mut Tree, app: &App) -> Vec<EnvFile> {
    let mut paths: Vec<(u8, String, Role)> = Vec::new();
    for (nearness, folder) in above(&app.folder).into_iter().enumerate() {
        let (own, flask) = (format!("{folder}.env"), format!("{folder}.flaskenv"));
        for path in tree.below(&own).chain(tree.below(&flask)) {
            let name = path.strip_prefix(folder).unwrap_or_default();
            let Some((place, role)) = place(name, app.framework.kind) else { continue };
            match nearness {
                0 => paths.push((place, path.to_owned(), role)),
                // Only the outermost file of all is passed on by scripts of workspaces.
                _ if role == Role::Production => paths.push((50 + place, path.to_owned(), Role::Outer)),
                _ => {}
            }
        }
    }
    paths.sort_by(|(a, path, _), (b, other, _)| (a, path).cmp(&(b, other)));
    let mut all = Vec::new();
    for (_, path, role) in paths {
        match files.read(&path) {
            Ok(Some(text)) => all.push(EnvFile { variables: dotenv::parse(&text), path, role, text }),
            Ok(None) => {}
            Err(why) => tree.skip(path, why),
        }
    }
    fill(&mut all);
    all
}

/// Which place a file has among those that set variables, the one that wins lowest, and what it is for; none = it is none.
fn place(name: &str, kind: Kind) -> Option<(u8, Role)> {
    let rest = match name {
        ".env" => return Some((4, Role::Production)),
        ".flaskenv" => return Some((5, Role::Production)),
        _ => name.strip_prefix(".env.")?,
    };
    if rest.contains('/') {
        return None;
    }
    // Vite prefers the mode's file to the local one, Next.js and Create React App the other way around.
    let is_vite = matches!(kind, Kind::Vite | Kind::SvelteKit | Kind::Astro | Kind::Remix);
    let examples = ["example", "sample", "template", "dist", "default", "schema"];
    Some(match rest {
        "production.local" | "prod.local" => (1, Role::Production),
        "local" => (if is_vite { 3 } else { 2 }, Role::Production),
        "production" | "prod" => (if is_vite { 2 } else { 3 }, Role::Production),
        "sentry-build-plugin" => (9, Role::Build),
        "vault" | "keys" => return None,
        rest if examples.iter().any(|word| rest.contains(word)) => (200, Role::Example),
        rest if rest.starts_with("dev") => (100, Role::Development),
        _ => (150, Role::Other),
    })
}

/// Fills in the variables that values name.
fn fill(files: &mut [EnvFile]) {
    let mut known: BTreeMap<String, String> = BTreeMap::new();
    for file in files.iter().rev().filter(|file| file.role.counts()) {
        known.extend(file.variables.iter().map(|variable| (variable.name.clone(), variable.value.clone())));
    }
    for file in files {
        // In a file that does not count, its own variables are nearer.
        let own: BTreeMap<String, String> = match file.role.counts() {
            true => BTreeMap::new(),
            false => file.variables.iter().map(|own| (own.name.clone(), own.value.clone())).collect(),
        };
        for variable in &mut file.variables {
            let mut unknown = BTreeSet::new();
            let find = |name: &str| own.get(name).or_else(|| known.get(name)).map(String::as_str);
            variable.value = dotenv::expand(&variable.value, &find, &mut unknown, MAX_DEPTH);
            variable.unknown = unknown.into_iter().collect();
            if variable.value.starts_with("encrypted:") {
                variable.unknown.push("DOTENV_PRIVATE_KEY".to_owned());
            }
        }
    }
}
