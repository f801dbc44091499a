//! What was built of an app for the browser: the scripts that everybody can load.

use std::{fs, path::Path};

use crate::doctor::files::{self, Files};

use super::{App, Kind, Token, tokens};

/// Files and folders of a build that are looked at.
const MAX_ENTRIES: usize = 4_000;
/// Folders within folders.
const MAX_DEPTH: usize = 8;
/// A larger script is not read.
const MAX_SCRIPT: u64 = 8 * 1024 * 1024;
/// All scripts together.
const MAX_BYTES: u64 = 96 * 1024 * 1024;
/// Names of source maps that are kept.
const MAX_MAPS: usize = 20;

/// What lies in the folder of a build.
#[derive(Debug, Default)]
pub struct Shipped {
    /// The folder that is served, relative to the workspace, with a slash at its end.
    pub folder: String,
    /// Scripts that were read.
    pub scripts: usize,
    /// Those of them that carry a debug id.
    pub with_debug_id: usize,
    /// Source maps beside them: the first 20 paths.
    pub maps: Vec<String>,
    /// How many source maps there are.
    pub map_count: usize,
    /// Tokens of Sentry in them.
    pub tokens: Vec<Token>,
}

/// Looks at what was built; none where nothing was, or where it is not known what of it is served.
pub(super) fn read(files: &Files, app: &App) -> Option<Shipped> {
    let folders: &[&str] = match app.framework.kind {
        Kind::Next => &[".next/static"],
        Kind::Nuxt => &[".output/public"],
        Kind::SvelteKit => &[".svelte-kit/output/client", "build/client"],
        Kind::Remix => &["build/client", "public/build"],
        Kind::Astro => &["dist/client", "dist"],
        Kind::Angular => &["dist"],
        Kind::Vite => &["dist", "build"],
        // Create React App; other things named so are not known to be served.
        Kind::Other if app.package.has("react-scripts") => &["build/static"],
        _ => return None,
    };
    let found = folders.iter().map(|name| format!("{}{name}", app.folder));
    let folder = found.into_iter().find(|name| files.root().join(name).is_dir())?;
    let mut look = Look { shipped: Shipped { folder: format!("{folder}/"), ..Shipped::default() }, seen: 0, bytes: 0 };
    look.folder(&files.root().join(&folder), &format!("{folder}/"), 0);
    Some(look.shipped)
}

struct Look {
    shipped: Shipped,
    seen: usize,
    bytes: u64,
}

impl Look {
    fn folder(&mut self, folder: &Path, name: &str, depth: usize) {
        let Ok(entries) = fs::read_dir(folder) else { return };
        let mut entries: Vec<_> = entries.filter_map(Result::ok).take(MAX_ENTRIES.saturating_sub(self.seen)).collect();
        entries.sort_by_key(fs::DirEntry::file_name);
        self.seen += entries.len();
        for entry in entries {
            let (Ok(own), Ok(kind)) = (entry.file_name().into_string(), entry.file_type()) else { continue };
            let path = format!("{name}{own}");
            if kind.is_dir() && depth < MAX_DEPTH {
                self.folder(&entry.path(), &format!("{path}/"), depth + 1);
            } else if kind.is_file() {
                self.file(&entry.path(), path);
            }
        }
    }

    fn file(&mut self, real: &Path, path: String) {
        let is = |ends: &[&str]| ends.iter().any(|end| path.ends_with(end));
        if is(&[".js.map", ".mjs.map"]) {
            self.shipped.map_count += 1;
            if self.shipped.maps.len() < MAX_MAPS {
                self.shipped.maps.push(path);
            }
        } else if is(&[".js", ".mjs", ".html"]) && self.bytes < MAX_BYTES {
            let Ok(bytes) = files::bytes(real, MAX_SCRIPT) else { return };
            self.bytes += bytes.len() as u64;
            let has = |needle: &str| memchr::memmem::find(&bytes, needle.as_bytes()).is_some();
            if has("sntry") {
                self.shipped.tokens.extend(tokens::find(&path, &bytes));
            }
            if !path.ends_with(".html") {
                self.shipped.scripts += 1;
                let ids = ["sentryDebugIds", "sentry-dbid-", "//# debugId="];
                self.shipped.with_debug_id += usize::from(ids.iter().any(|id| has(id)));
            }
        }
    }
}
