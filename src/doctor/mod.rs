//! The setup doctor: what keeps Sentry from hearing of a fault, where, why, and the patch.

pub mod check;
pub mod csp;
pub mod diff;
pub mod drift;
pub mod dsn;
pub mod files;
pub mod finding;
pub mod fix;
pub mod live;
pub mod mask;
pub mod matcher;
pub mod page;
pub mod project;
pub mod rules;
pub mod script;
pub mod tunnel;
