//! Which variables of the environment a build writes into the browser's code.

use crate::doctor::{
    files::Files,
    project::{App, Kind, Tree},
};

/// What such names begin with by default; empty = this is not known of the framework.
pub fn prefixes(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Next => &["NEXT_PUBLIC_"],
        Kind::Vite | Kind::Remix => &["VITE_"],
        Kind::SvelteKit => &["PUBLIC_", "VITE_"],
        Kind::Nuxt => &["NUXT_PUBLIC_", "VITE_"],
        Kind::Astro => &["PUBLIC_"],
        _ => &[],
    }
}

/// What names begin with, and whole names that the configuration writes into the code besides; empty = not known.
pub(super) fn names(files: &Files, tree: &Tree, app: &App) -> Vec<String> {
    let mut names: Vec<String> = prefixes(app.framework.kind).iter().map(|name| (*name).to_owned()).collect();
    if names.is_empty() {
        return names;
    }
    for config in ["next.config", "vite.config", "nuxt.config", "astro.config", "svelte.config", "webpack.config"] {
        for ending in crate::doctor::project::aside::ENDINGS {
            let path = format!("{}{config}.{ending}", app.folder);
            if !tree.has(&path) {
                continue;
            }
            let Ok(Some(text)) = files.read(&path) else { continue };
            if [
                "envPrefix",
                "DefinePlugin",
                "EnvironmentPlugin",
                "dotenv",
                "env: {",
                "env:{",
                "define:",
                "publicPrefix",
                "env,",
            ]
            .iter()
            .any(|word| text.contains(word))
            {
                // Whatever name stands there may be written into the code.
                let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
                let constant = |word: &&str| word.len() > 3 && word.chars().all(|c| !c.is_ascii_lowercase());
                names.extend(words.filter(constant).map(str::to_owned));
            }
            if ["envPrefix", "publicPrefix", "dotenv"].iter().any(|word| text.contains(word)) {
                return Vec::new();
            }
        }
    }
    names
}
