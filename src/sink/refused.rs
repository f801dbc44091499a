//! What the sink refused: counted in memory, by reason, since this process started.

use std::sync::{Mutex, PoisonError};

use super::auth::Refusal;

/// Reasons that are kept apart.
const REASONS: usize = 50;
/// Characters of a reason.
const WORDS: usize = 200;

/// Requests that were refused for one reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// HTTP status.
    pub status: u16,
    /// What was wrong, and why; may quote the sender.
    pub why: String,
    /// How many.
    pub count: u64,
    /// When the last one came, milliseconds since the epoch.
    pub last_ms: i64,
}

/// All of them.
#[derive(Debug, Default)]
pub struct Refusals(Mutex<Vec<Refused>>);

impl Refusals {
    /// Counts one.
    pub fn add(&self, refusal: &Refusal, now_ms: i64) {
        let why = std::iter::once(refusal.detail.as_str()).chain(refusal.causes.iter().map(String::as_str));
        let why: String = why.collect::<Vec<_>>().join(": ").chars().take(WORDS).collect();
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = all.iter_mut().find(|known| known.status == refusal.status && known.why == why) {
            (known.count, known.last_ms) = (known.count.saturating_add(1), now_ms);
            return;
        }
        let new = Refused { status: refusal.status, why, count: 1, last_ms: now_ms };
        if all.len() < REASONS {
            all.push(new);
        } else if let Some(oldest) = all.iter_mut().min_by_key(|known| known.last_ms) {
            *oldest = new;
        }
    }

    /// What was refused, the most first.
    pub fn all(&self) -> Vec<Refused> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        all.sort_by_key(|known| std::cmp::Reverse(known.count));
        all
    }
}
