//! Page text inside our own sentences. `report::Text` does the same for replies; `browser` may not use `report`.

use crate::event::plain_line;

/// Untrusted text for the middle of a sentence of ours: one line, cleaned, cut at `max` characters, in guillemets that the
/// text itself cannot contain.
pub(super) fn quoted(text: &str, max: usize) -> String {
    let cleaned = plain_line(text).replace(['«', '»'], "\"");
    match cleaned.char_indices().nth(max) {
        Some((cut, _)) => format!("«{}…»", cleaned.get(..cut).unwrap_or_default()),
        None => format!("«{cleaned}»"),
    }
}
