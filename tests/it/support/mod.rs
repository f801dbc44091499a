//! What tests share: a client over stdio that drives the real binary.

#![allow(dead_code, unused_imports, reason = "each test module uses what it needs")]

mod server;

pub use server::{Reply, RpcError, Server, Setup};
