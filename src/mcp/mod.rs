//! The wire: the only room that names `rmcp`. Tool trait, call pipeline, replies, prompts, resources.

mod tool;

pub use tool::{Call, Hints, Tool, Toolset};
