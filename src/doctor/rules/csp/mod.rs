//! CSP: what the policies of an app keep Sentry from.

mod csp001;
mod csp002;
mod csp003;
mod csp004;
mod csp005;
mod csp006;
mod csp007;
mod csp008;
mod fault;
mod mistake;
mod sheet;
mod wants;
mod words;

use super::Rule;

/// The rules of this group.
pub const RULES: &[&Rule] = &[
    &csp001::RULE,
    &csp002::RULE,
    &csp003::RULE,
    &csp004::RULE,
    &csp005::RULE,
    &csp006::RULE,
    &csp007::RULE,
    &csp008::RULE,
];
