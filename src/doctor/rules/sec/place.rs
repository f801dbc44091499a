//! What the rules about tokens share: whose a file is, where a token stands, and what a person does about one.

use crate::doctor::{
    finding::{At, Edit},
    project::{App, Project, Token},
    script::Span,
};

/// Whether findings about a file are this app's: it owns the file, or it is the first app and nobody does.
pub(super) fn is_for(project: &Project, app: &App, path: &str) -> bool {
    // A frontend and a program in Python may share a folder.
    let owner = project.apps.iter().find(|app| app.owns(path)).or_else(|| project.apps.first());
    owner.is_some_and(|owner| std::ptr::eq(owner, app))
}

/// Where a token stands, masked.
pub(super) fn at(token: &Token) -> At {
    At { source: token.path.clone(), place: Some(token.place), excerpt: Some(token.excerpt.clone()), note: None }
}

/// The name of a file without its folders.
pub(super) fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Whether a file configures a build.
pub(super) fn is_config(path: &str) -> bool {
    let name = name(path);
    let is_script = ["js", "mjs", "cjs", "ts", "mts", "cts"].iter().any(|end| name.ends_with(&format!(".{end}")));
    let is_of_build =
        ["next", "vite", "nuxt", "astro", "svelte", "webpack", "rollup", "rspack", "esbuild", "vue", "craco"];
    is_script
        && is_of_build
            .iter()
            .any(|tool| name.starts_with(&format!("{tool}.config")) || name.starts_with(&format!("{tool}.prod")))
}

/// Whether a file is where variables and tokens are kept, off the code.
pub(super) fn keeps_secrets(path: &str) -> bool {
    let name = name(path);
    name == ".env" || name.starts_with(".env.") || matches!(name, ".flaskenv" | ".sentryclirc" | "sentry.properties")
}

/// What a person does about a token that others may have read.
pub(super) fn rotate(masked: &str) -> String {
    format!(
        "Revoke the token {masked} in Sentry (Settings → Auth Tokens of the organization or of your account) and make a \
         new one: whoever has read the old one can use it until then."
    )
}

/// Keeps a file out of git: a line in the nearest .gitignore; none where it cannot be read.
pub(super) fn ignore(project: &Project, path: &str) -> Option<Edit> {
    let mut folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    loop {
        let file = if folder.is_empty() { ".gitignore".to_owned() } else { format!("{folder}/.gitignore") };
        if project.tree.has(&file) {
            let text = project.files.read(&file).ok().flatten()?;
            let line = path.strip_prefix(folder).unwrap_or(path).trim_start_matches('/');
            let break_before = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
            let end = Span { start: text.len(), end: text.len() };
            return Some(Edit::Replace { path: file, span: end, with: format!("{break_before}/{line}\n") });
        }
        if folder.is_empty() {
            return Some(Edit::Create { path: ".gitignore".to_owned(), text: format!("/{path}\n") });
        }
        folder = folder.rsplit_once('/').map_or("", |(folder, _)| folder);
    }
}
