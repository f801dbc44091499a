//! Tokens of Sentry in the bytes of a file.

use std::sync::LazyLock;

use regex::bytes::Regex;

use crate::{
    doctor::script::{Place, Span},
    redact::Secret,
};

use super::Token;

/// Tokens of one file that are kept.
const MAX_TOKENS: usize = 20;

/// Tokens that say what they are, and those of before 2023 beside the name of what they are for.
static PATTERN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r#"(?xm)
        \b (sntry[a-z]_ [A-Za-z0-9_=+/-]{20,400})
        | (?i: AUTH [_.-]? TOKEN | ^[\x20\t]* TOKEN ) ["']? [\x20\t]* [:=]? [\x20\t]* ["'`]? ([a-f0-9]{64}) \b"#,
    )
    .ok()
});

/// The tokens in the bytes of a file; what only stands for one (`sntrys_xxxxxxxx…`) is none.
pub(super) fn find(path: &str, bytes: &[u8]) -> Vec<Token> {
    let Some(pattern) = PATTERN.as_ref() else { return Vec::new() };
    let found = pattern.captures_iter(bytes).filter_map(|groups| {
        let found = groups.get(1).or_else(|| groups.get(2))?;
        let value = str::from_utf8(found.as_bytes()).ok()?;
        let head = String::from_utf8_lossy(bytes.get(..found.start())?);
        is_real(value).then(|| Token {
            path: path.to_owned(),
            place: Place::of(&head, head.len()),
            span: Span { start: found.start(), end: found.end() },
            kind: kind(value),
            value: Secret::new(value),
        })
    });
    found.take(MAX_TOKENS).collect()
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
    let stands_for = ["example", "your", "token", "xxxx", "placeholder", "redacted", "secret_here", "dummy"];
    distinct.len() >= 8 && !stands_for.iter().any(|word| lower.contains(word))
}
