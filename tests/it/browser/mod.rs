//! Tests of the browser room: real browsers, real drivers, pages served on port 0.

mod deaths;
mod firefox;
mod missing;
mod observations;
mod open;
mod stuck;
pub mod web;

use std::sync::Arc;

use fixloop::{
    browser::{Browsers, OpenOptions, Session},
    config::{BrowserConfig, Config},
};
use tokio_util::sync::CancellationToken;

/// The configuration of tests: the guard is the real binary, since this process is none.
pub fn config() -> BrowserConfig {
    BrowserConfig { guard: Some(env!("CARGO_BIN_EXE_fixloop").into()), ..Config::default().browser }
}

/// Chrome, with one session open.
pub async fn chrome() -> (Browsers, Arc<Session>) {
    let browsers = Browsers::new(BrowserConfig { kind: Some("chrome".into()), ..config() });
    let session = browsers.open(OpenOptions::default(), &CancellationToken::new()).await.unwrap();
    (browsers, session)
}
