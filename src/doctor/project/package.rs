//! What package.json and the lock file say; for Python what pyproject.toml, requirements and the rest of them say.

mod lock;
mod manifest;
mod python;

use std::{collections::BTreeMap, fmt};

pub(super) use lock::{Locks, above};
pub(super) use manifest::Manifest;
pub(super) use python::Described;

/// Which program wrote the lock file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manager {
    /// package-lock.json, npm-shrinkwrap.json
    Npm,
    /// pnpm-lock.yaml
    Pnpm,
    /// yarn.lock, of either generation
    Yarn,
    /// bun.lock
    Bun,
    /// poetry.lock
    Poetry,
    /// pdm.lock
    Pdm,
    /// uv.lock
    Uv,
    /// Pipfile.lock
    Pipenv,
}

/// A version: numbers, and what comes behind them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// `16`
    pub major: u32,
    /// `2`
    pub minor: u32,
    /// `5`
    pub patch: u32,
}

impl Version {
    /// Reads `16.2.5`, `^16.2`, `v16`, `16.2.5-canary.3`; none where there is no number.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim_start_matches(|c: char| !c.is_ascii_digit());
        let mut parts = text.split(|c: char| !c.is_ascii_digit()).map(|part| part.parse().ok());
        let major = parts.next().flatten()?;
        let mut next = || parts.next().flatten().unwrap_or(0);
        Some(Self { major, minor: next(), patch: next() })
    }

    /// Whether it is this version or a later one.
    pub fn is_at_least(&self, major: u32, minor: u32, patch: u32) -> bool {
        (self.major, self.minor, self.patch) >= (major, minor, patch)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

/// A package.
#[derive(Debug, Clone, Default)]
pub struct Package {
    /// Its name.
    pub name: Option<String>,
    /// Path of its package.json (or pyproject.toml, requirements.txt); none = there is none.
    pub path: Option<String>,
    /// Dependencies of every kind as they are asked for: name → range.
    pub wanted: BTreeMap<String, String>,
    /// Versions that are installed, else locked.
    pub exact: BTreeMap<String, Version>,
    /// `scripts`: name → command.
    pub scripts: BTreeMap<String, String>,
    /// `engines.node`.
    pub node: Option<String>,
    /// Who wrote the lock file, and its path.
    pub lock: Option<(Manager, String)>,
}

impl Package {
    /// Whether a dependency is asked for.
    pub fn has(&self, name: &str) -> bool {
        self.wanted.contains_key(name)
    }

    /// Whether it asks for an SDK of Sentry. Tools for its builds alone are none.
    pub fn has_sentry(&self) -> bool {
        self.wanted.keys().any(|name| is_sdk(name))
    }

    /// The version of a dependency: installed, else locked, else the lowest that its range names.
    pub fn version(&self, name: &str) -> Option<Version> {
        self.exact.get(name).cloned().or_else(|| {
            let range = self.wanted.get(name)?;
            // A place, not a version.
            let is_place = ["file:", "link:", "portal:", "workspace:", "catalog:", "git", "http"];
            let is_place = is_place.iter().any(|head| range.starts_with(head)) || range.contains('/');
            if is_place { None } else { Version::parse(range) }
        })
    }
}

/// Whether a package is an SDK of Sentry: not one of its tools, and no part that SDKs are made of.
pub(super) fn is_sdk(name: &str) -> bool {
    const PARTS: [&str; 7] = ["cli", "core", "types", "utils", "wizard", "esbuild-plugin", "bundler-plugin-core"];
    match name.strip_prefix("@sentry/") {
        Some(rest) => !PARTS.contains(&rest) && !rest.ends_with("-plugin") && !rest.starts_with("cli-"),
        None => matches!(name, "sentry-sdk" | "raven-js" | "raven"),
    }
}
