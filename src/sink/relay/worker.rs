//! One DSN's queue: takes what is due, sends it, writes what became of it; waits out limits and failures.

use std::{sync::Arc, time::Duration};

use futures_util::{StreamExt, stream::FuturesUnordered};
use tokio_util::sync::CancellationToken;

use super::{
    dsn::Dsn,
    live::Live,
    send::{self, Outcome},
};
use crate::{
    error::Result,
    sink::store::{
        Store, now_ms,
        outbox::{self, Claim, Claimed, Settled},
    },
};

/// Envelopes sent at once, and their bytes together (a larger one goes alone).
const AT_ONCE: usize = 4;
const AT_ONCE_BYTES: u64 = 8 << 20;
/// After the first failure, and the longest pause.
const PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// The same where someone else answers in place of the server: a log-in page, a proxy. That takes people longer to mend.
const LONG_PAUSE: Duration = Duration::from_secs(30);
const LONGEST_LONG_PAUSE: Duration = Duration::from_secs(300);
/// A claim outlives its request by this much; then another process may take the envelope.
const LEASE_SPARE: Duration = Duration::from_secs(15);
/// When nothing wakes us: another process of this workspace may have queued something.
const LOOK_AGAIN: Duration = Duration::from_secs(30);
/// So long after a commit we look, where a limit holds much back.
const SELDOM: Duration = Duration::from_millis(200);
/// What is on its way gets this long when the sink stops.
const DRAIN: Duration = Duration::from_secs(1);

/// The worker of one DSN.
pub struct Worker {
    /// To whom.
    pub dsn: Dsn,
    /// From where.
    pub store: Store,
    /// How.
    pub client: reqwest::Client,
    /// What `status` says of it.
    pub live: Arc<Live>,
    /// Fires when the sink stops.
    pub stopping: CancellationToken,
}

/// What to do next.
enum Next {
    /// Look for more.
    More,
    /// Wait for a commit, this long at most.
    Idle(Duration),
    /// Like idle, but much may be held back, and is looked through again with each look.
    Held(Duration),
    /// The server has trouble: let it be for so long, whatever comes in.
    Pause(Duration),
}

/// Why nothing gets through.
struct Trouble {
    why: String,
    /// Someone else seems to have answered.
    elsewhere: bool,
}

impl Worker {
    /// Works until the sink stops. What it had taken and not sent goes back into the queue.
    pub async fn run(self) {
        let mut commits = self.store.wake().subscribe();
        let mut failures = 0_u32;
        loop {
            commits.mark_unchanged();
            let next = match self.step(&mut failures).await {
                Ok(next) => next,
                Err(error) => {
                    // The store has been stopped, or cannot be read at the moment.
                    tracing::debug!(%error, "the queue of what is passed on");
                    Next::Pause(LONGEST_PAUSE)
                }
            };
            if self.stopping.is_cancelled() {
                return;
            }
            match next {
                Next::More => {}
                Next::Idle(time) => tokio::select! {
                    () = self.stopping.cancelled() => return,
                    changed = commits.changed() => if changed.is_err() { return },
                    () = tokio::time::sleep(time) => {}
                },
                Next::Held(time) => tokio::select! {
                    () = self.stopping.cancelled() => return,
                    () = async {
                        let _ = tokio::time::timeout(time, commits.changed()).await;
                        tokio::time::sleep(SELDOM).await;
                    } => {}
                },
                Next::Pause(time) => tokio::select! {
                    () = self.stopping.cancelled() => return,
                    () = tokio::time::sleep(time) => {}
                },
            }
        }
    }

    async fn step(&self, failures: &mut u32) -> Result<Next> {
        // After a failure one envelope finds out whether the server is back.
        let most = if *failures > 0 { 1 } else { AT_ONCE };
        let dsn = self.dsn.public();
        let claim = move |connection: &rusqlite::Connection| {
            outbox::claim(connection, &dsn, most, AT_ONCE_BYTES, now_ms(), |bytes| {
                millis(send::time(bytes).saturating_add(LEASE_SPARE))
            })
        };
        let Claim { rows, next_ms } = self.store.write(claim).await?;
        if rows.is_empty() {
            let Some(next_ms) = next_ms else { return Ok(Next::Idle(LOOK_AGAIN)) };
            let next = Duration::from_millis(next_ms.saturating_sub(now_ms()).max(1).unsigned_abs());
            return Ok(Next::Held(next.min(LOOK_AGAIN)));
        }
        let (trouble, fine) = self.send_all(rows).await?;
        let Some(Trouble { why, elsewhere }) = trouble else {
            *failures = 0;
            self.live.set(None);
            return Ok(Next::More);
        };
        *failures = if fine { 1 } else { failures.saturating_add(1) };
        let pause = if elsewhere {
            pause(*failures, LONG_PAUSE, LONGEST_LONG_PAUSE)
        } else {
            pause(*failures, PAUSE, LONGEST_PAUSE)
        };
        self.live.set(Some((why, now_ms().saturating_add(millis(pause)))));
        Ok(Next::Pause(pause))
    }

    /// Sends these at once. What became of each is written as soon as it is known: a slow one must not keep the others
    /// beyond their lease, or another process would send them again. Says what trouble there was, and whether any got through.
    async fn send_all(&self, rows: Vec<Claimed>) -> Result<(Option<Trouble>, bool)> {
        let mut tries: FuturesUnordered<_> = rows.into_iter().map(|row| self.attempt(row)).collect();
        let (mut trouble, mut fine, mut written): (Option<Trouble>, bool, Result<()>) = (None, false, Ok(()));
        while let Some((id, tried)) = tries.next().await {
            let (outcome, said) = tried.unwrap_or((Outcome::Limited, Vec::new()));
            let limits: Vec<_> = said.into_iter().map(|limit| (limit.category, limit.until_ms)).collect();
            fine |= !matches!(outcome, Outcome::Again { .. } | Outcome::Elsewhere(_));
            let settled = match outcome {
                Outcome::Sent => Settled::Sent,
                Outcome::Limited => Settled::Again(false),
                Outcome::Refused(http, why) => Settled::Refused(http, why),
                Outcome::Again { why, answered } => {
                    trouble = Some(Trouble { why, elsewhere: false });
                    Settled::Again(answered)
                }
                Outcome::Elsewhere(why) => {
                    trouble = Some(Trouble { why, elsewhere: true });
                    Settled::Again(true)
                }
            };
            // Where it cannot be written, the others are still on their way and must not be broken off.
            written = written.and(self.settle(id, settled, limits).await);
        }
        written.map(|()| (trouble, fine))
    }

    async fn settle(&self, id: i64, settled: Settled, limits: Vec<(String, i64)>) -> Result<()> {
        let dsn = self.dsn.public();
        let write = move |connection: &rusqlite::Connection| {
            outbox::settle(connection, &dsn, &[(id, settled)], &limits, now_ms())
        };
        self.store.write(write).await
    }

    /// One try; `None` = the sink stopped before its end.
    async fn attempt(&self, row: Claimed) -> (i64, Option<(Outcome, Vec<super::limits::Limit>)>) {
        let id = row.id;
        let outcome = tokio::select! {
            outcome = send::send(&self.client, &self.dsn, row) => Some(outcome),
            () = async { self.stopping.cancelled().await; tokio::time::sleep(DRAIN).await } => None,
        };
        (id, outcome)
    }
}

/// `first`, then twice as long after each failure, at most `longest`; between half of it and all of it, so that many do not
/// come back at once.
fn pause(failures: u32, first: Duration, longest: Duration) -> Duration {
    let whole = first.saturating_mul(1 << failures.saturating_sub(1).min(10)).min(longest);
    let mut byte = [0_u8];
    // Without randomness it is the shorter one.
    let _ = getrandom::fill(&mut byte);
    let [byte] = byte;
    whole.mul_f64(0.5 + 0.5 * f64::from(byte) / 255.0)
}

fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}
