//! Tags that take the SDK, or its loader, from Sentry's CDN.

use crate::doctor::{project::Word, script::Span};

use super::scope::Scope;

/// A tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SdkScript {
    /// Its file.
    pub path: String,
    /// Where its address stands.
    pub span: Span,
    /// Its address.
    pub url: String,
    /// It is the loader, which fetches the SDK.
    pub loader: bool,
}

/// Endings of files that hold tags, of JSX too.
const ENDINGS: [&str; 16] = [
    ".html", ".htm", ".ejs", ".hbs", ".njk", ".liquid", ".jinja", ".jinja2", ".j2", ".twig", ".astro", ".svelte",
    ".vue", ".jsx", ".tsx", ".erb",
];
const HOSTS: [(&str, bool); 2] = [("https://js.sentry-cdn.com/", true), ("https://browser.sentry-cdn.com/", false)];
/// Tags of one app.
const MAX_SCRIPTS: usize = 50;

pub(super) fn read(scope: &Scope<'_>) -> Vec<SdkScript> {
    let mut found = Vec::new();
    for path in scope.mentioning(Word::SENTRY).filter(|path| ENDINGS.iter().any(|ending| path.ends_with(ending))) {
        let Some(text) = scope.text(path) else { continue };
        for (host, loader) in HOSTS {
            for (start, _) in text.match_indices(host) {
                let rest = text.get(start..).unwrap_or_default();
                let end = rest.find(['"', '\'', '`', '>', ' ', '\n', '}']).unwrap_or(rest.len());
                if is_source(&text, start) && found.len() < MAX_SCRIPTS {
                    let span = Span { start, end: start + end };
                    let url = rest.get(..end).unwrap_or_default().to_owned();
                    found.push(SdkScript { path: path.to_owned(), span, url, loader });
                }
            }
        }
    }
    found
}

/// Whether an address is the `src` of a tag that is no comment.
fn is_source(text: &str, at: usize) -> bool {
    let head = text.get(..at).unwrap_or_default();
    let tag = head.rfind('<').and_then(|open| head.get(open..)).unwrap_or_default();
    let script = tag.get(..7).is_some_and(|name| name.eq_ignore_ascii_case("<script"));
    let before = tag.trim_end_matches(['"', '\'', '{', '`', ' ', '\n']).trim_end_matches('=').trim_end();
    let comment = head.rfind("<!--").is_some_and(|open| head.get(open..).is_some_and(|rest| !rest.contains("-->")));
    script && before.ends_with("src") && !comment
}
