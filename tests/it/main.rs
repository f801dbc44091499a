//! The one integration test binary.
#![recursion_limit = "256"]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::disallowed_methods,
    clippy::print_stderr,
    clippy::type_complexity,
    missing_docs,
    reason = "tests fail by panicking, and start what they test"
)]

mod browser;
mod contracts;
mod csp;
mod demo;
mod doctor;
mod explore;
mod inspect;
mod issue;
mod layers;
mod manage;
mod map;
mod page;
mod readme;
mod relay;
mod scenario;
mod sdk;
mod sentry;
mod sentry_config;
mod sentry_issue;
mod sink;
mod support;
mod wire;
