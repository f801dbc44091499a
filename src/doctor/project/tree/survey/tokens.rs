//! Tokens of Sentry in the bytes of a file, and names that would show one to everybody.

use std::sync::LazyLock;

use regex::bytes::Regex;

use crate::{
    doctor::script::{Place, Span},
    redact::Secret,
};

/// Tokens of one file that are kept.
const MAX_TOKENS: usize = 20;
/// Signs of a value that are shown behind what all tokens of its kind begin with.
const SHOWN: usize = 4;
/// Signs of a line that are shown on either side.
const AROUND: usize = 60;

/// A token of Sentry that a file holds.
#[derive(Debug, Clone)]
pub struct Token {
    /// The file.
    pub path: String,
    /// Where in it.
    pub place: Place,
    /// Where in it, in bytes.
    pub span: Span,
    /// The line that it is in, with the line's end.
    pub line: Span,
    /// Whether the file holds more than it: other lines that are neither blank nor a comment.
    pub has_company: bool,
    /// What it is: `an organization token`.
    pub kind: &'static str,
    /// It.
    pub value: Secret,
    /// What of it may be shown: `sntrys_eyJp…`
    pub masked: String,
    /// Its line with `masked` in its place. Foreign text.
    pub excerpt: String,
}

/// A place that reads a variable which the browser gets, and whose name says that it is a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exposed {
    /// The file.
    pub path: String,
    /// Where the name stands.
    pub place: Place,
    /// Where the name stands, in bytes.
    pub span: Span,
    /// `NEXT_PUBLIC_SENTRY_AUTH_TOKEN`
    pub name: String,
    /// It is read as `process.env.…`, which works the same under another name.
    pub by_process: bool,
    /// Its line. Foreign text.
    pub excerpt: String,
}

/// Tokens that say what they are, and those of before 2023 beside the name of what they are for.
static TOKEN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r#"(?xm)
        \b (sntry[a-z]_ [A-Za-z0-9_=+/-]{20,})
        | (?i: AUTH [_.-]? TOKEN | ^[\x20\t]* TOKEN ) ["']? [\x20\t]* [:=]? [\x20\t]* ["'`]? ([a-f0-9]{64}) \b"#,
    )
    .ok()
});

/// Beginnings of names that builds put into what the browser loads.
const SHOWN_TO_ALL: &str =
    "(?:NEXT_PUBLIC|NUXT_PUBLIC|EXPO_PUBLIC|PUBLIC|VITE|REACT_APP|VUE_APP|GATSBY|NG_APP|STORYBOOK)_";

static EXPOSED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(&format!(
        r#"\b(process\.)?env(?:\?\.|\.|\[["'])({SHOWN_TO_ALL}[A-Z0-9_]*SENTRY[A-Z0-9_]*AUTH_?TOKEN[A-Z0-9_]*)"#
    ))
    .ok()
});
static EXPOSED_NAME: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(&format!("^{SHOWN_TO_ALL}[A-Z0-9_]*SENTRY[A-Z0-9_]*AUTH_?TOKEN")).ok());
static SHOWN_NAME: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(&format!("^{SHOWN_TO_ALL}")).ok());

/// Whether a variable of this name is in what the browser loads, and its name says that it holds a token of Sentry.
pub fn is_exposed(name: &str) -> bool {
    EXPOSED_NAME.as_ref().is_some_and(|pattern| pattern.is_match(name.as_bytes()))
}

/// Whether a variable of this name is in what the browser loads.
pub fn is_shown(name: &str) -> bool {
    SHOWN_NAME.as_ref().is_some_and(|pattern| pattern.is_match(name.as_bytes()))
}

/// The tokens in the bytes of a file; what only stands for one (`sntrys_xxxxxxxx…`) is none.
pub fn find(path: &str, bytes: &[u8]) -> Vec<Token> {
    let Some(pattern) = TOKEN.as_ref() else { return Vec::new() };
    let found = pattern.captures_iter(bytes).filter_map(|groups| {
        let found = groups.get(1).or_else(|| groups.get(2))?;
        let value = str::from_utf8(found.as_bytes()).ok()?;
        let span = Span { start: found.start(), end: found.end() };
        let line = line(bytes, span);
        let masked = masked(value);
        is_real(value).then(|| Token {
            path: path.to_owned(),
            place: place(bytes, span.start),
            span,
            line,
            has_company: has_company(bytes, line),
            kind: kind(value),
            value: Secret::new(value),
            excerpt: excerpt(bytes, line, span, &masked),
            masked,
        })
    });
    found.take(MAX_TOKENS).collect()
}

/// Places of a script that read a token which everybody gets.
pub(super) fn exposed(path: &str, bytes: &[u8]) -> Vec<Exposed> {
    let Some(pattern) = EXPOSED.as_ref() else { return Vec::new() };
    let found = pattern.captures_iter(bytes).filter_map(|groups| {
        let name = groups.get(2)?;
        let span = Span { start: name.start(), end: name.end() };
        let line = line(bytes, span);
        let text = str::from_utf8(name.as_bytes()).ok()?;
        let excerpt = excerpt(bytes, line, span, text);
        let is_comment = ["//", "*", "/*", "#", "<!--"].iter().any(|sign| excerpt.starts_with(sign));
        (!is_comment).then(|| Exposed {
            path: path.to_owned(),
            place: place(bytes, span.start),
            span,
            name: text.to_owned(),
            by_process: groups.get(1).is_some(),
            excerpt,
        })
    });
    found.take(MAX_TOKENS).collect()
}

/// What of a token may be shown: what all of its kind begin with, and four signs.
pub fn masked(value: &str) -> String {
    let head = if value.starts_with("sntry") { value.find('_').map_or(0, |at| at + 1) } else { 0 };
    let shown: String = value.chars().take(head + SHOWN).collect();
    format!("{shown}…")
}

fn line(bytes: &[u8], span: Span) -> Span {
    let before = bytes.get(..span.start).unwrap_or_default();
    let start = memchr::memrchr(b'\n', before).map_or(0, |at| at + 1);
    let rest = bytes.get(span.end..).unwrap_or_default();
    let end = memchr::memchr(b'\n', rest).map_or(bytes.len(), |at| span.end + at + 1);
    Span { start, end }
}

fn place(bytes: &[u8], offset: usize) -> Place {
    let head = String::from_utf8_lossy(bytes.get(..offset).unwrap_or_default());
    Place::of(&head, head.len())
}

/// Bytes of a line before or behind a token that are looked through.
const MAX_LINE: usize = 64 * 1024;

/// A line with other text in place of a stretch, cut to what is around it.
fn excerpt(bytes: &[u8], line: Span, span: Span, with: &str) -> String {
    // Another token of the line must not be shown either. What makes a text a token may stand before the cut: what is
    // secret goes first, and of a line too long for that nothing around is shown.
    let clean = |from: usize, to: usize| {
        let part = bytes.get(from..to).filter(|part| part.len() <= MAX_LINE).unwrap_or_default();
        let mut out = Vec::new();
        let mut at = 0;
        for groups in TOKEN.iter().flat_map(|pattern| pattern.captures_iter(part)) {
            let Some(value) = groups.iter().skip(1).flatten().next() else { continue };
            out.extend_from_slice(part.get(at..value.start()).unwrap_or_default());
            out.extend_from_slice("[redacted]".as_bytes());
            at = value.end();
        }
        out.extend_from_slice(part.get(at..).unwrap_or_default());
        crate::redact::text(&String::from_utf8_lossy(&out))
    };
    let before: Vec<char> = clean(line.start, span.start).chars().collect();
    let cut = before.len().saturating_sub(AROUND);
    let before: String = before.into_iter().skip(cut).collect();
    let after: String = clean(span.end, line.end).chars().take(AROUND).collect();
    format!("{before}{with}{after}").trim().to_owned()
}

fn has_company(bytes: &[u8], line: Span) -> bool {
    let parts = [bytes.get(..line.start), bytes.get(line.end..)];
    let mut lines = parts.into_iter().flatten().flat_map(|part| part.split(|byte| *byte == b'\n'));
    lines.any(|line| {
        let line = line.trim_ascii();
        !line.is_empty() && !line.starts_with(b"#") && !line.starts_with(b"[")
    })
}

fn kind(value: &str) -> &'static str {
    match value.split_once('_').map(|(head, _)| head) {
        Some("sntrys") => "an organization token",
        Some("sntryu") => "a personal token",
        Some(_) => "a token of Sentry",
        None => "an auth token",
    }
}

/// Whether a value can be a token: what people write in place of one repeats a sign, or says what it is.
fn is_real(value: &str) -> bool {
    let rest = value.split_once('_').map_or(value, |(_, rest)| rest);
    let mut distinct: Vec<u8> = rest.bytes().collect();
    distinct.sort_unstable();
    distinct.dedup();
    let lower = rest.to_ascii_lowercase();
    let stands_for = ["example", "your", "xxxx", "placeholder", "redacted", "dummy", "replace", "changeme"];
    distinct.len() >= 8 && !stands_for.iter().any(|word| lower.contains(word))
}
