//! The guard's side: `fixloop __guard DIR DRIVER ARGS…` runs the driver, and ends it with all that it started when
//! stdin closes or the driver exits; then removes DIR, where driver and browser put their files.
#![expect(clippy::disallowed_methods, reason = "this room is the only starter of processes, and cleans up after them")]

use std::{
    ffi::OsString,
    io::{Read, Write},
    path::Path,
    process::{Child, Command, ExitCode, Stdio},
    time::Duration,
};

use super::tree;

/// The hidden subcommand.
pub const SUBCOMMAND: &str = "__guard";
/// The second stage on Linux: binds its life to its parent's, then becomes the driver.
const BECOME: &str = "__become";
/// The line by which the guard tells fixloop the driver's process id.
pub const PID_LINE: &str = "fixloop-guard: driver ";

/// Runs the guard when the arguments (without the program name) ask for it. Must be called from the main thread, before
/// any other thread runs: the driver's life is bound to the thread that starts it.
pub fn intercept(mut args: impl Iterator<Item = OsString>) -> Option<ExitCode> {
    let subcommand = args.next()?;
    if subcommand == SUBCOMMAND {
        Some(run(&args.collect::<Vec<_>>()))
    } else if subcommand == BECOME {
        Some(become_driver(&args.collect::<Vec<_>>()))
    } else {
        None
    }
}

fn run(args: &[OsString]) -> ExitCode {
    let [temp, driver, arguments @ ..] = args else { return ExitCode::from(2) };
    tree::adopt_orphans();
    let started = start(driver, arguments);
    let code = match started {
        Ok(child) => watch(child),
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "cannot start {}: {error}", driver.display());
            ExitCode::from(127)
        }
    };
    remove(Path::new(temp));
    code
}

fn start(driver: &OsString, arguments: &[OsString]) -> std::io::Result<Child> {
    let mut command = if cfg!(target_os = "linux") {
        let mut command = Command::new("/proc/self/exe");
        command.arg(BECOME).arg(std::process::id().to_string()).arg(driver);
        command
    } else {
        Command::new(driver)
    };
    command.args(arguments).stdin(Stdio::null());
    tree::own_group(&mut command);
    command.spawn()
}

/// Waits for the driver; ends it when stdin closes. Nothing that it started is left when this returns.
fn watch(mut child: Child) -> ExitCode {
    let pid = child.id();
    let _ = writeln!(std::io::stdout(), "{PID_LINE}{pid}");
    let _ = std::io::stdout().flush();
    std::thread::spawn(move || {
        let mut buffer = [0_u8; 64];
        while matches!(std::io::stdin().read(&mut buffer), Ok(n) if n > 0) {}
        tree::kill(pid);
    });
    let status = child.wait();
    tree::kill(pid);
    tree::reap_orphans(Duration::from_secs(5));
    let code = status.ok().and_then(|status| status.code()).unwrap_or(1);
    ExitCode::from(u8::try_from(code).unwrap_or(1))
}

/// Removes the folder; retries while a dying browser still writes into it.
pub fn remove(temp: &Path) {
    for _ in 0..40 {
        match std::fs::remove_dir_all(temp) {
            Ok(()) => return,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return,
            Err(_) => std::thread::sleep(Duration::from_millis(50)),
        }
    }
}

#[cfg(target_os = "linux")]
fn become_driver(args: &[OsString]) -> ExitCode {
    use std::os::unix::process::CommandExt;

    let [parent, driver, arguments @ ..] = args else { return ExitCode::from(2) };
    let bound = rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL));
    let parent_now = rustix::process::getppid().map(|pid| pid.as_raw_nonzero().to_string());
    // The guard may have died before the bond was made.
    if bound.is_err() || parent_now.as_deref() != parent.to_str() {
        return ExitCode::from(1);
    }
    let error = Command::new(driver).args(arguments).exec();
    let _ = writeln!(std::io::stderr(), "cannot start {}: {error}", driver.display());
    ExitCode::from(127)
}

#[cfg(not(target_os = "linux"))]
fn become_driver(_args: &[OsString]) -> ExitCode {
    ExitCode::from(2)
}
