//! Rules about what the browser did.

use super::Rule;

/// The rules of this group.
pub const RULES: &[&Rule] = &[];
