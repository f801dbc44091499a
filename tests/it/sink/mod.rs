//! The sink over real HTTP.

pub mod support;

mod auth;
mod basics;
mod bodies;
mod faults;
mod framing;
mod http;
mod items;
pub mod sdks;
mod search;
mod sharing;
