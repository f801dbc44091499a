//! Drops what is too old, too many or too big, the oldest first, a small step at a time.

use rusqlite::{Connection, params};

use crate::config::SinkConfig;

/// Envelopes dropped in one step.
pub const STEP: usize = 128;

/// Takes one step; says whether issues were dropped.
pub fn step(connection: &Connection, config: &SinkConfig, now_ms: i64, step: usize) -> rusqlite::Result<bool> {
    let oldest_ms = now_ms.saturating_sub(i64::try_from(config.keep_for.as_millis()).unwrap_or(i64::MAX));
    connection.execute_batch("BEGIN IMMEDIATE")?;
    let done = drop_oldest(connection, config, oldest_ms, step);
    connection.execute_batch(if done.is_ok() { "COMMIT" } else { "ROLLBACK" })?;
    let (envelopes, issues) = done?;
    if envelopes > 0 {
        // Gives freed pages back to the file system, a few at a time.
        connection.execute_batch("PRAGMA incremental_vacuum(512)")?;
    }
    Ok(issues > 0)
}

fn drop_oldest(
    connection: &Connection,
    config: &SinkConfig,
    oldest_ms: i64,
    step: usize,
) -> rusqlite::Result<(usize, usize)> {
    let number = |sql: &str| connection.prepare_cached(sql)?.query_row([], |row| row.get::<_, u64>(0));
    let events = number("SELECT COUNT(*) FROM events")?;
    // Dropped from one end and added at the other: the span of ids is the count, and costs nothing.
    let envelopes = number("SELECT COALESCE(MAX(id) - MIN(id) + 1, 0) FROM envelopes")?;
    let pages = number("SELECT page_count - freelist_count FROM pragma_page_count(), pragma_freelist_count()")?;
    let used = pages.saturating_mul(number("SELECT page_size FROM pragma_page_size()")?);
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
    let old: Option<i64> = connection
        .prepare_cached(
            "SELECT MAX(id) FROM (SELECT id, received_ms FROM envelopes ORDER BY id LIMIT ?1) WHERE received_ms < ?2",
        )?
        .query_row(params![step, oldest_ms], |row| row.get(0))?;
    let mut dropped = 0;
    if let Some(last) = many.max(big).max(old) {
        connection
            .prepare_cached("DELETE FROM events WHERE id IN (SELECT id FROM items WHERE envelope_id <= ?1)")?
            .execute([last])?;
        connection.prepare_cached("DELETE FROM items WHERE envelope_id <= ?1")?.execute([last])?;
        dropped = connection.prepare_cached("DELETE FROM envelopes WHERE id <= ?1")?.execute([last])?;
    }
    Ok((dropped, drop_issues(connection, config, oldest_ms)?))
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
