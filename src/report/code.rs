//! The code around a frame, and its local variables, as rows of a stack. Everything is untrusted.

use super::{lines::one_line, section::Row};
use crate::{event::Frame, redact};

/// Characters shown of a line of code.
const CODE_LINE: usize = 160;

/// The lines around a frame, `around` on each side; none without context.
pub(super) fn code(frame: &Frame, around: usize) -> Vec<Row> {
    let Some(line) = frame.context_line.as_deref() else { return Vec::new() };
    let before = frame.pre_context.get(frame.pre_context.len().saturating_sub(around)..).unwrap_or_default();
    let after = frame.post_context.get(..frame.post_context.len().min(around)).unwrap_or_default();
    let all = before.iter().map(String::as_str).chain([line]).chain(after.iter().map(String::as_str));
    let indent = all.clone().filter(|line| !line.trim().is_empty()).map(indent_of).min().unwrap_or(0);
    let first = frame.lineno.map(|number| number.saturating_sub(u32::try_from(before.len()).unwrap_or(0)));
    let rows = all.enumerate().map(|(index, text)| {
        let crash = index == before.len();
        let number = first.map(|first| (u64::from(first) + index as u64).to_string()).unwrap_or_default();
        let text = code_line(text, indent, frame.colno.filter(|_| crash));
        let mark = if crash { '>' } else { ' ' };
        Row { text: format!("    {mark} {number:>4} | {text}").trim_end().to_owned(), ..Row::default() }
    });
    rows.collect()
}

/// At most `most` local variables of a frame, each in at most `wide` characters.
pub(super) fn locals(frame: &Frame, most: usize, wide: usize) -> Option<Row> {
    if frame.vars.is_empty() {
        return None;
    }
    let shown = frame.vars.iter().take(most).map(|(name, value)| {
        let text = match value.as_str() {
            // Cut first: an SDK may send megabytes of them.
            Some(text) => redact::text(&one_line(text, 2 * wide)),
            None => redact::json(value).to_string(),
        };
        format!("{}={}", one_line(name, 40), one_line(redact::shown(name, &text), wide))
    });
    let shown = shown.collect::<Vec<_>>().join(", ");
    let more = frame.vars.len().saturating_sub(most);
    let more = if more > 0 { format!(" (and {more} more)") } else { String::new() };
    Some(Row { text: format!("      locals: {shown}{more}"), ..Row::default() })
}

fn indent_of(line: &str) -> usize {
    line.chars().take_while(|c| c.is_whitespace()).count()
}

/// A line of code without the common indent; of a longer one the part around the column.
fn code_line(line: &str, indent: usize, column: Option<u32>) -> String {
    let length = line.chars().count();
    if length <= CODE_LINE + indent {
        return line.chars().skip(indent).collect();
    }
    let column = column.map_or(0, |column| column as usize);
    let start = column.saturating_sub(CODE_LINE / 2).max(indent).min(length - CODE_LINE);
    let part: String = line.chars().skip(start).take(CODE_LINE).collect();
    let (head, tail) = (if start > indent { "…" } else { "" }, if start + CODE_LINE < length { "…" } else { "" });
    format!("{head}{part}{tail}")
}
