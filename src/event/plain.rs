//! Untrusted text made plain: what a reader does not see, or what changes how the rest is shown, is made visible.

use crate::redact;

/// Stands in for a character that is not shown.
const SHOWN: char = '\u{fffd}';

/// Characters that show as nothing or turn the direction of what follows: a place to hide words from people. Control
/// characters (ANSI sequences begin with one) are not among them; [`plain_line`] and [`plain_block`] take both.
pub fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
        | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
}

/// One line: line ends and tabs are spaces.
pub fn plain_line(text: &str) -> String {
    plain(text, ' ')
}

/// Lines: every kind of line end is `\n`.
pub fn plain_block(text: &str) -> String {
    plain(text, '\n')
}

fn plain(text: &str, line_end: char) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    let mut before = ' ';
    while let Some(c) = rest.next() {
        // One chooses the form of a symbol before it; any other has nothing to choose, and rows of them spell words.
        let chooses = matches!(c, '\u{fe00}'..='\u{fe0f}');
        let chosen =
            !before.is_ascii_alphabetic() && !before.is_whitespace() && !matches!(before, '\u{fe00}'..='\u{fe0f}');
        before = c;
        out.push(match c {
            _ if chooses && !chosen => SHOWN,
            '\r' if rest.peek() == Some(&'\n') => continue,
            '\n' | '\r' | '\u{2028}' | '\u{2029}' => line_end,
            '\t' => ' ',
            c if c.is_control() || is_invisible(c) => SHOWN,
            c => c,
        });
    }
    out
}

/// A line without what looks like a fence of ours, cut at `max` characters: untrusted text as data.
pub fn plain_cut(text: &str, max: usize) -> String {
    cut(unfenced(plain_line(text)), max)
}

/// Lines without what looks like a fence of ours, for the inside of one.
pub fn plain_text(text: &str) -> String {
    unfenced(plain_block(text))
}

/// Untrusted text for the middle of a line of ours: one line, cut at `max` characters, in guillemets that the text itself
/// cannot contain. No image or link of Markdown and no markup of HTML is active in it.
pub fn quoted(text: &str, max: usize) -> String {
    format!("«{}»", still(&plain_cut(text, max).replace(['«', '»'], "\"")))
}

/// A line of ours that holds words of others, cut at `max` characters: nothing in it is active.
pub fn inert(text: &str, max: usize) -> String {
    still(&plain_cut(text, max))
}

/// The boundary of a fence cannot be guessed; without these, nothing even looks as if it were one.
fn unfenced(plain: String) -> String {
    if plain.contains("untrusted-") {
        plain.replace("<untrusted-", "‹untrusted-").replace("</untrusted-", "‹/untrusted-")
    } else {
        plain
    }
}

/// At most `max` characters. Half a secret does not say what it is: it goes before the cut.
fn cut(line: String, max: usize) -> String {
    if line.chars().nth(max).is_none() {
        return line;
    }
    let head: String = line.chars().take(4 * max).collect();
    redact::text(&head).chars().take(max).collect::<String>() + "…"
}

/// Elements of HTML that load, run or hide something where a viewer lets them.
const ELEMENTS: [&str; 18] = [
    "!--", "a", "audio", "base", "details", "embed", "form", "iframe", "img", "input", "link", "math", "object",
    "picture", "script", "style", "svg", "video",
];

/// A viewer of Markdown loads the image of `![](…)` at once, and an address in it carries away what the model was made to
/// put there: outside fences such marks lose their meaning, and stay readable.
fn still(line: &str) -> String {
    let line = line.replace("![", "! [").replace("](", "] (");
    let mut parts = line.split('<');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let name = part.trim_start_matches('/').to_ascii_lowercase();
        let opens = |element: &str| {
            let rest = name.strip_prefix(element);
            rest.is_some_and(|rest| {
                element == "!--" || !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
            })
        };
        out.push(if ELEMENTS.iter().any(|element| opens(element)) { '‹' } else { '<' });
        out.push_str(part);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{is_invisible, plain_block, plain_line};

    #[test]
    fn shows_what_hides() {
        let checks = [
            ("a\r\nb\rc\nd\u{2028}e\u{2029}f", "a b c d e f", "a\nb\nc\nd\ne\nf"),
            (
                "\u{1b}[31mred\u{9b}0m\tx\0",
                "\u{fffd}[31mred\u{fffd}0m x\u{fffd}",
                "\u{fffd}[31mred\u{fffd}0m x\u{fffd}",
            ),
            ("✔\u{fe0f} 1\u{fe0f}\u{20e3}", "✔\u{fe0f} 1\u{fe0f}\u{20e3}", "✔\u{fe0f} 1\u{fe0f}\u{20e3}"),
            (
                "a\u{fe01}\u{fe02}☺\u{fe03}\u{fe04}",
                "a\u{fffd}\u{fffd}☺\u{fe03}\u{fffd}",
                "a\u{fffd}\u{fffd}☺\u{fe03}\u{fffd}",
            ),
            ("naïve «é» 日本 \u{a0}🙂", "naïve «é» 日本 \u{a0}🙂", "naïve «é» 日本 \u{a0}🙂"),
        ];
        for (text, line, block) in checks {
            assert_eq!((plain_line(text).as_str(), plain_block(text).as_str()), (line, block), "{text:?}");
        }
        let hidden = [
            0xad, 0x61c, 0x180b, 0x180f, 0x200b, 0x200f, 0x202a, 0x202e, 0x2060, 0x2066, 0x206a, 0x206f, 0x3164,
            0xfeff, 0xfff0, 0xfff9, 0xfffb, 0x1bca0, 0xe0000, 0xe0041, 0xe0100, 0xe01ef, 0xe0fff,
        ];
        for c in hidden.into_iter().filter_map(char::from_u32) {
            assert!(is_invisible(c), "{c:?}");
            assert_eq!(plain_line(&format!("a{c}b")), "a\u{fffd}b");
        }
    }
}
