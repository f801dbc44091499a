//! Rules about the DSN.

mod dsn001;
mod dsn002;
mod dsn003;
mod dsn004;
mod dsn005;
mod dsn006;
mod dsn007;

use super::Rule;

/// The rules of this group.
pub const RULES: &[&Rule] =
    &[&dsn001::RULE, &dsn002::RULE, &dsn003::RULE, &dsn004::RULE, &dsn005::RULE, &dsn006::RULE, &dsn007::RULE];
