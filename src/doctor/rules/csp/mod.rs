//! Rules about Content Security Policies.

mod csp008;

use super::Rule;

/// The rules of this group.
pub const RULES: &[&Rule] = &[&csp008::RULE];
