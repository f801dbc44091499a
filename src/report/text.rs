//! The Markdown builder of replies: trusted lines, and untrusted text in fences that cannot be broken out of.

/// Builds the text of one reply.
///
/// Untrusted text (from a page or an event) is fenced with a boundary that is random per reply, so that the text cannot
/// close its own fence. Control, bidi and zero-width characters are made visible.
#[derive(Debug)]
pub struct Text {
    out: String,
    boundary: String,
}

impl Text {
    /// An empty text; `boundary` is this reply's random fence mark (hex).
    pub fn new(boundary: impl Into<String>) -> Self {
        Self { out: String::new(), boundary: boundary.into() }
    }

    /// A line of our own words.
    pub fn line(&mut self, line: impl AsRef<str>) {
        self.out.push_str(line.as_ref());
        self.out.push('\n');
    }

    /// A heading of our own words.
    pub fn heading(&mut self, heading: impl AsRef<str>) {
        if !self.out.is_empty() {
            self.out.push('\n');
        }
        self.line(format!("## {}", heading.as_ref()));
    }

    /// A block of untrusted text with a label that says where it came from (`page`, `event`).
    pub fn untrusted(&mut self, label: &str, body: &str) {
        let boundary = self.boundary.clone();
        self.line(format!("<untrusted-{boundary} from=\"{label}\">"));
        self.line(clean(body, true));
        self.line(format!("</untrusted-{boundary}>"));
    }

    /// The finished text.
    pub fn finish(self) -> String {
        self.out
    }

    /// Untrusted text for the middle of a line of ours: one line, cleaned, cut at `max` characters, in guillemets
    /// that the text itself cannot contain.
    pub fn quoted(body: &str, max: usize) -> String {
        let mut line = clean(body, false).replace(['«', '»'], "\"");
        if line.chars().count() > max {
            line = line.chars().take(max).collect::<String>() + "…";
        }
        format!("«{line}»")
    }
}

/// Makes control, bidi and zero-width characters harmless; keeps line ends only in blocks.
fn clean(body: &str, block: bool) -> String {
    body.chars()
        .map(|c| match c {
            '\n' if block => '\n',
            '\t' => ' ',
            '\n' | '\r' => ' ',
            c if c.is_control() => '\u{fffd}',
            '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' => '\u{fffd}',
            c => c,
        })
        .collect()
}
