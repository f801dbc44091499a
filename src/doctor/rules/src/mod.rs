//! Rules about source maps.

mod src001;

use super::Rule;

/// The rules of this group.
pub const RULES: &[&Rule] = &[&src001::RULE];
