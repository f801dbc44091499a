//! Processes that die while they are needed, and what is left of them.
#![cfg(target_os = "linux")] // What is left is read from /proc.

use std::{path::Path, process::Command, time::Duration};

use fixloop::{
    browser::{Action, Browsers, OpenOptions, Processes, Step, Target},
    event::What,
};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::{chrome, config, web::Site};
use crate::support::{Server, Setup};

fn kill(pid: u32) {
    assert!(Command::new("kill").args(["-9", &pid.to_string()]).status().unwrap().success());
}

/// Whether a process runs; a zombie does not.
fn runs(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(')').is_some_and(|(_, rest)| !rest.trim_start().starts_with(['Z', 'X']))
}

/// The process and all that it started.
fn family(root: u32) -> Vec<u32> {
    let mut all = vec![root];
    let mut at = 0;
    while let Some(parent) = all.get(at).copied() {
        at += 1;
        for entry in std::fs::read_dir("/proc").unwrap().flatten() {
            let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else { continue };
            let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
            let its = stat.rsplit_once(')').and_then(|(_, rest)| rest.split_whitespace().nth(1)?.parse::<u32>().ok());
            if its == Some(parent) && !all.contains(&pid) {
                all.push(pid);
            }
        }
    }
    all
}

/// The folder that the guard cleans up.
fn temp_of(guard: u32) -> String {
    let line = std::fs::read(format!("/proc/{guard}/cmdline")).unwrap();
    String::from_utf8(line).unwrap().split('\0').nth(2).unwrap().to_owned()
}

/// Waits until none of them runs and the folder is gone; the bound is only there to fail.
async fn all_gone(pids: &[u32], temp: &str) {
    for _ in 0..200 {
        if !pids.iter().any(|pid| runs(*pid)) && !Path::new(temp).exists() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let left: Vec<_> = pids.iter().filter(|pid| runs(**pid)).collect();
    panic!("left over: {left:?}, folder {}", Path::new(temp).exists());
}

#[tokio::test]
async fn a_killed_browser_driver_or_guard_is_an_error_and_leaves_nothing() {
    let site = Site::page("<title>t</title>").with("/slow", 200, &[], "<img src=/hang>").serve().await;
    let victims: [(&str, fn(Processes) -> u32); 3] = [
        ("browser", |processes| processes.browser.unwrap()),
        ("driver", |processes| processes.driver),
        ("guard", |processes| processes.guard.unwrap()),
    ];
    for (name, victim) in victims {
        let (browsers, session) = chrome().await;
        let processes = session.processes().await;
        let guard = processes.guard.unwrap();
        let (pids, temp) = (family(guard), temp_of(guard));
        assert!(pids.contains(&processes.browser.unwrap()), "{name}");
        let cancel = CancellationToken::new();
        let step = Step::navigate(format!("{site}/hang"));
        let (outcome, ()) = tokio::join!(session.perform(&step, &cancel), async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            kill(victim(processes));
        });
        let failure = outcome.unwrap_err();
        assert!(
            failure.error.what().contains("died") || failure.error.what().contains("went away"),
            "{name}: {}",
            failure.error
        );
        assert!(failure.error.hint().unwrap().contains("browser_open"), "{name}: {}", failure.error);
        let is_crash = |what: &What| matches!(what, What::Crash { .. });
        assert!(failure.observations.iter().any(|seen| is_crash(&seen.what)), "{name}: {:?}", failure.observations);
        assert!(failure.took_ms < 3_000, "{name}: {} ms", failure.took_ms);
        // Nothing of it waits for the next call.
        all_gone(&pids, &temp).await;
        // The next open starts anew, with a fresh id.
        let again = browsers.open(OpenOptions::default(), &cancel).await.unwrap();
        assert_eq!(again.id(), "s2");
        again.perform(&Step::navigate(&site), &cancel).await.unwrap();
        // The dead session is no user of the new browser.
        assert_eq!(browsers.ids(), ["s2"], "{name}");
        let guard = again.processes().await.guard.unwrap();
        let (pids, temp) = (family(guard), temp_of(guard));
        browsers.close(None).await.unwrap();
        all_gone(&pids, &temp).await;
    }
}

#[tokio::test]
async fn an_open_whose_caller_is_gone_leaves_nothing() {
    let (browsers, first) = chrome().await;
    let guard = first.processes().await.guard.unwrap();
    let (pids, temp) = (family(guard), temp_of(guard));
    let cancelled = CancellationToken::new();
    cancelled.cancel();
    let error = browsers.open(OpenOptions::default(), &cancelled).await.unwrap_err();
    assert_eq!(error.what(), "The call was cancelled.");
    // Dropped in the middle.
    let never = CancellationToken::new();
    let open = browsers.open(OpenOptions::default(), &never);
    assert!(tokio::time::timeout(Duration::from_millis(1), open).await.is_err());
    browsers.close(Some("s1")).await.unwrap();
    all_gone(&pids, &temp).await;
    assert!(browsers.ids().is_empty());
}

#[tokio::test]
async fn a_session_opened_while_the_last_one_closes_has_a_browser() {
    let site = Site::page("<title>t</title>").serve().await;
    let (browsers, _first) = chrome().await;
    let cancel = CancellationToken::new();
    let (closed, opened) = tokio::join!(browsers.close(Some("s1")), browsers.open(OpenOptions::default(), &cancel));
    closed.unwrap();
    opened.unwrap().perform(&Step::navigate(&site), &cancel).await.unwrap();
    browsers.shutdown().await;
}

#[tokio::test]
async fn shutdown_and_the_last_close_leave_nothing() {
    for shut_down in [true, false] {
        let (browsers, session) = chrome().await;
        let guard = session.processes().await.guard.unwrap();
        let (pids, temp) = (family(guard), temp_of(guard));
        if shut_down {
            browsers.shutdown().await;
        } else {
            browsers.close(None).await.unwrap();
        }
        all_gone(&pids, &temp).await;
    }
}

#[tokio::test]
async fn a_dropped_handle_leaves_nothing() {
    let browsers = Browsers::new(config());
    let session = browsers.open(OpenOptions::default(), &CancellationToken::new()).await.unwrap();
    let guard = session.processes().await.guard.unwrap();
    let (pids, temp) = (family(guard), temp_of(guard));
    drop((session, browsers));
    all_gone(&pids, &temp).await;
}

#[tokio::test]
async fn a_killed_fixloop_leaves_nothing() {
    let site = Site::page("<title>t</title>").serve().await;
    let server = Server::start(Setup::default()).await;
    server.call("browser_open", json!({"url": site})).await.ok();
    let pids = family(server.pid());
    let guard = pids.iter().copied().find(|pid| {
        let line = std::fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        line.contains("__guard")
    });
    let temp = temp_of(guard.unwrap());
    assert!(pids.len() > 4, "{pids:?}");
    kill(server.pid());
    all_gone(&pids, &temp).await;
}

/// Processor time that a process has used, in ticks.
fn ticks(pid: u32) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let time = stat.rsplit_once(')').and_then(|(_, rest)| rest.split_whitespace().nth(11)?.parse().ok());
    time.unwrap_or_default()
}

#[tokio::test]
async fn a_crashed_page_is_told_and_the_session_goes_on() {
    let site = Site::page("<button onclick=\"for (;;) {}\">Spin</button>").serve().await;
    let (browsers, session) = chrome().await;
    let cancel = CancellationToken::new();
    session.perform(&Step::navigate(&site), &cancel).await.unwrap();
    let all = family(session.processes().await.guard.unwrap());
    let renderers = all.into_iter().filter(|pid| {
        let line = std::fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        line.contains("--type=renderer")
    });
    let before: Vec<(u32, u64)> = renderers.map(|pid| (pid, ticks(pid))).collect();
    let target = Target { css: Some("button".into()), ..Target::default() };
    let step = Step::on(Action::Click, target);
    let (outcome, ()) = tokio::join!(session.perform(&step, &cancel), async {
        tokio::time::sleep(Duration::from_millis(1_000)).await;
        // The page's own renderer is the one that spins; the others belong to the driver.
        let busiest = before.iter().max_by_key(|(pid, was)| ticks(*pid).saturating_sub(*was)).unwrap().0;
        kill(busiest);
    });
    let failure = outcome.unwrap_err();
    assert!(failure.error.what().contains("crashed"), "{}", failure.error);
    assert!(failure.observations.iter().any(|seen| matches!(seen.what, What::Crash { .. })), "{failure:?}");
    session.perform(&Step::navigate(&site), &cancel).await.unwrap();
    browsers.shutdown().await;
}
