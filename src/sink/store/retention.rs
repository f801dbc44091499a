//! Drops what is too old, too many or too big, the oldest first, a small step at a time.

use rusqlite::{Connection, OptionalExtension, params};

use super::outbox;
use crate::config::SinkConfig;

/// Envelopes dropped in one step.
pub const STEP: usize = 128;

/// Events are counted anew, and issues looked through, once in this many steps: both read a whole table.
const SELDOM: usize = 32;
/// Free pages that are kept for what comes next. To give them back and to ask for them again costs more than the events.
const SPARE_PAGES: u64 = 2_048;

/// What retention remembers from step to step.
#[derive(Debug, Default)]
pub struct Retention {
    /// Events kept, as far as this process knows; none = to be counted. Another process may write too.
    events: Option<u64>,
    steps: usize,
}

impl Retention {
    /// Says that events were written.
    pub fn wrote(&mut self, events: u64) {
        self.events = self.events.map(|kept| kept.saturating_add(events));
    }

    /// Takes one step of at most `step` envelopes; says whether issues were dropped.
    pub fn step(
        &mut self,
        connection: &Connection,
        config: &SinkConfig,
        now_ms: i64,
        step: usize,
    ) -> rusqlite::Result<bool> {
        let oldest_ms = now_ms.saturating_sub(i64::try_from(config.keep_for.as_millis()).unwrap_or(i64::MAX));
        let seldom = self.steps.is_multiple_of(SELDOM);
        self.steps = self.steps.wrapping_add(1);
        let counted = self.events.take().filter(|_| !seldom);
        connection.execute_batch("BEGIN IMMEDIATE")?;
        let done = drop_oldest(connection, config, oldest_ms, step, counted).and_then(|kept| {
            let issues = if seldom { drop_issues(connection, config, oldest_ms)? } else { 0 };
            outbox::tidy(connection, oldest_ms, now_ms)?;
            Ok((kept, issues))
        });
        connection.execute_batch(if done.is_ok() { "COMMIT" } else { "ROLLBACK" })?;
        let (kept, issues) = done?;
        self.events = Some(kept);
        let free = number(connection, "SELECT freelist_count FROM pragma_freelist_count()")?;
        if free > SPARE_PAGES {
            // Gives freed pages back to the file system, a few at a time.
            connection.execute_batch("PRAGMA incremental_vacuum(512)")?;
        }
        Ok(issues > 0)
    }
}

fn number(connection: &Connection, sql: &str) -> rusqlite::Result<u64> {
    connection.prepare_cached(sql)?.query_row([], |row| row.get(0))
}

/// Drops envelopes with what belongs to them; returns how many events are left. `counted` is how many there are.
fn drop_oldest(
    connection: &Connection,
    config: &SinkConfig,
    oldest_ms: i64,
    step: usize,
    counted: Option<u64>,
) -> rusqlite::Result<u64> {
    let events = match counted {
        Some(events) => events,
        None => number(connection, "SELECT COUNT(*) FROM events")?,
    };
    // Dropped from one end and added at the other: the span of ids is the count, and costs nothing. One aggregate a query,
    // or SQLite reads the whole table.
    let newest = number(connection, "SELECT COALESCE(MAX(id), 0) FROM envelopes")?;
    let oldest = number(connection, "SELECT COALESCE(MIN(id), 0) FROM envelopes")?;
    let envelopes = newest.saturating_sub(oldest);
    let pages =
        number(connection, "SELECT page_count - freelist_count FROM pragma_page_count(), pragma_freelist_count()")?;
    let used = pages.saturating_mul(number(connection, "SELECT page_size FROM pragma_page_size()")?);
    // Envelopes without an event (sessions, logs, replays) count too, more loosely.
    let over = events
        .saturating_sub(config.keep_events)
        .max(envelopes.saturating_sub(config.keep_events.saturating_mul(4)))
        .min(u64::try_from(step).unwrap_or(u64::MAX));
    let many: Option<i64> = connection
        .prepare_cached("SELECT MAX(id) FROM (SELECT id FROM envelopes ORDER BY id LIMIT ?1)")?
        .query_row([over], |row| row.get(0))?;
    let big = match used.saturating_sub(config.keep_bytes) {
        0 => None,
        bytes => big(connection, bytes, step)?,
    };
    let old = old(connection, oldest_ms, step)?;
    let Some(last) = many.max(big).max(old) else { return Ok(events) };
    let dropped = connection
        .prepare_cached("DELETE FROM events WHERE id IN (SELECT id FROM items WHERE envelope_id <= ?1)")?
        .execute([last])?;
    connection.prepare_cached("DELETE FROM items WHERE envelope_id <= ?1")?.execute([last])?;
    connection.prepare_cached("DELETE FROM envelopes WHERE id <= ?1")?.execute([last])?;
    Ok(events.saturating_sub(u64::try_from(dropped).unwrap_or(u64::MAX)))
}

/// The last of the envelopes that are too old, within a step. Each has pages of its own: mostly one look at the first does.
fn old(connection: &Connection, oldest_ms: i64, step: usize) -> rusqlite::Result<Option<i64>> {
    let first = connection
        .prepare_cached("SELECT received_ms < ?1 FROM envelopes ORDER BY id LIMIT 1")?
        .query_row([oldest_ms], |row| row.get(0))
        .optional()?;
    if first != Some(true) {
        return Ok(None);
    }
    connection
        .prepare_cached(
            "SELECT MAX(id) FROM (SELECT id, received_ms FROM envelopes ORDER BY id LIMIT ?1) WHERE received_ms < ?2",
        )?
        .query_row(params![step, oldest_ms], |row| row.get(0))
}

/// The last of the oldest envelopes that have to go for `bytes` to become free, within a step.
fn big(connection: &Connection, bytes: u64, step: usize) -> rusqlite::Result<Option<i64>> {
    connection
        .prepare_cached(
            "SELECT MAX(id) FROM (
               SELECT id, SUM(length(raw)) OVER (ORDER BY id) - length(raw) AS before
               FROM (SELECT id, raw FROM envelopes ORDER BY id LIMIT ?1)) WHERE before < ?2",
        )?
        .query_row(params![step, bytes], |row| row.get(0))
}

/// An issue outlives its events, so that its return is seen as a regression, but not for longer than events are kept.
fn drop_issues(connection: &Connection, config: &SinkConfig, oldest_ms: i64) -> rusqlite::Result<usize> {
    let gone = connection
        .prepare_cached(
            "DELETE FROM issues WHERE id IN (
               SELECT id FROM issues i WHERE (last_ms < ?1 OR id <= (SELECT MAX(id) FROM issues) - ?2)
                 AND NOT EXISTS (SELECT 1 FROM events WHERE issue_id = i.id) LIMIT 500)",
        )?
        .execute(params![oldest_ms, i64::try_from(config.keep_events).unwrap_or(i64::MAX)])?;
    if gone > 0 {
        for table in ["issue_hashes", "issue_users", "issue_tags"] {
            connection.execute(&format!("DELETE FROM {table} WHERE issue_id NOT IN (SELECT id FROM issues)"), [])?;
        }
    }
    Ok(gone)
}
