//! Waiting for the end of a process that is not our child.

/// Resolves when the process has ended.
#[cfg(target_os = "linux")]
#[expect(deprecated, reason = "its successor is unsafe; an OwnedFd keeps its descriptor as long as it lives")]
pub async fn ended(pid: u32) {
    use rustix::process::{Pid, PidfdFlags, pidfd_open};
    use tokio::io::{Interest, unix::AsyncFd};

    let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) else { return std::future::pending().await };
    match pidfd_open(pid, PidfdFlags::NONBLOCK) {
        Ok(fd) => match AsyncFd::with_interest(fd, Interest::READABLE) {
            // A process descriptor is readable once its process has ended.
            Ok(fd) => drop(fd.readable().await),
            Err(_) => poll(pid).await,
        },
        Err(rustix::io::Errno::SRCH) => {}
        // Kernels before 5.3.
        Err(_) => poll(pid).await,
    }
}

/// Resolves when the process has ended.
#[cfg(all(unix, not(target_os = "linux")))]
pub async fn ended(pid: u32) {
    match i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw) {
        Some(pid) => poll(pid).await,
        None => std::future::pending().await,
    }
}

/// Windows: the driver's socket tells.
#[cfg(not(unix))]
pub async fn ended(_pid: u32) {
    std::future::pending().await
}

#[cfg(unix)]
async fn poll(pid: rustix::process::Pid) {
    let mut tick = tokio::time::interval(std::time::Duration::from_millis(500));
    while rustix::process::test_kill_process(pid) != Err(rustix::io::Errno::SRCH) {
        tick.tick().await;
    }
}
