//! What only the running process knows of its forwarding: what each queue waits for, and what the tunnel refused.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

/// What keeps one queue from going on.
#[derive(Debug, Default)]
pub struct Live(Mutex<Option<(String, i64)>>);

impl Live {
    /// Sets what is in the way and until when nothing is tried (milliseconds since the epoch); none = nothing is.
    pub fn set(&self, trouble: Option<(String, i64)>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = trouble;
    }

    /// See [`Live::set`].
    pub fn get(&self) -> Option<(String, i64)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Refusals of the tunnel by reason.
#[derive(Debug, Default)]
pub struct Refusals(Mutex<BTreeMap<String, u64>>);

/// Reasons that are told apart.
const MOST: usize = 20;

impl Refusals {
    /// Counts one.
    pub fn count(&self, why: &str) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() < MOST || all.contains_key(why) {
            *all.entry(why.to_owned()).or_default() += 1;
        } else {
            *all.entry("other reasons".to_owned()).or_default() += 1;
        }
    }

    /// All of them.
    pub fn all(&self) -> Vec<(String, u64)> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.iter().map(|(why, count)| (why.clone(), *count)).collect()
    }
}
