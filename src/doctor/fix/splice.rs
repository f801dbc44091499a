//! Stretches of one text written anew.

use crate::doctor::script::Span;

/// Text in place of a stretch; an empty stretch is an insertion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Splice {
    /// The stretch.
    pub span: Span,
    /// What is written.
    pub with: String,
}

impl Splice {
    /// Whether both can be made, whichever comes first. Two insertions at one place cannot: nothing says which goes first.
    pub fn goes_with(&self, other: &Self) -> bool {
        let (a, b) = (self.span, other.span);
        if a.start == a.end || b.start == b.end {
            a.end < b.start || b.end < a.start
        } else {
            a.end <= b.start || b.end <= a.start
        }
    }
}

/// The text with all of them; none where one is not a stretch of the text, or where two overlap.
pub(super) fn spliced(text: &str, splices: &[Splice]) -> Option<String> {
    let mut sorted: Vec<&Splice> = splices.iter().collect();
    // An insertion comes before what is replaced behind it; of two insertions the earlier one.
    sorted.sort_by_key(|splice| (splice.span.start, splice.span.end));
    let feeds = text.matches('\n').count();
    let crlf = feeds > 0 && text.matches("\r\n").count() == feeds;
    let (mut out, mut at) = (String::with_capacity(text.len()), 0);
    for splice in sorted {
        out.push_str(text.get(at..splice.span.start)?);
        text.get(splice.span.start..splice.span.end)?;
        if crlf {
            out.push_str(&splice.with.replace("\r\n", "\n").replace('\n', "\r\n"));
        } else {
            out.push_str(&splice.with);
        }
        at = splice.span.end;
    }
    out.push_str(text.get(at..)?);
    Some(out)
}
