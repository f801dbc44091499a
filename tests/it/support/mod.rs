//! What tests share: a client over stdio that drives the real binary.

#![allow(dead_code, unused_imports, reason = "each test module uses what it needs")]

pub mod sentry;
mod server;

pub use server::{Reply, RpcError, Server, Setup};

/// How many rounds a test with generated input does: `rounds`, times `FIXLOOP_FUZZ` where it is set (`make fuzz`).
pub fn fuzz_rounds(rounds: usize) -> usize {
    let times = std::env::var("FIXLOOP_FUZZ").map_or(1, |times| times.parse().expect("FIXLOOP_FUZZ is a number"));
    rounds * times
}
