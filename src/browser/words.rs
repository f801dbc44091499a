//! Page text inside our own sentences. `report::Text` does the same for replies; `browser` may not use `report`.

/// Untrusted text for the middle of a sentence of ours: one line, cleaned, cut at `max` characters, in guillemets that the
/// text itself cannot contain.
pub(super) fn quoted(text: &str, max: usize) -> String {
    let cleaned = cleaned(text).replace(['«', '»'], "\"");
    match cleaned.char_indices().nth(max) {
        Some((cut, _)) => format!("«{}…»", cleaned.get(..cut).unwrap_or_default()),
        None => format!("«{cleaned}»"),
    }
}

/// One line without control, bidi and zero-width characters.
pub(super) fn cleaned(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            c if c.is_whitespace() => ' ',
            c if c.is_control() => '\u{fffd}',
            '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' => '\u{fffd}',
            c => c,
        })
        .collect()
}
