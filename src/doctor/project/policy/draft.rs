//! A policy text that is put together from what a file writes.

use crate::doctor::script::Span;

use super::{Piece, Quoting, Slot, Takes, Unknown};

/// Bytes of one policy.
const MAX_TEXT: usize = 64 * 1024;

/// The text so far, and where its parts come from.
#[derive(Debug, Clone, Default)]
pub struct Draft {
    /// The text.
    pub text: String,
    /// What `${0}`, `${1}`, … stand for.
    pub unknown: Vec<Unknown>,
    /// Where its parts are written.
    pub pieces: Vec<Piece>,
    /// What takes more.
    pub slots: Vec<Slot>,
}

impl Draft {
    /// A text that a file has at `start`, byte for byte.
    pub fn verbatim(path: &str, start: usize, text: &str, quoting: Quoting) -> Self {
        let mut draft = Self::default();
        draft.write(path, Span { start, end: start + text.len() }, text, quoting);
        draft
    }

    /// A text that a file has with escapes, each a backslash and a character.
    pub fn escaped(path: &str, start: usize, raw: &str, quoting: Quoting) -> Self {
        let mut draft = Self::default();
        let mut at = start;
        let mut rest = raw;
        while let Some(slash) = rest.find('\\') {
            let (plain, escape) = rest.split_at_checked(slash).unwrap_or((rest, ""));
            draft.write(path, Span { start: at, end: at + plain.len() }, plain, quoting);
            at += plain.len();
            let (length, meant) = unescaped(escape, quoting);
            draft.write(path, Span { start: at, end: at + length }, &meant, quoting);
            at += length;
            rest = escape.get(length..).unwrap_or_default();
        }
        draft.write(path, Span { start: at, end: at + rest.len() }, rest, quoting);
        draft
    }

    /// Adds a stretch that is written at `span`: the same byte for byte, or an escape of it.
    pub fn write(&mut self, path: &str, span: Span, text: &str, quoting: Quoting) {
        if text.is_empty() && span.start != span.end {
            return;
        }
        if self.text.len() + text.len() > MAX_TEXT {
            return;
        }
        self.pieces.push(Piece { at: self.text.len(), length: text.len(), path: path.to_owned(), span, quoting });
        self.text.push_str(text);
    }

    /// Adds text that no file writes so.
    pub fn compute(&mut self, text: &str) {
        if self.text.len() + text.len() <= MAX_TEXT {
            self.text.push_str(text);
        }
    }

    /// Adds something that is not known: a word that nothing else can be.
    pub fn hide(&mut self, unknown: Unknown) {
        self.compute(&format!("${{{}}}", self.unknown.len()));
        self.unknown.push(unknown);
    }

    /// Adds another draft.
    pub fn append(&mut self, other: Self) {
        let Self { mut text, unknown, pieces, slots } = other;
        if self.text.len() + text.len() > MAX_TEXT {
            return;
        }
        let at = self.text.len();
        // The later names first: `${1}` → `${2}` must not meet `${0}` → `${1}`. Names are one byte longer from ten on.
        if !self.unknown.is_empty() && !unknown.is_empty() {
            return self.append_renamed(&text, unknown, pieces, slots);
        }
        self.pieces.extend(pieces.into_iter().map(|piece| Piece { at: piece.at + at, ..piece }));
        self.slots.extend(slots.into_iter().map(|slot| Slot { at: slot.at + at, ..slot }));
        self.unknown.extend(unknown);
        self.text.push_str(&std::mem::take(&mut text));
    }

    /// The same where both have something unknown: the names of the second go on behind those of the first.
    fn append_renamed(&mut self, text: &str, unknown: Vec<Unknown>, pieces: Vec<Piece>, slots: Vec<Slot>) {
        let first = self.unknown.len();
        // Where each byte of the old text comes to stand.
        let mut moved: Vec<(usize, usize)> = vec![(0, self.text.len())];
        let mut done = 0;
        for number in 0..unknown.len() {
            let name = format!("${{{number}}}");
            let Some(found) = text.get(done..).and_then(|rest| rest.find(&name)) else { continue };
            self.text.push_str(text.get(done..done + found).unwrap_or_default());
            self.text.push_str(&format!("${{{}}}", first + number));
            done += found + name.len();
            moved.push((done, self.text.len()));
        }
        self.text.push_str(text.get(done..).unwrap_or_default());
        let new = |at: usize| {
            let from = moved.iter().rev().find(|(old, _)| *old <= at).copied().unwrap_or_default();
            from.1 + at - from.0
        };
        self.pieces.extend(pieces.into_iter().map(|piece| Piece { at: new(piece.at), ..piece }));
        self.slots.extend(slots.into_iter().map(|slot| Slot { at: new(slot.at), ..slot }));
        self.unknown.extend(unknown);
    }

    /// A place behind what is there that takes more.
    pub fn slot(&mut self, path: &str, offset: usize, takes: Takes) {
        self.slots.push(Slot { at: self.text.len(), path: path.to_owned(), offset, takes, bare: false });
    }
}

/// The bytes of an escape, and what it means.
fn unescaped(escape: &str, quoting: Quoting) -> (usize, String) {
    let Some(letter) = escape.chars().nth(1) else { return (escape.len().max(1), String::new()) };
    let length = 1 + letter.len_utf8();
    let script = matches!(quoting, Quoting::Script(_) | Quoting::Template);
    let meant = match letter {
        'n' if script => "\n".to_owned(),
        'r' if script => "\r".to_owned(),
        't' if script => "\t".to_owned(),
        // A line that goes on.
        '\n' if script => String::new(),
        'u' | 'x' if script => return coded(escape),
        _ if script || is_escaped(letter, quoting) => letter.to_string(),
        letter => format!("\\{letter}"),
    };
    (length, meant)
}

/// nginx, Apache and Caddy leave other backslashes as they are.
fn is_escaped(letter: char, quoting: Quoting) -> bool {
    matches!(letter, '\\' | '"' | '\'') || quoting == Quoting::Bare
}

/// `\x27`, `\u0027`, `\u{27}`
fn coded(escape: &str) -> (usize, String) {
    let body = escape.get(2..).unwrap_or_default();
    let (digits, length) = if let Some(inner) = body.strip_prefix('{') {
        let inner = inner.split('}').next().unwrap_or_default();
        (inner, inner.len() + 4)
    } else {
        let most = if escape.starts_with("\\x") { 2 } else { 4 };
        (body.get(..most).unwrap_or(body), most + 2)
    };
    let meant = u32::from_str_radix(digits, 16).ok().and_then(char::from_u32);
    (length.min(escape.len()), meant.map(String::from).unwrap_or_default())
}
