//! What the sink has seen besides issues and events: items of a type, and releases.

use super::{Item, Sink, store::seen};
use crate::error::Result;

/// The largest page.
const MOST: usize = 1_000;

/// An item with its payload.
#[derive(Debug, Clone)]
pub struct SeenItem {
    /// Its row: the cursor of what is older.
    pub row: i64,
    /// The item.
    pub item: Item,
    /// Its payload.
    pub payload: Vec<u8>,
    /// The issue that it makes, `LOCAL-3`.
    pub issue: Option<String>,
}

/// A release that events named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenRelease {
    /// Its name.
    pub version: String,
    /// Issues with events of it.
    pub issues: u64,
    /// Of these, issues that began with it.
    pub new_issues: u64,
    /// When it was first seen, milliseconds since the epoch.
    pub first_ms: i64,
    /// When one of its issues was last seen, in whichever release, milliseconds since the epoch.
    pub last_ms: i64,
}

impl Sink {
    /// The newest items of these types, before the row `before`.
    pub async fn newest_items(
        &self,
        types: &'static [&'static str],
        limit: usize,
        before: Option<i64>,
    ) -> Result<Vec<SeenItem>> {
        let limit = limit.clamp(1, MOST);
        self.store.read(move |connection| seen::newest_items(connection, types, limit, before)).await
    }

    /// Releases that events named, the newest first.
    pub async fn releases(&self, limit: usize) -> Result<Vec<SeenRelease>> {
        let limit = limit.clamp(1, MOST);
        self.store.read(move |connection| seen::releases(connection, limit)).await
    }
}
