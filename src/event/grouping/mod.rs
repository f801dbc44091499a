//! Which events belong together: hashes, title and culprit of an event, with the reasons (pure).

mod title;

use md5::{Digest, Md5};

use super::Event;

/// What an event is grouped by.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Grouping {
    /// Hashes (32 hex), the primary one first: in-app frames, then all frames. An event joins the issue that has any of
    /// them.
    pub hashes: Vec<String>,
    /// `ReferenceError: x is not defined`; untrusted text.
    pub title: String,
    /// `checkout(src/cart.ts)`; untrusted text, empty where nothing is known.
    pub culprit: String,
    /// The contributing values, one a line; untrusted text.
    pub why: Vec<String>,
}

/// Groups one event.
pub fn group(event: &Event) -> Grouping {
    let mut why = Vec::new();
    for exception in &event.exceptions {
        why.extend(exception.ty.iter().map(|ty| format!("type: {ty}")));
        why.extend(exception.frames.iter().filter_map(|f| f.function.as_ref()).map(|f| format!("function: {f}")));
    }
    if why.is_empty() {
        why.extend(event.message.iter().map(|message| format!("message: {message}")));
    }
    Grouping { hashes: vec![hash(&why)], title: title::title(event), culprit: title::culprit(event), why }
}

fn hash<T: AsRef<[u8]>>(values: &[T]) -> String {
    let mut md5 = Md5::new();
    for value in values {
        md5.update(value.as_ref());
    }
    md5.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
