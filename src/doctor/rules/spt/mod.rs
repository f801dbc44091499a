//! Rules about what belongs to developing only.

mod spt001;

use super::Rule;

/// The rules of this group.
pub const RULES: &[&Rule] = &[&spt001::RULE];
