//! One look into every file: which of them mention what, so that nobody reads twenty thousand files for one word.

pub mod tokens;

use std::{
    ops::BitOr,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    thread,
};

use aho_corasick::AhoCorasick;

use crate::doctor::files::{self, Files, MAX_FILE};

use super::Tree;
use tokens::{Exposed, Token};

/// All bytes together that are looked into.
const MAX_BYTES: u64 = 1024 * 1024 * 1024;
/// Tokens that are kept.
const MAX_TOKENS: usize = 200;
/// Threads that read.
const MAX_THREADS: usize = 8;
/// Bytes of a file in which a zero says that it is no text.
const HEAD: usize = 4096;

/// What a file mentions; several together with `|`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Word(u8);

impl Word {
    /// `sentry`, in any case.
    pub const SENTRY: Self = Self(1);
    /// A Content Security Policy, or a library that sets one.
    pub const POLICY: Self = Self(2);
    /// `envelope` or `ingest`: what a tunnel passes on.
    pub const ENVELOPE: Self = Self(4);
    /// What begins like a token of Sentry, or the name of the variable for it.
    pub(super) const TOKEN: Self = Self(8);
    /// A server of Node.js or Python: what declares endpoints.
    pub const SERVER: Self = Self(16);

    pub(super) fn any(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

impl BitOr for Word {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// What is looked for, without case.
const NEEDLES: [(&str, Word); 34] = [
    ("sentry", Word::SENTRY),
    ("content-security-policy", Word::POLICY),
    ("contentsecuritypolicy", Word::POLICY),
    ("content_security_policy", Word::POLICY),
    ("csp", Word::POLICY),
    ("helmet", Word::POLICY),
    ("talisman", Word::POLICY),
    ("nuxt-security", Word::POLICY),
    ("envelope", Word::ENVELOPE),
    ("ingest", Word::ENVELOPE),
    ("sntry", Word::TOKEN),
    ("auth_token", Word::TOKEN),
    ("auth.token", Word::TOKEN),
    ("auth-token", Word::TOKEN),
    ("authtoken", Word::TOKEN),
    ("'express'", Word::SERVER),
    ("\"express\"", Word::SERVER),
    ("'fastify'", Word::SERVER),
    ("\"fastify\"", Word::SERVER),
    ("fastifyinstance", Word::SERVER),
    ("'koa'", Word::SERVER),
    ("\"koa\"", Word::SERVER),
    ("koa-router", Word::SERVER),
    ("koa/router", Word::SERVER),
    ("'hono'", Word::SERVER),
    ("\"hono\"", Word::SERVER),
    ("zod-openapi", Word::SERVER),
    ("'polka'", Word::SERVER),
    ("'restify'", Word::SERVER),
    ("elysia", Word::SERVER),
    ("import flask", Word::SERVER),
    ("from flask", Word::SERVER),
    ("fastapi", Word::SERVER),
    ("urlpatterns", Word::SERVER),
];

/// Ends of names of what is no text.
const BINARY: [&str; 56] = [
    "7z", "a", "avi", "avif", "bin", "bmp", "br", "class", "db", "dll", "doc", "docx", "dylib", "eot", "exe", "gif",
    "glb", "gz", "heic", "icns", "ico", "jar", "jpeg", "jpg", "lockb", "m4a", "mov", "mp3", "mp4", "o", "ogg", "otf",
    "parquet", "pdf", "png", "ppt", "pptx", "psd", "pyc", "rar", "so", "sqlite", "sqlite3", "svgz", "tar", "tgz",
    "tif", "tiff", "ttf", "wasm", "wav", "webm", "webp", "woff", "woff2", "zip",
];

/// What one look found.
#[derive(Default)]
struct Seen {
    words: Word,
    tokens: Vec<Token>,
    exposed: Vec<Exposed>,
    skipped: Option<String>,
}

/// Fills `words` and `tokens`.
pub(super) fn survey(files: &Files, tree: &mut Tree) {
    let Ok(finder) = AhoCorasick::builder().ascii_case_insensitive(true).build(NEEDLES.map(|(needle, _)| needle))
    else {
        return;
    };
    let beyond = tree.tracked.iter().flatten().filter(|path| !tree.paths.contains(*path));
    let all: Vec<&str> = tree.paths.iter().chain(beyond).map(String::as_str).filter(|path| !is_binary(path)).collect();
    let (next, bytes, found) = (AtomicUsize::new(0), AtomicU64::new(0), Mutex::new(Vec::new()));
    let threads = thread::available_parallelism().map_or(2, usize::from).min(MAX_THREADS);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let mut own = Vec::new();
                while let Some(path) = all.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let seen = look(files, path, &finder, &bytes);
                    if seen.words != Word::default() || seen.skipped.is_some() {
                        own.push(((*path).to_owned(), seen));
                    }
                }
                found.lock().unwrap_or_else(PoisonError::into_inner).append(&mut own);
            });
        }
    });
    let mut found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    found.sort_by(|(a, _), (b, _)| a.cmp(b));
    for (path, seen) in found {
        if let Some(why) = seen.skipped {
            tree.skip(&path, why);
        }
        let room = MAX_TOKENS.saturating_sub(tree.tokens.len());
        tree.tokens.extend(seen.tokens.into_iter().take(room));
        let room = MAX_TOKENS.saturating_sub(tree.exposed.len());
        tree.exposed.extend(seen.exposed.into_iter().take(room));
        if tree.paths.contains(&path) {
            tree.words.insert(path, seen.words);
        }
    }
}

fn look(files: &Files, path: &str, finder: &AhoCorasick, all: &AtomicU64) -> Seen {
    let skipped = |why: String| Seen { skipped: Some(why), ..Seen::default() };
    if all.load(Ordering::Relaxed) > MAX_BYTES {
        return skipped("the files before it have more than 1 GiB together".to_owned());
    }
    // The walk saw that it lies in the workspace; what it links to was followed.
    let bytes = match files::bytes(&files.root().join(path), MAX_FILE) {
        Ok(bytes) => bytes,
        // Tracked, and not checked out; or a folder of another repository.
        Err(_) if !files.root().join(path).is_file() => return Seen::default(),
        Err(_) if is_written_by_program(path) => return Seen::default(),
        Err(why) => return skipped(format!("it {why}")),
    };
    all.fetch_add(bytes.len() as u64, Ordering::Relaxed);
    if memchr::memchr(0, bytes.get(..HEAD).unwrap_or(&bytes)).is_some() {
        return if is_source(path) { skipped("it is no text".to_owned()) } else { Seen::default() };
    }
    let mut words = Word::default();
    for found in finder.find_overlapping_iter(&bytes) {
        words = words | NEEDLES.get(found.pattern().as_usize()).map_or(Word::default(), |(_, word)| *word);
    }
    if path.ends_with(".sentryclirc") || path.ends_with("sentry.properties") {
        words = words | Word::TOKEN | Word::SENTRY;
    }
    let mut seen = Seen { words, ..Seen::default() };
    if words.any(Word::TOKEN) {
        seen.tokens = tokens::find(path, &bytes);
        if is_source(path) {
            seen.exposed = tokens::exposed(path, &bytes);
        }
    }
    seen
}

fn extension(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.rsplit_once('.').map_or("", |(_, extension)| extension)
}

fn is_binary(path: &str) -> bool {
    BINARY.binary_search(&extension(path).to_ascii_lowercase().as_str()).is_ok()
}

/// Whether a file is one that a reader would look at.
fn is_source(path: &str) -> bool {
    const SOURCES: [&str; 15] =
        ["astro", "cjs", "conf", "cts", "html", "js", "json", "jsx", "mjs", "mts", "py", "svelte", "ts", "tsx", "vue"];
    SOURCES.contains(&extension(path))
}

/// Lock files and source maps are large, and looked at by nobody here.
fn is_written_by_program(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    matches!(extension(name), "lock" | "map" | "log" | "csv" | "svg" | "snap")
        || matches!(name, "package-lock.json" | "npm-shrinkwrap.json" | "pnpm-lock.yaml" | ".pnp.cjs")
}
