//! Where results of commands go: stdout, and nowhere else in fixloop (for `serve`, stdout belongs to the protocol).

use std::io::Write;

/// Writes a result and a line end to stdout. A closed pipe (`fixloop run … | head`) is no error.
pub(crate) fn say(result: impl AsRef<str>) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(result.as_ref().as_bytes()).and_then(|()| out.write_all(b"\n")).and_then(|()| out.flush());
}

/// Writes what went wrong to stderr.
pub(crate) fn complain(problem: impl AsRef<str>) {
    let _ = writeln!(std::io::stderr().lock(), "fixloop: {}", problem.as_ref());
}

/// Writes lines for a person to stderr.
pub(crate) fn tell(lines: impl AsRef<str>) {
    let _ = writeln!(std::io::stderr().lock(), "{}", lines.as_ref());
}
