//! Rules about the DSN.

mod dsn007;

use super::Rule;

/// The rules of this group.
pub const RULES: &[&Rule] = &[&dsn007::RULE];
