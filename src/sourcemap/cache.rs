//! What has been found for scripts: bounded by bytes, fresh for a moment, one search at a time for each script.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::future::{BoxFuture, Shared};

use super::load::{Loaded, Script};

/// After this the script's server is asked again: a rebuild at the same address must be seen.
const FRESH: Duration = Duration::from_secs(1);
/// Scripts remembered; most pages have fewer, and what was not found weighs little.
const MAX_ENTRIES: usize = 512;

/// A script, and the debug id that an event gave for it.
pub(super) type Key = (Script, Option<String>);
/// A search that runs, for all who wait for it.
pub(super) type Search = Shared<BoxFuture<'static, Arc<Loaded>>>;

/// What is known of scripts, and the searches that run.
pub(super) struct Cache {
    entries: HashMap<Key, Entry>,
    pub(super) searches: HashMap<Key, Search>,
    /// Raised by [`Cache::forget`]: what was found before must be asked for again.
    pub(super) generation: u64,
    max_bytes: usize,
    bytes: usize,
    clock: u64,
}

struct Entry {
    loaded: Arc<Loaded>,
    checked: Instant,
    generation: u64,
    used: u64,
}

impl Cache {
    pub(super) fn new(max_bytes: usize) -> Self {
        Self { entries: HashMap::new(), searches: HashMap::new(), generation: 0, max_bytes, bytes: 0, clock: 0 }
    }

    /// What was found for a script, and whether that still holds without asking again.
    pub(super) fn get(&mut self, key: &Key) -> Option<(Arc<Loaded>, bool)> {
        self.clock += 1;
        let entry = self.entries.get_mut(key)?;
        entry.used = self.clock;
        // A debug id names one build: its map never changes.
        let pinned = key.1.is_some() && entry.loaded.map.as_ref().is_some_and(|map| map.debug_id == key.1);
        let fresh = entry.generation == self.generation && entry.checked.elapsed() < FRESH;
        Some((entry.loaded.clone(), pinned || fresh))
    }

    /// Keeps what a search of `generation` found, and drops what was used longest ago beyond the bounds.
    pub(super) fn put(&mut self, key: Key, generation: u64, loaded: Arc<Loaded>) {
        self.clock += 1;
        self.bytes += weight(&loaded);
        let entry = Entry { loaded, checked: Instant::now(), generation, used: self.clock };
        if let Some(old) = self.entries.insert(key, entry) {
            self.bytes -= weight(&old.loaded);
        }
        while self.bytes > self.max_bytes || self.entries.len() > MAX_ENTRIES {
            let Some(oldest) = self.entries.iter().min_by_key(|(_, entry)| entry.used).map(|(key, _)| key.clone())
            else {
                break;
            };
            if let Some(old) = self.entries.remove(&oldest) {
                self.bytes -= weight(&old.loaded);
            }
        }
    }

    /// What was found for a script, whatever debug id was asked for.
    pub(super) fn peek(&self, script: &Script) -> impl Iterator<Item = &Arc<Loaded>> {
        self.entries.iter().filter(move |(key, _)| key.0 == *script).map(|(_, entry)| &entry.loaded)
    }

    pub(super) fn forget(&mut self) {
        self.generation += 1;
        self.searches.clear();
    }

    /// Bytes of maps kept.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }
}

fn weight(loaded: &Loaded) -> usize {
    256 + loaded.map.as_ref().map_or(0, |map| map.bytes)
}
