//! The wire: the only room that names `rmcp`. Tool trait, call pipeline, replies, prompts, resources.

mod arguments;
mod catalog;
mod completion;
mod confirm;
mod contract;
mod home;
mod pipeline;
mod prompts;
mod reply;
mod resources;
mod roots;
mod route;
mod schema;
mod selftest;
mod server;
mod structured;
mod tool;
mod transport;

pub use confirm::Confirmation;
pub use contract::{MARKER, description};
pub use route::{Route, route};
pub use selftest::self_test;
pub use server::serve;
pub use tool::{Call, Hints, Tool, Toolset};
