//! What a hash is made of, and how it is said.

use std::borrow::Cow;

use md5::{Digest, Md5};

use crate::event::lenient::cut;

/// Lines kept of the reasons: the outermost frames go first.
const MAX_WHY: usize = 12;
/// Characters kept of a value in a reason.
const MAX_SAID: usize = 160;

/// One contributing value.
#[derive(Debug, Clone)]
pub(super) enum Part<'a> {
    /// A value with the name of what it is: `type`, `value`, `message`, `fingerprint`, ….
    Named(&'static str, Cow<'a, str>),
    /// A frame.
    Frame(FrameParts<'a>),
}

/// The contributing values of a frame.
#[derive(Debug, Clone, Default)]
pub(super) struct FrameParts<'a> {
    /// Module, or the file's base name.
    pub file: Option<Cow<'a, str>>,
    /// Function.
    pub function: Option<Cow<'a, str>>,
    /// The source line, with white space collapsed.
    pub line: Option<Cow<'a, str>>,
}

impl FrameParts<'_> {
    /// Whether anything of it contributes.
    pub(super) fn is_empty(&self) -> bool {
        self.file.is_none() && self.function.is_none() && self.line.is_none()
    }

    fn values(&self) -> impl Iterator<Item = (&'static str, &str)> {
        [("file", &self.file), ("function", &self.function), ("line", &self.line)]
            .into_iter()
            .filter_map(|(name, value)| value.as_deref().map(|value| (name, value)))
    }
}

/// MD5 over the bytes of all values, one after the other: Sentry's own way to a hash.
pub(super) fn hash(parts: &[Part<'_>]) -> String {
    let mut md5 = Md5::new();
    for part in parts {
        match part {
            Part::Named(_, value) => md5.update(value.as_bytes()),
            Part::Frame(frame) => frame.values().for_each(|(_, value)| md5.update(value.as_bytes())),
        }
    }
    let digits = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(digits.get(usize::from(nibble)).copied().unwrap_or(b'0'));
    md5.finalize().iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// The values, one a line, at most [`MAX_WHY`].
pub(super) fn say(parts: &[Part<'_>]) -> Vec<String> {
    let drop = parts.len().saturating_sub(MAX_WHY);
    let head = MAX_WHY / 3;
    let mut lines = Vec::with_capacity(parts.len().min(MAX_WHY) + 1);
    for (index, part) in parts.iter().enumerate() {
        if drop > 0 && index == head {
            lines.push(format!("({drop} more values)"));
        }
        if index < head || index >= head + drop {
            lines.push(say_one(part));
        }
    }
    lines
}

fn say_one(part: &Part<'_>) -> String {
    match part {
        Part::Named(name, value) => format!("{name}: {}", cut(value, MAX_SAID)),
        Part::Frame(frame) => {
            let values: Vec<String> =
                frame.values().map(|(name, value)| format!("{name} {}", cut(value, MAX_SAID))).collect();
            format!("frame: {}", values.join(", "))
        }
    }
}
