//! One file per tool, and one list of them. Read-only mode, toolsets, docs and snapshots are loops over the list.
//!
//! To add a tool: `tools/NAME.md`, `src/tools/NAME.rs`, and here `mod NAME;` and one line in [`all`].

use crate::mcp::Route;

/// Every tool, in the order in which clients list them: the order of the loop.
pub fn all() -> Vec<Route> {
    // One line each: `route::<status::Status>(),`
    vec![]
}
