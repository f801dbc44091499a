//! Fixes as changes of files: edits of many findings put together, file by file.

mod change;
mod plan;
mod splice;

pub use change::Change;
pub use plan::{Plan, plan};
