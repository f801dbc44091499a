//! Lock files: which version of a package a folder gets.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use regex::Regex;
use serde::Deserialize;

use crate::doctor::{files::Files, project::Tree};

use super::{Manager, Manifest, Version};

/// Lock files of large workspaces have many megabytes.
const MAX_LOCK: u64 = 64 * 1024 * 1024;
/// Lists of dependencies in a pnpm-lock.yaml have a few entries for each package of the workspace.
const MAX_NODES: usize = 500_000;

/// Names of lock files, of several in a folder the one that counts first.
const NAMES: [(&str, Manager); 7] = [
    ("pnpm-lock.yaml", Manager::Pnpm),
    ("yarn.lock", Manager::Yarn),
    ("bun.lock", Manager::Bun),
    ("bun.lockb", Manager::Bun),
    ("npm-shrinkwrap.json", Manager::Npm),
    ("package-lock.json", Manager::Npm),
    ("node_modules/.package-lock.json", Manager::Npm),
];

/// The lock files of a workspace, each read once.
#[derive(Default)]
pub struct Locks {
    read: BTreeMap<String, Lock>,
}

/// What a lock file says.
enum Lock {
    /// `node_modules/next`, `apps/web/node_modules/next` → version
    Npm(BTreeMap<String, String>),
    /// `apps/web` → name → version
    Pnpm(BTreeMap<String, BTreeMap<String, String>>),
    /// `next@^16` → version
    Yarn(BTreeMap<String, String>),
    /// `next`, `web/next` → version
    Bun(BTreeMap<String, String>),
    /// It cannot be read.
    Unknown,
}

impl Locks {
    /// Who wrote the lock file that a folder's packages come from, with its path; and the versions of what is asked for.
    pub fn of(
        &mut self,
        files: &Files,
        tree: &mut Tree,
        manifest: &Manifest,
    ) -> (Option<(Manager, String)>, BTreeMap<String, Version>) {
        let folders = above(&manifest.folder);
        let found = folders.iter().find_map(|folder| {
            NAMES.iter().map(|(name, manager)| (*manager, format!("{folder}{name}"))).find(|(_, path)| tree.has(path))
        });
        let Some((manager, path)) = found else { return (None, BTreeMap::new()) };
        let lock = self.read.entry(path.clone()).or_insert_with(|| read(files, tree, &path, manager));
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let inside = manifest.folder.strip_prefix(folder).unwrap_or(&manifest.folder);
        let inside = inside.trim_matches('/');
        let versions = manifest.wanted.iter().filter_map(|(name, range)| {
            let version = lock.version(inside, manifest.name.as_deref(), name, range)?;
            Some((name.clone(), Version::parse(version)?))
        });
        (Some((manager, path)), versions.collect())
    }
}

/// A folder and those above it, up to the workspace; each empty or with a slash at its end.
pub fn above(folder: &str) -> Vec<&str> {
    let mut all = vec![folder];
    let mut rest = folder.trim_end_matches('/');
    while let Some((head, _)) = rest.rsplit_once('/') {
        all.push(folder.get(..=head.len()).unwrap_or_default());
        rest = head;
    }
    if !folder.is_empty() {
        all.push("");
    }
    all
}

fn read(files: &Files, tree: &mut Tree, path: &str, manager: Manager) -> Lock {
    let text = match files.read_up_to(path, MAX_LOCK) {
        Ok(Some(text)) if !path.ends_with("lockb") => text,
        Ok(_) => return Lock::Unknown,
        Err(why) => {
            tree.skip(path, why);
            return Lock::Unknown;
        }
    };
    let lock = match manager {
        Manager::Npm => npm(&text),
        Manager::Pnpm => pnpm(&text),
        Manager::Yarn => Ok(yarn(&text)),
        _ => Ok(bun(&text)),
    };
    lock.unwrap_or_else(|why| {
        tree.skip(path, why);
        Lock::Unknown
    })
}

impl Lock {
    fn version(&self, folder: &str, own_name: Option<&str>, name: &str, range: &str) -> Option<&str> {
        match self {
            Self::Npm(all) => {
                let folder = if folder.is_empty() { String::new() } else { format!("{folder}/") };
                above(&folder).iter().find_map(|folder| all.get(&format!("{folder}node_modules/{name}")))
            }
            Self::Pnpm(all) => all.get(if folder.is_empty() { "." } else { folder })?.get(name),
            Self::Yarn(all) => {
                let range = range.strip_prefix("npm:").unwrap_or(range);
                all.get(&format!("{name}@{range}")).or_else(|| only(all, name))
            }
            Self::Bun(all) => own_name.and_then(|own| all.get(&format!("{own}/{name}"))).or_else(|| all.get(name)),
            Self::Unknown => None,
        }
        .map(String::as_str)
    }
}

/// The version of a package that is locked in one version only.
fn only<'a>(all: &'a BTreeMap<String, String>, name: &str) -> Option<&'a String> {
    let head = format!("{name}@");
    let mut found = all.range(head.clone()..).take_while(|(key, _)| key.starts_with(&head)).map(|(_, version)| version);
    let first = found.next()?;
    found.all(|other| other == first).then_some(first)
}

#[derive(Deserialize)]
struct NpmLock {
    #[serde(default)]
    packages: BTreeMap<String, NpmEntry>,
    #[serde(default)]
    dependencies: BTreeMap<String, NpmEntry>,
}

#[derive(Deserialize)]
struct NpmEntry {
    version: Option<String>,
}

fn npm(text: &str) -> Result<Lock, String> {
    let lock: NpmLock = serde_json::from_str(text).map_err(|error| format!("it is no lock file of npm: {error}"))?;
    let entries = |list: BTreeMap<String, NpmEntry>, head: &'static str| {
        list.into_iter().filter_map(move |(name, entry)| Some((format!("{head}{name}"), entry.version?)))
    };
    // Version 1 has only `dependencies`; version 2 has both.
    let mut all: BTreeMap<String, String> = entries(lock.dependencies, "node_modules/").collect();
    all.extend(entries(lock.packages, ""));
    Ok(Lock::Npm(all))
}

#[derive(Deserialize)]
struct PnpmLock {
    #[serde(default)]
    importers: BTreeMap<String, Importer>,
    // A workspace of one package, until version 8.
    #[serde(default)]
    dependencies: BTreeMap<String, Locked>,
    #[serde(default, rename = "devDependencies")]
    dev: BTreeMap<String, Locked>,
}

#[derive(Deserialize, Default)]
struct Importer {
    #[serde(default)]
    dependencies: BTreeMap<String, Locked>,
    #[serde(default, rename = "devDependencies")]
    dev: BTreeMap<String, Locked>,
    #[serde(default, rename = "optionalDependencies")]
    optional: BTreeMap<String, Locked>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Locked {
    Full { version: String },
    Short(String),
}

fn pnpm(text: &str) -> Result<Lock, String> {
    // What the packages themselves ask for is most of the file, and not needed.
    let end = ["\npackages:", "\nsnapshots:"].iter().filter_map(|head| text.find(head)).min();
    let text = end.and_then(|end| text.get(..end)).unwrap_or(text);
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_anchors: 0,
            max_aliases: 0,
            max_depth: 16,
            max_documents: 1,
            max_nodes: MAX_NODES,
            max_total_scalar_bytes: text.len(),
        },
        emit_comments: false,
        with_snippet: false,
    };
    let lock: PnpmLock = serde_saphyr::from_str_with_options(text, options).map_err(|error| {
        format!("it is no lock file of pnpm: {}", error.to_string().lines().next().unwrap_or_default())
    })?;
    let mut importers = lock.importers;
    if importers.is_empty() {
        let single = Importer { dependencies: lock.dependencies, dev: lock.dev, optional: BTreeMap::new() };
        importers.insert(".".to_owned(), single);
    }
    let versions = |importer: Importer| -> BTreeMap<String, String> {
        let all = importer.optional.into_iter().chain(importer.dev).chain(importer.dependencies);
        all.map(|(name, locked)| {
            let (Locked::Full { version } | Locked::Short(version)) = locked;
            // `/next/14.1.0`, `16.2.5(react@19.0.0)`, `16.2.5_react@18.0.0`; `@sentry/nextjs@10.0.0` for another name.
            let version = version.split(['(', '_']).next().unwrap_or_default();
            let version = version.rsplit(['/', '@']).next().unwrap_or_default();
            (name, version.to_owned())
        })
        .collect()
    };
    Ok(Lock::Pnpm(importers.into_iter().map(|(folder, importer)| (folder, versions(importer))).collect()))
}

/// Both generations: a line of `name@range, name@range:`, then lines with two blanks before them.
fn yarn(text: &str) -> Lock {
    let mut all = BTreeMap::new();
    let mut keys: BTreeSet<String> = BTreeSet::new();
    for line in text.lines() {
        if !line.starts_with([' ', '#']) && line.ends_with(':') {
            let names = line.trim_end_matches(':').split(", ").map(|name| name.trim_matches('"').trim());
            keys = names.map(|name| name.replacen("@npm:", "@", 1)).collect();
        } else if let Some(version) = line.strip_prefix("  version") {
            let version = version.trim_start_matches([':', ' ']).trim().trim_matches('"');
            all.extend(std::mem::take(&mut keys).into_iter().map(|key| (key, version.to_owned())));
        }
    }
    Lock::Yarn(all)
}

/// A line of its own for each package: `"next": ["next@16.2.5", "", {…}, "sha512-…"],`
static BUN: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"(?m)^\s+"([^"\n]+)": \["@?[^"@\n]+@([^"\n]+)""#).ok());

fn bun(text: &str) -> Lock {
    let found = BUN.as_ref().map(|pattern| pattern.captures_iter(text));
    let pairs = found.into_iter().flatten().map(|found| {
        let [name, version] = found.extract().1;
        (name.to_owned(), version.to_owned())
    });
    Lock::Bun(pairs.collect())
}
