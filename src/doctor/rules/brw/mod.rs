//! Rules about what the browser did.

mod answers;
mod brw001;
mod brw002;
mod brw003;
mod brw004;
mod compare;
mod worker;

use super::Rule;

/// The rules of this group.
pub const RULES: &[&Rule] = &[&brw001::RULE, &brw002::RULE, &brw003::RULE, &brw004::RULE];
