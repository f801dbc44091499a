//! One file per command.

mod guard;

use std::process::ExitCode;

/// Parses the arguments and runs the command.
pub fn main() -> ExitCode {
    if let Some(code) = guard::intercept() {
        return code;
    }
    ExitCode::SUCCESS
}
