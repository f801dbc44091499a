//! The sink over real HTTP.

mod support;

mod auth;
mod basics;
mod bodies;
mod faults;
mod framing;
mod http;
mod items;
mod sdks;
mod search;
mod sharing;
