//! What a built script says about its source map: the `sourceMappingURL` comment or header, and its debug id.

use std::hash::{DefaultHasher, Hash, Hasher};

use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use memchr::memmem;

/// What a script says about its map.
#[derive(Debug, Clone)]
pub(super) struct Facts {
    /// Where its map is.
    pub(super) reference: Option<Reference>,
    /// Lower-case UUID with dashes.
    pub(super) debug_id: Option<String>,
    /// Of the whole script; the same bytes give the same hash within this process.
    pub(super) hash: u64,
}

/// Where a script's map is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reference {
    /// The map itself, from a `data:` URL.
    Inline(Vec<u8>),
    /// A URL or path, not yet resolved against the script's.
    Link(String),
    /// A `data:` URL that cannot be read, and why.
    Broken(&'static str),
}

/// Reads a script; `header` is the value of `SourceMap` or `X-SourceMap`. The comment wins, as the tools that write maps
/// last leave it there.
pub(super) fn read(script: &[u8], header: Option<&str>) -> Facts {
    let link = comment(script).or_else(|| header.map(str::trim).filter(|link| !link.is_empty()).map(str::to_owned));
    let reference = link.map(|link| match link.strip_prefix("data:") {
        Some(data) => inline(data).map_or_else(Reference::Broken, Reference::Inline),
        None => Reference::Link(link),
    });
    Facts { reference, debug_id: debug_id(script), hash: hash(script) }
}

/// Hash of bytes, for "has it changed".
pub(super) fn hash(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    hasher.finish()
}

/// The value of the last well-formed comment. Tools carry the marker in their own code as text, so a value with quotes or
/// template marks is none.
fn comment(script: &[u8]) -> Option<String> {
    let mut rest = script;
    for _ in 0..8 {
        let at = memmem::rfind(rest, b"sourceMappingURL=")?;
        let (before, after) = rest.split_at_checked(at)?;
        let marked = [b"//# ".as_slice(), b"//@ ", b"/*# ", b"/*@ "].iter().any(|mark| before.ends_with(mark));
        let value = after.get("sourceMappingURL=".len()..)?;
        let end = value.iter().position(u8::is_ascii_whitespace).unwrap_or(value.len());
        let value = value.get(..end).and_then(|value| std::str::from_utf8(value).ok());
        let value = value.map(|value| value.strip_suffix("*/").unwrap_or(value));
        match value {
            Some(value) if marked && !value.is_empty() && !value.contains(['"', '\'', '`', '$', '\\', '<']) => {
                return Some(value.to_owned());
            }
            _ => rest = before,
        }
    }
    None
}

/// The bytes of a `data:` URL, given without the scheme.
fn inline(data: &str) -> Result<Vec<u8>, &'static str> {
    let (kind, body) = data.split_once(',').ok_or("the inline map's data: URL has no comma")?;
    if kind.split(';').any(|part| part.trim().eq_ignore_ascii_case("base64")) {
        let engine = GeneralPurpose::new(
            &alphabet::STANDARD,
            GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
        );
        return engine.decode(percent_decoded(body)).map_err(|_| "the inline map is not valid base64");
    }
    Ok(percent_decoded(body))
}

fn percent_decoded(text: &str) -> Vec<u8> {
    if !text.contains('%') {
        return text.as_bytes().to_vec();
    }
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let hex = after.get(..2).filter(|_| byte == b'%').and_then(|hex| std::str::from_utf8(hex).ok());
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(decoded) => {
                out.push(decoded);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                out.push(byte);
                rest = after;
            }
        }
    }
    out
}

/// The debug id that a bundler plugin wrote: the `debugId` comment, or the snippet that fills `_sentryDebugIds`.
fn debug_id(script: &[u8]) -> Option<String> {
    let comment = memmem::rfind(script, b"//# debugId=").map(|at| at + b"//# debugId=".len());
    let snippet = || memmem::find(script, b"sentry-dbid-").map(|at| at + b"sentry-dbid-".len());
    [comment, snippet()].into_iter().flatten().find_map(|at| {
        let id = script.get(at..at + 36).and_then(|id| std::str::from_utf8(id).ok())?;
        normal_debug_id(id)
    })
}

/// A debug id as a lower-case UUID with dashes; none when it is no UUID.
pub(super) fn normal_debug_id(id: &str) -> Option<String> {
    let hex: String = id.trim().chars().filter(|c| *c != '-').map(|c| c.to_ascii_lowercase()).collect();
    if hex.len() != 32 || !hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let part = |range: std::ops::Range<usize>| hex.get(range).unwrap_or_default();
    Some(format!("{}-{}-{}-{}-{}", part(0..8), part(8..12), part(12..16), part(16..20), part(20..32)))
}
