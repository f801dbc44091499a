//! Untrusted text made plain: what a reader does not see, or what changes how the rest is shown, is made visible.

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
