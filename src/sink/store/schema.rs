//! The tables, and the way from one version of them to the next.

use rusqlite::{Connection, OptionalExtension, params};

/// One string of SQL a version; the version of a file is its `user_version`. Only ever append.
const MIGRATIONS: &[&str] = &[
    "
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE envelopes(
  id INTEGER PRIMARY KEY, received_ms INTEGER NOT NULL, project TEXT NOT NULL, event_id TEXT,
  size INTEGER NOT NULL, zstd INTEGER NOT NULL, raw BLOB NOT NULL);
CREATE TABLE items(
  id INTEGER PRIMARY KEY, envelope_id INTEGER NOT NULL, ty TEXT NOT NULL, event_id TEXT, header TEXT NOT NULL,
  start INTEGER NOT NULL, bytes INTEGER NOT NULL, received_ms INTEGER NOT NULL, digest INTEGER);
CREATE INDEX items_envelope ON items(envelope_id);
CREATE INDEX items_event ON items(event_id) WHERE event_id IS NOT NULL;
CREATE TABLE events(
  id INTEGER PRIMARY KEY, event_id TEXT NOT NULL UNIQUE, issue_id INTEGER, kind TEXT NOT NULL, title TEXT NOT NULL,
  message TEXT NOT NULL, timestamp_ms INTEGER NOT NULL, received_ms INTEGER NOT NULL);
CREATE INDEX events_issue ON events(issue_id, id) WHERE issue_id IS NOT NULL;
CREATE TABLE issues(
  id INTEGER PRIMARY KEY AUTOINCREMENT, project TEXT NOT NULL, kind TEXT NOT NULL, title TEXT NOT NULL,
  culprit TEXT NOT NULL, message TEXT NOT NULL, level TEXT NOT NULL, platform TEXT NOT NULL, status TEXT NOT NULL,
  resolved_ms INTEGER NOT NULL DEFAULT 0, count INTEGER NOT NULL, users INTEGER NOT NULL,
  first_ms INTEGER NOT NULL, last_ms INTEGER NOT NULL, why TEXT NOT NULL);
CREATE TABLE issue_hashes(
  project TEXT NOT NULL, hash TEXT NOT NULL, issue_id INTEGER NOT NULL, PRIMARY KEY(project, hash)) WITHOUT ROWID;
CREATE TABLE issue_users(issue_id INTEGER NOT NULL, user TEXT NOT NULL, PRIMARY KEY(issue_id, user)) WITHOUT ROWID;
CREATE TABLE issue_tags(
  issue_id INTEGER NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, first_ms INTEGER NOT NULL,
  PRIMARY KEY(issue_id, key, value)) WITHOUT ROWID;
CREATE TABLE discarded(
  reason TEXT NOT NULL, category TEXT NOT NULL, quantity INTEGER NOT NULL, PRIMARY KEY(reason, category)) WITHOUT ROWID;
",
    "
CREATE TABLE outbox(
  id INTEGER PRIMARY KEY AUTOINCREMENT, dsn TEXT NOT NULL, event_id TEXT, digest INTEGER, categories TEXT NOT NULL,
  state TEXT NOT NULL, queued_ms INTEGER NOT NULL, done_ms INTEGER NOT NULL DEFAULT 0,
  lease_ms INTEGER NOT NULL DEFAULT 0, answers INTEGER NOT NULL DEFAULT 0, http INTEGER, why TEXT NOT NULL DEFAULT '',
  headers TEXT NOT NULL, size INTEGER NOT NULL, zstd INTEGER NOT NULL, bytes INTEGER NOT NULL, raw BLOB);
CREATE INDEX outbox_queue ON outbox(dsn, answers, id, bytes) WHERE state = 'queued';
CREATE INDEX outbox_refused ON outbox(dsn, done_ms) WHERE state = 'refused';
CREATE INDEX outbox_event ON outbox(event_id) WHERE event_id IS NOT NULL;
CREATE TABLE forward_counts(
  dsn TEXT NOT NULL, what TEXT NOT NULL, why TEXT NOT NULL, quantity INTEGER NOT NULL,
  PRIMARY KEY(dsn, what, why)) WITHOUT ROWID;
CREATE TABLE forward_limits(
  dsn TEXT NOT NULL, category TEXT NOT NULL, until_ms INTEGER NOT NULL, PRIMARY KEY(dsn, category)) WITHOUT ROWID;
",
];

/// Settings of the connection that makes the tables and writes.
pub fn prepare_writer(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(std::time::Duration::from_secs(10))?;
    // Must come before the first table: it lets a file shrink in small steps.
    connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    // An acknowledged event must survive the death of this process, not of the machine: a commit has been handed to the
    // operating system then, and FULL would add an fsync (1–20 ms) to each for the sake of power cuts.
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.pragma_update_and_check(None, "wal_autocheckpoint", 8_000, |_| Ok(()))?;
    connection.pragma_update_and_check(None, "journal_size_limit", 64 << 20, |_| Ok(()))?;
    connection.pragma_update(None, "cache_size", -4_096)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.set_prepared_statement_cache_capacity(64);
    migrate(connection)
}

/// Settings of a connection that only reads.
pub fn prepare_reader(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(std::time::Duration::from_secs(10))?;
    connection.pragma_update(None, "cache_size", -1_024)?;
    connection.pragma_update(None, "query_only", true)
}

fn migrate(connection: &Connection) -> rusqlite::Result<()> {
    let newest = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    if version(connection)? < newest {
        // Another fixloop may be at it too: who gets the lock second finds nothing left to do.
        connection.execute_batch("BEGIN IMMEDIATE")?;
        let done = migrate_from(connection, newest);
        connection.execute_batch(if done.is_ok() { "COMMIT" } else { "ROLLBACK" })?;
        done?;
    }
    if version(connection)? > newest {
        return Err(rusqlite::Error::SqliteFailure(
            rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_MISMATCH),
            Some("it was made by a newer fixloop".into()),
        ));
    }
    Ok(())
}

fn migrate_from(connection: &Connection, newest: i64) -> rusqlite::Result<()> {
    let from = usize::try_from(version(connection)?).unwrap_or(0);
    for sql in MIGRATIONS.iter().skip(from) {
        connection.execute_batch(sql)?;
    }
    connection.pragma_update(None, "user_version", newest)
}

fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// Reads a value of `meta`, writing `value` first where there is none.
pub fn meta_or(connection: &Connection, key: &str, value: &str) -> rusqlite::Result<String> {
    connection.execute("INSERT OR IGNORE INTO meta(key, value) VALUES (?1, ?2)", params![key, value])?;
    connection.query_row("SELECT value FROM meta WHERE key = ?1", [key], |row| row.get(0))
}

/// Reads a value of `meta`.
pub fn meta(connection: &Connection, key: &str) -> rusqlite::Result<Option<String>> {
    connection.query_row("SELECT value FROM meta WHERE key = ?1", [key], |row| row.get(0)).optional()
}

/// Writes a value of `meta`.
pub fn set_meta(connection: &Connection, key: &str, value: &str) -> rusqlite::Result<()> {
    let sql = "INSERT INTO meta(key, value) VALUES (?1, ?2) ON CONFLICT(key) DO UPDATE SET value = ?2";
    connection.execute(sql, [key, value]).map(|_| ())
}
