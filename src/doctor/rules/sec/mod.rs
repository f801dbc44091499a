//! Rules about secrets.

mod place;
mod sec001;
mod sec002;
mod sec003;
mod sec004;

use super::Rule;

/// The rules of this group.
pub const RULES: &[&Rule] = &[&sec001::RULE, &sec002::RULE, &sec003::RULE, &sec004::RULE];
