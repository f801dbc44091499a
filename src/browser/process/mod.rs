//! The only starter of processes: the driver, under a guard that takes it (and the browser it started) down when
//! fixloop dies in any way.
//!
//! ```text
//! fixloop ──stdin pipe──▶ fixloop __guard ──▶ chromedriver ──pipe──▶ chrome
//! ```
//! The guard reads its stdin; end of file means that fixloop is gone, whatever the cause.

mod alive;
mod driver;
pub mod guard;
mod tree;

pub use alive::ended;
pub use driver::{Driver, DriverCommand};
