//! Reading policies: header values, header lines and `<meta>` tags, each token with its place in the text.

/// Where a token stands in the text that was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Spot {
    /// Which of the texts, from 0.
    pub text: usize,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// First byte.
    pub start: usize,
    /// Byte after the last.
    pub end: usize,
}

/// A word of a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// As it is written, entities of HTML read.
    pub text: String,
    /// Where.
    pub spot: Spot,
}

/// How a policy reaches the browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// In a response header.
    Header,
    /// In a `<meta>` tag.
    Meta,
}

/// Why a browser leaves a directive out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ignored {
    /// One with this name stands before it.
    Duplicate,
    /// It has a character that is not printable ASCII.
    NotAscii,
    /// `<meta>` cannot carry it.
    InMeta,
    /// It has no meaning in a Report-Only policy.
    InReportOnly,
}

/// A directive: name and sources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directive {
    /// Its name in lower case.
    pub name: String,
    /// Its name as it is written.
    pub written: Token,
    /// What follows the name.
    pub values: Vec<Token>,
    /// Why it has no effect, where it has none.
    pub ignored: Option<Ignored>,
}

/// One policy. Several on a page all hold: what one of them blocks is blocked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// From 1, over all texts.
    pub number: usize,
    /// How it reaches the browser.
    pub delivery: Delivery,
    /// It reports and blocks nothing.
    pub report_only: bool,
    /// A comma stands before it in the same header value.
    pub after_comma: bool,
    /// The quotes around it in its `<meta>` tag.
    pub quote: Option<char>,
    /// It has a line end inside.
    pub line_end: Option<Spot>,
    /// Its directives.
    pub directives: Vec<Directive>,
}

impl Policy {
    /// Its directives that have an effect.
    pub fn effective(&self) -> impl Iterator<Item = &Directive> {
        self.directives.iter().filter(|directive| directive.ignored.is_none())
    }

    /// The directive with this name that has an effect.
    pub fn directive(&self, name: &str) -> Option<&Directive> {
        self.effective().find(|directive| directive.name == name)
    }

    /// A policy in `<meta>` that is Report-Only: browsers leave it out.
    pub fn is_void(&self) -> bool {
        self.delivery == Delivery::Meta && self.report_only
    }
}

/// A character of a text with its place.
#[derive(Debug, Clone, Copy)]
struct Mark {
    c: char,
    spot: Spot,
}

/// A stretch of a text that is one header value or the content of one `<meta>` tag.
struct Value {
    marks: Vec<Mark>,
    delivery: Delivery,
    report_only: bool,
    quote: Option<char>,
}

/// A policy text of which is known how it is sent.
#[derive(Debug, Clone, Copy)]
pub struct Sent<'a> {
    /// The value of the header, or of `content`, entities of HTML read.
    pub text: &'a str,
    /// How it reaches the browser.
    pub delivery: Delivery,
    /// It reports only.
    pub report_only: bool,
}

/// Reads policies of which is known how they are sent.
pub fn read_sent(sent: &[Sent<'_>]) -> Vec<Policy> {
    let values = sent.iter().enumerate().map(|(at, sent)| {
        let Sent { text, delivery, report_only } = *sent;
        Value { marks: marks(text, at), delivery, report_only, quote: None }
    });
    policies(values)
}

/// Reads the policies of one page. A text is a header value, or header lines, or HTML with `<meta>` tags. Policies without
/// any directive are none.
pub fn read(texts: &[String]) -> Vec<Policy> {
    policies(texts.iter().enumerate().flat_map(|(at, text)| values(text, at)))
}

fn policies(values: impl Iterator<Item = Value>) -> Vec<Policy> {
    let mut policies = Vec::new();
    for value in values {
        for (part, marks) in value.marks.split(|mark| mark.c == ',').enumerate() {
            let directives = directives(marks, &value);
            if directives.is_empty() {
                continue;
            }
            policies.push(Policy {
                number: policies.len() + 1,
                delivery: value.delivery,
                report_only: value.report_only,
                after_comma: part > 0,
                quote: value.quote,
                line_end: line_end(marks),
                directives,
            });
        }
    }
    policies
}

/// The first line end that has something before and after it.
fn line_end(marks: &[Mark]) -> Option<Spot> {
    let is_end = |mark: &&Mark| mark.c == '\n' || mark.c == '\r';
    let said = |mark: &Mark| !mark.c.is_ascii_whitespace();
    let first = marks.iter().position(said)?;
    let last = marks.iter().rposition(said)?;
    marks.get(first..last)?.iter().find(is_end).map(|mark| mark.spot)
}

fn directives(marks: &[Mark], value: &Value) -> Vec<Directive> {
    let mut directives: Vec<Directive> = Vec::new();
    for part in marks.split(|mark| mark.c == ';') {
        let mut tokens = part
            .split(|mark| mark.c.is_ascii_whitespace())
            .filter_map(|word| {
                let (first, last) = (word.first()?, word.last()?);
                let spot = Spot { end: last.spot.end, ..first.spot };
                Some(Token { text: word.iter().map(|mark| mark.c).collect(), spot })
            })
            .collect::<Vec<_>>()
            .into_iter();
        let Some(written) = tokens.next() else { continue };
        let name = written.text.to_ascii_lowercase();
        let values: Vec<Token> = tokens.collect();
        let plain = |token: &Token| token.text.chars().all(|c| c.is_ascii_graphic());
        let ignored = if !plain(&written) || !values.iter().all(plain) {
            Some(Ignored::NotAscii)
        } else if directives.iter().any(|other| other.ignored != Some(Ignored::NotAscii) && other.name == name) {
            Some(Ignored::Duplicate)
        } else if value.delivery == Delivery::Meta && matches!(&*name, "frame-ancestors" | "report-uri" | "sandbox") {
            Some(Ignored::InMeta)
        } else if value.report_only && matches!(&*name, "sandbox" | "upgrade-insecure-requests") {
            Some(Ignored::InReportOnly)
        } else {
            None
        };
        directives.push(Directive { name, written, values, ignored });
    }
    directives
}

/// The header values and contents of `<meta>` tags in a text.
fn values(text: &str, at: usize) -> Vec<Value> {
    let marks = marks(text, at);
    let tags = meta_tags(&marks);
    if !tags.is_empty() {
        return tags;
    }
    let lines = header_lines(&marks);
    if lines.is_empty() {
        vec![Value { marks, delivery: Delivery::Header, report_only: false, quote: None }]
    } else {
        lines
    }
}

fn marks(text: &str, at: usize) -> Vec<Mark> {
    let (mut line, mut column) = (1, 1);
    let mut marks = Vec::new();
    for (start, c) in text.char_indices() {
        let spot = Spot { text: at, line, column, start, end: start + c.len_utf8() };
        marks.push(Mark { c, spot });
        if c == '\n' {
            (line, column) = (line + 1, 1);
        } else {
            column += 1;
        }
    }
    marks
}

const HEADER: &str = "content-security-policy";
const REPORT_ONLY: &str = "content-security-policy-report-only";

/// Lines `Content-Security-Policy: …`; a line that is no header belongs to the one before it.
fn header_lines(marks: &[Mark]) -> Vec<Value> {
    let mut values: Vec<Value> = Vec::new();
    let mut inside = false;
    for line in marks.split_inclusive(|mark| mark.c == '\n') {
        let colon = line.iter().position(|mark| mark.c == ':');
        let name: String = line.iter().take(colon.unwrap_or(0)).map(|mark| mark.c.to_ascii_lowercase()).collect();
        let after = colon.and_then(|colon| line.get(colon + 1..)).unwrap_or_default();
        let folded = line.first().is_some_and(|mark| mark.c.is_ascii_whitespace());
        let name = name.trim();
        if name == HEADER || name == REPORT_ONLY {
            inside = true;
            values.push(Value {
                marks: after.to_vec(),
                delivery: Delivery::Header,
                report_only: name == REPORT_ONLY,
                quote: None,
            });
        } else if !folded && is_header(name) && after.first().is_some_and(|mark| mark.c == ' ') {
            inside = false;
        } else if inside && let Some(value) = values.last_mut() {
            value.marks.extend_from_slice(line);
        }
    }
    values
}

/// Whether this can be the name of a header.
fn is_header(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}

/// The contents of `<meta http-equiv="Content-Security-Policy" content="…">`.
fn meta_tags(marks: &[Mark]) -> Vec<Value> {
    let mut values = Vec::new();
    let mut rest = marks;
    while let Some(start) = rest.iter().position(|mark| mark.c == '<') {
        rest = rest.get(start + 1..).unwrap_or_default();
        let tag: String = rest.iter().take(4).map(|mark| mark.c.to_ascii_lowercase()).collect();
        if tag != "meta" {
            continue;
        }
        let (attributes, after) = attributes(rest.get(4..).unwrap_or_default());
        rest = after;
        let of = |name: &str| attributes.iter().find(|(key, ..)| key == name);
        let kind = of("http-equiv").map(|(_, value, _)| text_of(value).trim().to_ascii_lowercase());
        let report_only = match kind.as_deref() {
            Some(HEADER) => false,
            Some(REPORT_ONLY) => true,
            _ => continue,
        };
        if let Some((_, content, quote)) = of("content") {
            let marks = without_entities(content);
            values.push(Value { marks, delivery: Delivery::Meta, report_only, quote: *quote });
        }
    }
    values
}

fn text_of(marks: &[Mark]) -> String {
    marks.iter().map(|mark| mark.c).collect()
}

/// An attribute: its name in lower case, its value, the quotes around the value.
type Attribute<'a> = (String, &'a [Mark], Option<char>);

/// The attributes of a tag, and what follows it.
fn attributes(marks: &[Mark]) -> (Vec<Attribute<'_>>, &[Mark]) {
    let mut found = Vec::new();
    let mut rest = marks;
    loop {
        let skipped = rest.iter().position(|mark| !mark.c.is_ascii_whitespace() && mark.c != '/').unwrap_or(rest.len());
        rest = rest.get(skipped..).unwrap_or_default();
        if rest.first().is_none_or(|mark| mark.c == '>') {
            return (found, rest);
        }
        let is_end = |mark: &Mark| mark.c.is_ascii_whitespace() || matches!(mark.c, '=' | '>' | '/');
        let length = rest.iter().position(is_end).unwrap_or(rest.len()).max(1);
        let name = text_of(rest.get(..length).unwrap_or_default()).to_ascii_lowercase();
        // JSX writes `httpEquiv`.
        let name = if name == "httpequiv" { "http-equiv".to_owned() } else { name };
        rest = trimmed(rest.get(length..).unwrap_or_default());
        if rest.first().is_none_or(|mark| mark.c != '=') {
            found.push((name, rest.get(..0).unwrap_or_default(), None));
            continue;
        }
        rest = trimmed(rest.get(1..).unwrap_or_default());
        let quote = rest.first().map(|mark| mark.c).filter(|c| *c == '"' || *c == '\'');
        let begin = usize::from(quote.is_some());
        let body = rest.get(begin..).unwrap_or_default();
        let ends = |mark: &Mark| match quote {
            Some(quote) => mark.c == quote,
            None => mark.c.is_ascii_whitespace() || mark.c == '>',
        };
        let length = body.iter().position(ends).unwrap_or(body.len());
        found.push((name, body.get(..length).unwrap_or_default(), quote));
        rest = body.get(length + begin..).unwrap_or_default();
    }
}

fn trimmed(marks: &[Mark]) -> &[Mark] {
    let skipped = marks.iter().position(|mark| !mark.c.is_ascii_whitespace()).unwrap_or(marks.len());
    marks.get(skipped..).unwrap_or_default()
}

/// The entities that stand for what a policy needs.
const ENTITIES: [(&str, char); 8] = [
    ("&#39;", '\''),
    ("&#x27;", '\''),
    ("&#X27;", '\''),
    ("&apos;", '\''),
    ("&quot;", '"'),
    ("&#34;", '"'),
    ("&amp;", '&'),
    ("&nbsp;", '\u{a0}'),
];

fn without_entities(marks: &[Mark]) -> Vec<Mark> {
    let mut out = Vec::new();
    let mut rest = marks;
    while let Some(first) = rest.first() {
        let ahead: String = rest.iter().take(6).map(|mark| mark.c).collect();
        let entity = ENTITIES.iter().find(|(name, _)| ahead.starts_with(name));
        let length = entity.map_or(1, |(name, _)| name.len());
        let end = rest.get(length - 1).map_or(first.spot.end, |last| last.spot.end);
        out.push(Mark { c: entity.map_or(first.c, |(_, c)| *c), spot: Spot { end, ..first.spot } });
        rest = rest.get(length..).unwrap_or_default();
    }
    out
}
