//! `fixloop __guard`: hidden; fixloop starts itself as the guard of a driver (see `browser::process`).

use std::process::ExitCode;

use crate::browser::process::guard;

/// Runs the guard when the command line asks for it; comes before everything else, while there is one thread.
pub fn intercept() -> Option<ExitCode> {
    guard::intercept(std::env::args_os().skip(1))
}
