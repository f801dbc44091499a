//! The `fixloop` binary: everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    fixloop::cli::main()
}
