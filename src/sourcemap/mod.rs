//! Frames of built code → the user's own files, with code context. Never on the intake path; cached; bounded.

use std::path::PathBuf;

use crate::event::{DebugImage, Frame};

/// Resolves frames of built code. Cheap to clone; keeps parsed maps in a bounded cache.
#[derive(Debug, Clone)]
pub struct Resolver {}

impl Resolver {
    /// A resolver that finds sources in `workspace`.
    pub fn new(_workspace: PathBuf) -> Self {
        Self {}
    }

    /// Maps frames in place: by debug id, by the map that the script's server gives, or by files in the workspace. What
    /// cannot be mapped stays as it is. Bounded: returns after at most `limit` with what it has.
    pub async fn resolve(&self, _frames: &mut [Frame], _images: &[DebugImage], _limit: std::time::Duration) {}

    /// Forgets cached maps of scripts (after a rebuild, a navigation).
    pub fn forget(&self) {}
}
