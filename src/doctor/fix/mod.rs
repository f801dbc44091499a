//! Fixes as changes of files: edits of many findings put together, file by file.

mod apply;
mod change;
mod plan;
mod splice;

pub use apply::{Applied, Which, apply};
pub use change::Change;
pub use plan::{Plan, plan};
