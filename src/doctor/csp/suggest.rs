//! Directives that browsers know, and the one that somebody meant.

/// Directives that browsers know.
pub(super) const KNOWN: [&str; 27] = [
    "base-uri",
    "child-src",
    "connect-src",
    "default-src",
    "fenced-frame-src",
    "font-src",
    "form-action",
    "frame-ancestors",
    "frame-src",
    "img-src",
    "manifest-src",
    "media-src",
    "object-src",
    "report-to",
    "report-uri",
    "require-trusted-types-for",
    "sandbox",
    "script-src",
    "script-src-attr",
    "script-src-elem",
    "style-src",
    "style-src-attr",
    "style-src-elem",
    "trusted-types",
    "upgrade-insecure-requests",
    "webrtc",
    "worker-src",
];

/// Directives that browsers knew once.
pub(super) const PAST: [&str; 7] = [
    "block-all-mixed-content",
    "navigate-to",
    "plugin-types",
    "prefetch-src",
    "referrer",
    "reflected-xss",
    "require-sri-for",
];

/// Whether the values of a directive are a list of sources.
pub(super) fn has_sources(name: &str) -> bool {
    KNOWN.contains(&name) && (name.contains("-src") || matches!(name, "base-uri" | "form-action" | "frame-ancestors"))
}

/// The directive that was meant, where one is near: `connect_src`, `connectSrc`, `conect-src`, `connect-src:`.
pub(super) fn meant(written: &str) -> Option<&'static str> {
    let mut plain = String::new();
    for c in written.trim_matches(|c: char| !c.is_ascii_alphanumeric()).chars() {
        if c.is_ascii_uppercase() && !plain.is_empty() && !plain.ends_with('-') {
            plain.push('-');
        }
        plain.push(if c == '_' { '-' } else { c.to_ascii_lowercase() });
    }
    let plain = if written.chars().any(|c| c.is_ascii_lowercase()) { plain } else { written.to_ascii_lowercase() };
    nearest(&plain, &KNOWN, 2)
}

/// The word that is at most `most` edits away, the nearest.
pub(super) fn nearest<'a>(word: &str, words: &[&'a str], most: usize) -> Option<&'a str> {
    if word.len() > 40 || word.len() < 3 {
        return None;
    }
    let near = words.iter().map(|known| (distance(word, known), *known)).filter(|(edits, _)| *edits <= most);
    near.min_by_key(|(edits, _)| *edits).map(|(_, known)| known)
}

/// Levenshtein's distance.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, c) in a.chars().enumerate() {
        let mut next = vec![i + 1];
        for (d, pair) in b.chars().zip(row.windows(2)) {
            let [diagonal, above] = pair else { continue };
            let left = next.last().copied().unwrap_or_default();
            next.push((diagonal + usize::from(c != d)).min(above + 1).min(left + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}
