//! Which document a ref belongs to, and which numbers are used up: a ref is never given to two elements in a session.

use std::sync::{Mutex, PoisonError};

use indexmap::IndexMap;

/// Frames remembered; the oldest goes first. Its number is not used again.
const MAX_FRAMES: usize = 500;

/// The refs of one session.
#[derive(Debug, Default)]
pub struct Refs(Mutex<Table>);

#[derive(Debug, Default)]
struct Table {
    /// Next number in tabs: one count for all, since their refs have no prefix.
    next: u64,
    /// By browsing context id.
    frames: IndexMap<String, Frame>,
    last_frame: u64,
}

#[derive(Debug)]
struct Frame {
    number: u64,
    next: u64,
}

impl Refs {
    /// What the in-page code needs to give refs in a document: their prefix (`f1`, empty in a tab), and the first free number.
    pub(super) fn enter(&self, context: &str, is_tab: bool) -> (String, u64) {
        let mut table = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if is_tab {
            return (String::new(), table.next.max(1));
        }
        if let Some(frame) = table.frames.get(context) {
            return (format!("f{}", frame.number), frame.next);
        }
        table.last_frame += 1;
        let number = table.last_frame;
        table.frames.insert(context.to_owned(), Frame { number, next: 1 });
        if table.frames.len() > MAX_FRAMES {
            table.frames.shift_remove_index(0);
        }
        (format!("f{number}"), 1)
    }

    /// Numbers below `next` are used up.
    pub(super) fn leave(&self, context: &str, is_tab: bool, next: u64) {
        let mut table = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if is_tab {
            table.next = table.next.max(next);
        } else if let Some(frame) = table.frames.get_mut(context) {
            frame.next = frame.next.max(next);
        }
    }

    /// The context that a ref with a prefix (`f1e2`) is in; none when that frame is not known.
    pub(super) fn frame_of(&self, reference: &str) -> Option<String> {
        let number: u64 = reference.strip_prefix('f')?.split_once('e')?.0.parse().ok()?;
        let table = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        table.frames.iter().find(|(_, frame)| frame.number == number).map(|(context, _)| context.clone())
    }
}
