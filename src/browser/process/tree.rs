//! Process trees: what differs between operating systems sits here.
#![cfg_attr(windows, expect(clippy::disallowed_methods, reason = "this room is the only starter of processes"))]

use std::{process::Command, time::Duration};

/// Starts the command in a process group of its own: a Ctrl-C in the terminal does not reach it, and the group can be
/// ended as one.
pub fn own_group(command: &mut Command) {
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
    #[cfg(windows)]
    std::os::windows::process::CommandExt::creation_flags(command, 0x0000_0200); // CREATE_NEW_PROCESS_GROUP
}

/// Ends the process group that this process leads (Windows: its tree), without asking it.
#[cfg(unix)]
pub fn kill(leader: u32) {
    use rustix::process::{Pid, Signal, kill_process_group};

    if let Some(leader) = i32::try_from(leader).ok().and_then(Pid::from_raw) {
        let _ = kill_process_group(leader, Signal::KILL);
    }
}

/// Ends a process and its tree, without asking it.
#[cfg(windows)]
pub fn kill(pid: u32) {
    let _ = Command::new("taskkill").args(["/T", "/F", "/PID", &pid.to_string()]).output();
}

/// Makes this process the parent of every descendant whose own parent dies, so that none gets away.
pub fn adopt_orphans() {
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_child_subreaper(Some(rustix::process::getpid()));
}

/// Ends and reaps the processes that were adopted, for at most `limit`.
#[cfg(target_os = "linux")]
pub fn reap_orphans(limit: Duration) {
    use rustix::process::{Pid, Signal, WaitOptions, kill_process, wait};

    let deadline = std::time::Instant::now() + limit;
    while std::time::Instant::now() < deadline {
        for child in children().into_iter().filter_map(Pid::from_raw) {
            let _ = kill_process(child, Signal::KILL);
        }
        match wait(WaitOptions::NOHANG) {
            Ok(Some(_)) => {}
            Ok(None) => std::thread::sleep(Duration::from_millis(5)),
            // No children are left.
            Err(_) => return,
        }
    }
}

/// Elsewhere orphans are not ours: Chrome goes by its pipe, Firefox with the process group.
#[cfg(not(target_os = "linux"))]
pub fn reap_orphans(_limit: Duration) {}

#[cfg(target_os = "linux")]
fn children() -> Vec<i32> {
    let me = rustix::process::getpid().as_raw_nonzero().to_string();
    let Ok(entries) = std::fs::read_dir("/proc") else { return Vec::new() };
    let pids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<i32>().ok());
    pids.filter(|pid| {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        // `pid (name) state ppid …`; the name may hold spaces and brackets.
        let parent = stat.rsplit_once(')').and_then(|(_, rest)| rest.split_whitespace().nth(1).map(str::to_owned));
        parent.as_deref() == Some(me.as_str())
    })
    .collect()
}
