//! The scripts of an app, parsed when they are asked for and kept.

/// Parsed scripts.
#[derive(Debug, Default)]
pub struct Modules {}
