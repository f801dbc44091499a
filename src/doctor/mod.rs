//! The setup doctor: what keeps Sentry from hearing of a fault, where, why, and the patch.

pub mod csp;
pub mod diff;
pub mod files;
pub mod matcher;
pub mod script;
