//! Profiles.

use serde_json::Value;

use super::{length, text};

/// A profile of one transaction, or a chunk of a continuous one.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    /// `javascript`, `python`, ….
    pub platform: String,
    /// Samples in it.
    pub samples: usize,
    /// Frames in it.
    pub frames: usize,
}

impl Profile {
    pub(super) fn read(value: &Value) -> Self {
        let held = value.get("profile").unwrap_or(value);
        Self { platform: text(value, &["platform"]), samples: length(held, "samples"), frames: length(held, "frames") }
    }
}
