//! A stack trace's two variants: the app's own frames, and all frames.

use super::{
    frame,
    part::{FrameParts, Part},
};
use crate::event::{
    Frame,
    in_app::{is_javascript, mark},
};

/// A variant of what is grouped by: the app's own frames only, or all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Variant {
    /// In-app frames.
    App,
    /// All frames.
    System,
}

/// The contributing frames of a stack trace, with whether each is the app's.
#[derive(Debug, Clone, Default)]
pub(super) struct Stack<'a> {
    frames: Vec<(FrameParts<'a>, bool)>,
}

impl<'a> Stack<'a> {
    /// Reads frames, crash frame last.
    pub(super) fn of(frames: &'a [Frame], platform: &str) -> Self {
        if let [only] = frames
            && is_javascript(platform)
            && frame::is_nameless_url(only)
        {
            return Self::default();
        }
        let mut before = None;
        let marks = mark(frames, platform);
        let contributing = frames.iter().zip(marks).filter_map(|(frame, mark)| {
            let recursion = frame::is_recursion(frame, before.replace(frame));
            if recursion || !mark.group {
                return None;
            }
            let parts = frame::parts(frame, platform);
            (!parts.is_empty()).then_some((parts, mark.in_app))
        });
        Self { frames: contributing.collect() }
    }

    /// Whether any frame contributes to `variant`.
    pub(super) fn contributes(&self, variant: Variant) -> bool {
        self.frames.iter().any(|(_, in_app)| *in_app || variant == Variant::System)
    }

    /// Adds the frames that contribute to `variant`.
    pub(super) fn add(&self, variant: Variant, parts: &mut Vec<Part<'a>>) {
        let wanted = self.frames.iter().filter(|(_, in_app)| *in_app || variant == Variant::System);
        parts.extend(wanted.map(|(frame, _)| Part::Frame(frame.clone())));
    }
}
