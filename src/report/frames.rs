//! Blocks of a stack trace: one frame's place, and the lines around it.

use super::Text;
use crate::event::Frame;

/// `src/cart.ts:12:5 in checkout`, for the middle of a line of ours. File and function names come from the page: bare where
/// they can be nothing else, else quoted.
pub fn place(frame: &Frame) -> String {
    let file = frame.location().unwrap_or_else(|| "(unknown place)".to_owned());
    let file = if frame.location().is_none() || is_bare(&file) { file } else { Text::quoted(&file, 160) };
    match frame.function.as_deref() {
        None | Some("" | "?") => file,
        Some("<anonymous>") => format!("{file} in <anonymous>"),
        Some(function) if is_bare(function) => format!("{file} in {function}"),
        Some(function) => match function.split_once(' ') {
            Some((word @ ("new" | "async" | "get" | "set"), rest)) if is_bare(rest) => {
                format!("{file} in {word} {rest}")
            }
            _ => format!("{file} in {}", Text::quoted(function, 80)),
        },
    }
}

/// The lines around a frame with their numbers and a mark at the frame's own, for an untrusted block; none without context.
pub fn context(frame: &Frame) -> Option<String> {
    let line = frame.lineno? as usize;
    let middle = frame.context_line.as_deref()?;
    let first = line.saturating_sub(frame.pre_context.len());
    let all = frame
        .pre_context
        .iter()
        .map(String::as_str)
        .chain([middle])
        .chain(frame.post_context.iter().map(String::as_str));
    let width = (line + frame.post_context.len()).to_string().len();
    let numbered = all.enumerate().map(|(index, text)| {
        let number = first + index;
        let mark = if number == line { '>' } else { ' ' };
        let text = text.replace(['\n', '\r'], " ");
        format!("{mark} {number:>width$} | {text}").trim_end().to_owned()
    });
    Some(numbered.collect::<Vec<_>>().join("\n"))
}

/// Whether a name is only a name: no spaces, quotes or controls, so that it cannot speak to whoever reads it.
fn is_bare(name: &str) -> bool {
    name.len() <= 160 && name.chars().all(|c| c.is_ascii_alphanumeric() || "/\\._-:@$<>()[]#~+%?=&".contains(c))
}
