//! How a file writes a policy, so that a change of the policy becomes a change of the file.

use crate::doctor::{finding::Edit, script::Span};

use super::PolicyText;

/// How a text is quoted where it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quoting {
    /// As it is: nothing in a policy needs an escape here.
    Plain,
    /// JavaScript or JSON, in these quotes.
    Script(char),
    /// A backslash stands before this quote: nginx, Apache, Caddy.
    Backslash(char),
    /// HTML, in these quotes.
    Entity(char),
    /// A template literal.
    Template,
    /// In these quotes, and there is no escape for them.
    Literal(char),
    /// Without quotes: nothing with a space in it can be written here.
    Bare,
}

impl Quoting {
    /// A text as it is written here; none where it cannot be.
    pub fn escape(self, text: &str) -> Option<String> {
        match self {
            Self::Plain => Some(text.to_owned()),
            Self::Script(quote) => Self::Backslash(quote).escape(text).map(|text| text.replace('\n', "\\n")),
            Self::Backslash(quote) => Some(text.replace('\\', "\\\\").replace(quote, &format!("\\{quote}"))),
            Self::Entity('\'') => Some(text.replace('&', "&amp;").replace('\'', "&#39;")),
            Self::Entity(_) => Some(text.replace('&', "&amp;").replace('"', "&quot;")),
            Self::Template => Some(text.replace('\\', "\\\\").replace('`', "\\`").replace("${", "\\${")),
            Self::Literal(quote) => (!text.contains(quote)).then(|| text.to_owned()),
            Self::Bare => (!text.contains(|c: char| c.is_whitespace() || "'\";`".contains(c))).then(|| text.to_owned()),
        }
    }
}

/// A stretch of a policy text and where it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Its first byte in the text.
    pub at: usize,
    /// Its bytes in the text. As many as in the file: byte for byte the same. Else an escape, which is only changed whole.
    pub length: usize,
    /// The file.
    pub path: String,
    /// Where in the file.
    pub span: Span,
    /// How the text is quoted there.
    pub quoting: Quoting,
}

/// A place of a file that takes more of a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    /// Behind which byte of the text what it takes comes to stand.
    pub at: usize,
    /// The file.
    pub path: String,
    /// Before which byte of the file it is written.
    pub offset: usize,
    /// What it takes.
    pub takes: Takes,
    /// Keywords stand without their quotes there: `self`.
    pub bare: bool,
}

/// What a slot takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Takes {
    /// A source more, an element of a list.
    Source {
        /// What stands before each.
        before: String,
        /// What stands after each.
        after: String,
        /// Quotes around it.
        quote: char,
    },
    /// A directive more, a text in a list.
    Directive {
        /// What stands before it.
        before: String,
        /// What stands after it.
        after: String,
        /// Quotes around it.
        quote: char,
    },
    /// A directive more, a property of an object.
    Property {
        /// What stands before it.
        before: String,
        /// What stands after it.
        after: String,
        /// Quotes around sources.
        quote: char,
        /// `connectSrc` instead of `'connect-src'`.
        camel: bool,
        /// The sources are a list, not a text.
        list: bool,
        /// What stands between name and sources: `: `, ` = `.
        equals: &'static str,
    },
}

/// A change of a policy text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Other words in place of a stretch; an empty one is an insertion, an empty text takes it out.
    Replace {
        /// First byte.
        start: usize,
        /// Byte after the last.
        end: usize,
        /// What is written.
        with: String,
    },
    /// More sources for a directive.
    Sources {
        /// The directive.
        name: String,
        /// Behind its last word.
        at: usize,
        /// The new ones.
        add: Vec<String>,
        /// All of them, in order: for a directive that no file writes.
        all: Vec<String>,
    },
    /// A new directive.
    Directive {
        /// Its name.
        name: String,
        /// Behind the last word of the directive before it.
        at: usize,
        /// Its sources.
        sources: Vec<String>,
    },
}

impl PolicyText {
    /// The changes of the files that change the policy so; none where only a person can.
    pub fn edits(&self, changes: &[Change]) -> Option<Vec<Edit>> {
        let mut edits = Vec::new();
        let mut rows: Vec<(&str, &[String])> = Vec::new();
        for change in changes {
            match change {
                Change::Replace { start, end, with } => edits.push(self.replace(*start, *end, with)?),
                Change::Sources { name, at, add, all } => match self.sources(name, *at, add) {
                    Some(edit) => edits.push(edit),
                    None => {
                        // A directive that a library brings is replaced by one that is written.
                        let begin = self.begin(name, *at);
                        let written = self.pieces.iter().any(|piece| piece.at < *at && begin < piece.at + piece.length);
                        if written || all.iter().any(|source| source.contains("${")) {
                            return None;
                        }
                        rows.push((name, all));
                    }
                },
                Change::Directive { name, at, sources } if self.taker().is_none() => {
                    let text = format!("{name} {}", sources.join(" "));
                    let gap = self.gap(*at).unwrap_or_else(|| " ".to_owned());
                    edits.push(self.replace(*at, *at, &format!(";{gap}{text}"))?);
                }
                Change::Directive { name, sources, .. } => rows.push((name, sources)),
            }
        }
        if !rows.is_empty() {
            edits.push(self.taker()?.directives(&rows));
        }
        Some(edits)
    }

    /// More sources for a directive that is written.
    fn sources(&self, name: &str, at: usize, add: &[String]) -> Option<Edit> {
        let begin = self.begin(name, at);
        let in_list = |slot: &&Slot| begin < slot.at && slot.at <= at && matches!(slot.takes, Takes::Source { .. });
        match self.slots.iter().filter(in_list).max_by_key(|slot| slot.at) {
            Some(slot) => Some(slot.sources(add)),
            None => self.replace(at, at, &format!(" {}", add.join(" "))),
        }
    }

    /// The first byte of the directive that ends at a byte.
    fn begin(&self, name: &str, at: usize) -> usize {
        let head = self.text.as_deref().ok().and_then(|text| text.get(..at)).unwrap_or_default();
        head.to_ascii_lowercase().rfind(&name.to_ascii_lowercase()).unwrap_or(at)
    }

    /// Where a stretch of the text is written: as far as one piece has it.
    pub fn written_at(&self, start: usize, end: usize) -> Option<(&str, Span)> {
        let (piece, from) = self.place(start, false)?;
        let to = match self.place(end, true) {
            Some((last, to)) if last.path == piece.path && to >= from => to,
            _ => piece.span.end,
        };
        Some((&piece.path, Span { start: from, end: to }))
    }

    /// The slot that takes a directive.
    fn taker(&self) -> Option<&Slot> {
        self.slots.iter().rev().find(|slot| !matches!(slot.takes, Takes::Source { .. }))
    }

    fn replace(&self, start: usize, end: usize, with: &str) -> Option<Edit> {
        let (first, from) = self.place(start, end == start)?;
        let (last, to) = if start == end { (first, from) } else { self.place(end, true)? };
        let apart = first.path != last.path || to < from || !self.is_whole(first, last, start, end);
        if apart {
            return None;
        }
        let with = first.quoting.escape(with)?;
        Some(Edit::Replace { path: first.path.clone(), span: Span { start: from, end: to }, with })
    }

    /// The piece that a byte of the text lies in, and the byte of the file; `left` = at a border the piece before it.
    fn place(&self, at: usize, left: bool) -> Option<(&Piece, usize)> {
        let ends = |piece: &&Piece| piece.at + piece.length == at && piece.length > 0;
        let begins = |piece: &&Piece| piece.at == at;
        let border = if left {
            self.pieces.iter().find(ends).map(|piece| (piece, piece.span.end))
        } else {
            self.pieces.iter().find(begins).map(|piece| (piece, piece.span.start))
        };
        border.or_else(|| {
            let inside = |piece: &&Piece| {
                let verbatim = piece.length == piece.span.end - piece.span.start;
                verbatim && piece.at <= at && at <= piece.at + piece.length
            };
            self.pieces.iter().find(inside).map(|piece| (piece, piece.span.start + at - piece.at))
        })
    }

    /// Whether nothing that was computed stands between two places: the pieces from one to the other have no gap.
    fn is_whole(&self, first: &Piece, last: &Piece, start: usize, end: usize) -> bool {
        let mut at = start;
        let mut offset = None;
        for piece in self.pieces.iter().filter(|piece| piece.at + piece.length > start && piece.at < end) {
            let joined = offset.is_none_or(|offset| offset == piece.span.start) && piece.path == first.path;
            if piece.at > at || !joined {
                return false;
            }
            at = piece.at + piece.length;
            offset = Some(piece.span.end);
        }
        (start == end || at >= end) && first.quoting == last.quoting
    }

    /// What stands between two directives: a line end with its indentation, where each has a line of its own.
    fn gap(&self, at: usize) -> Option<String> {
        let text = self.text.as_deref().ok()?;
        let (head, tail) = text.split_at_checked(at)?;
        let own = head.rsplit_once('\n').map(|(_, line)| line).filter(|line| !line.contains(';'));
        let line = match own {
            Some(line) => line,
            // The first one stands behind the quote: the others show how lines begin.
            None if !head.contains(';') => tail.split('\n').nth(1).filter(|line| !line.trim().is_empty())?,
            None => return None,
        };
        Some(format!("\n{}", line.get(..line.len() - line.trim_start().len())?))
    }
}

impl Slot {
    fn insert(&self, with: String) -> Edit {
        Edit::Replace { path: self.path.clone(), span: Span { start: self.offset, end: self.offset }, with }
    }

    fn sources(&self, add: &[String]) -> Edit {
        let Takes::Source { before, after, quote } = &self.takes else { return self.insert(String::new()) };
        self.insert(add.iter().map(|source| format!("{before}{}{after}", self.source(source, *quote))).collect())
    }

    /// A source as an element of a list.
    fn source(&self, source: &str, quote: char) -> String {
        quoted(if self.bare { source.trim_matches('\'') } else { source }, quote)
    }

    fn directives(&self, rows: &[(&str, &[String])]) -> Edit {
        let (Takes::Source { before, after, .. }
        | Takes::Directive { before, after, .. }
        | Takes::Property { before, after, .. }) = &self.takes;
        let all: Vec<String> = rows.iter().map(|(name, sources)| self.row(name, sources)).collect();
        // What stands around the first is for all of them.
        let between = if after.is_empty() { before } else { ", " };
        self.insert(format!("{before}{}{after}", all.join(between)))
    }

    fn row(&self, name: &str, sources: &[String]) -> String {
        match &self.takes {
            Takes::Source { .. } => String::new(),
            Takes::Directive { quote, .. } => quoted(&format!("{name} {}", sources.join(" ")), *quote),
            Takes::Property { quote, camel, list, equals, .. } => {
                let name = if *camel { camel_case(name) } else { quoted(name, *quote) };
                let value = if *list {
                    let all: Vec<String> = sources.iter().map(|source| self.source(source, *quote)).collect();
                    format!("[{}]", all.join(", "))
                } else {
                    quoted(&sources.join(" "), *quote)
                };
                format!("{name}{equals}{value}")
            }
        }
    }
}

/// A text in quotes; in the other ones where that spares escapes.
fn quoted(text: &str, quote: char) -> String {
    let quote = if quote == '\'' && text.contains('\'') { '"' } else { quote };
    let escaped = if quote == '`' { Quoting::Template } else { Quoting::Script(quote) }.escape(text);
    format!("{quote}{}{quote}", escaped.unwrap_or_default())
}

/// `connect-src` → `connectSrc`
fn camel_case(name: &str) -> String {
    let mut parts = name.split('-');
    let mut camel = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let mut letters = part.chars();
        camel.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        camel.push_str(letters.as_str());
    }
    camel
}
