//! fixloop: an MCP server that closes the loop test → detect → analyze → fix → retest → validate on a web app.
//!
//! The layer rules are in ARCHITECTURE.md; `tests/it/layers.rs` checks them by reading the `use` lines.

pub mod artifacts;
pub mod browser;
pub mod cli;
pub mod config;
pub mod ctx;
pub mod doctor;
pub mod error;
pub mod event;
pub mod http;
pub mod mcp;
pub mod observe;
pub mod redact;
pub mod report;
pub mod scenario;
pub mod sentry;
pub mod sink;
pub mod sourcemap;
pub mod tools;
