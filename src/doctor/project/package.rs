//! What package.json and the lock file say.

use std::{collections::BTreeMap, fmt};

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

    /// The version of a dependency: installed, else locked, else the lowest that its range names.
    pub fn version(&self, name: &str) -> Option<Version> {
        self.exact.get(name).cloned().or_else(|| Version::parse(self.wanted.get(name)?))
    }
}
