//! Env files: names and values of variables.

use std::collections::BTreeMap;

use crate::doctor::{files::Files, script::Span};

use super::{App, Tree};

/// An env file.
#[derive(Debug, Clone, Default)]
pub struct EnvFile {
    /// Path relative to the workspace.
    pub path: String,
    /// Its variables, in order.
    pub variables: Vec<Variable>,
}

/// A variable that a file sets.
#[derive(Clone)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Its value without quotes. May be secret: never shown before it was masked.
    pub value: String,
    /// Where the whole assignment stands.
    pub span: Span,
}

impl std::fmt::Debug for Variable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Variable").field("name", &self.name).finish_non_exhaustive()
    }
}

impl App {
    /// The value that a variable has in a production build, and the file that sets it; none = no file does.
    pub fn variable(&self, name: &str) -> Option<(&EnvFile, &Variable)> {
        self.env.iter().find_map(|file| {
            file.variables.iter().rev().find(|variable| variable.name == name).map(|variable| (file, variable))
        })
    }
}

impl App {
    /// What the env files set, for a production build.
    pub(super) fn environment(&self) -> BTreeMap<String, String> {
        let mut all = BTreeMap::new();
        for file in self.env.iter().rev() {
            all.extend(file.variables.iter().map(|variable| (variable.name.clone(), variable.value.clone())));
        }
        all
    }
}

/// Reads the env files of an app, those that win first.
pub(super) fn read(_files: &Files, _tree: &mut Tree, _app: &App) -> Vec<EnvFile> {
    Vec::new()
}
