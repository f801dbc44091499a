//! What a committed envelope changes: rows, issues, users, tags. Runs in the writer's transaction.

use std::collections::HashSet;

use rusqlite::{Connection, OptionalExtension, params};

use super::outbox;
use crate::sink::parcel::{Parcel, Record};

/// A set of what is known to be written is thrown away at this size.
const MAX_KNOWN: usize = 20_000;

/// Tags and hashes of issues that this process has written already, so that the same ones of the next event cost nothing.
/// Ids of issues never come twice: what another process deletes is not taken for known.
#[derive(Debug, Default)]
pub struct Known {
    tags: HashSet<(i64, String, String)>,
    hashes: HashSet<(i64, String)>,
}

impl Known {
    /// Forgets all, when issues may have been deleted.
    pub fn clear(&mut self) {
        self.tags.clear();
        self.hashes.clear();
    }
}

/// What was written.
#[derive(Debug, Default)]
pub struct Written {
    /// Events.
    pub events: u64,
    /// Something was queued for being passed on.
    pub queued: bool,
}

/// Writes one envelope; the items that are there already are left out.
pub fn parcel(
    connection: &Connection,
    known: &mut Known,
    parcel: &Parcel,
    written: &mut Written,
    now_ms: i64,
) -> rusqlite::Result<()> {
    // Not only when it is new to the sink: Spotlight's copy of it, which is not passed on, may have come first.
    if let Some(forward) = &parcel.forward {
        written.queued |= outbox::put(connection, parcel, forward, now_ms)?;
    }
    let mut fresh = Vec::with_capacity(parcel.items.len());
    for piece in &parcel.items {
        if !is_copy(connection, parcel, piece.digest, piece.record.as_deref())? {
            fresh.push(piece);
        }
    }
    if fresh.is_empty() {
        return Ok(());
    }
    connection
        .prepare_cached(
            "INSERT INTO envelopes(received_ms, project, event_id, size, zstd, raw) VALUES (?1,?2,?3,?4,?5,?6)",
        )?
        .execute(params![now_ms, parcel.project, parcel.event_id, parcel.size, parcel.packed, parcel.raw])?;
    let envelope_id = connection.last_insert_rowid();
    for piece in fresh {
        let sql = "INSERT INTO items(envelope_id, ty, event_id, header, start, bytes, received_ms, digest)
                   VALUES (?1,?2,?3,?4,?5,?6,?7,?8)";
        let (start, bytes) = (piece.payload.start, piece.payload.len());
        connection.prepare_cached(sql)?.execute(params![
            envelope_id,
            piece.ty,
            parcel.event_id,
            piece.header,
            start,
            bytes,
            now_ms,
            piece.digest
        ])?;
        let item_id = connection.last_insert_rowid();
        if let Some(record) = &piece.record {
            event(connection, known, &parcel.project, record, item_id, now_ms)?;
            written.events += 1;
        }
        for (reason, category, quantity) in &piece.discarded {
            let sql = "INSERT INTO discarded(reason, category, quantity) VALUES (?1,?2,?3)
                       ON CONFLICT(reason, category) DO UPDATE SET quantity = quantity + ?3";
            let quantity = i64::from(u32::try_from(*quantity).unwrap_or(u32::MAX));
            connection.prepare_cached(sql)?.execute(params![reason, category, quantity])?;
        }
    }
    Ok(())
}

/// The same event (by id), or the same bytes of the same event: SDKs send twice when an answer is lost, and a DSN and
/// `spotlight: true` may both point here.
fn is_copy(
    connection: &Connection,
    parcel: &Parcel,
    digest: Option<i64>,
    record: Option<&Record>,
) -> rusqlite::Result<bool> {
    if let Some(record) = record {
        return connection.prepare_cached("SELECT 1 FROM events WHERE event_id = ?1")?.exists([&record.event_id]);
    }
    let (Some(event_id), Some(digest)) = (&parcel.event_id, digest) else { return Ok(false) };
    connection
        .prepare_cached("SELECT 1 FROM items WHERE event_id = ?1 AND digest = ?2")?
        .exists(params![event_id, digest])
}

fn event(
    connection: &Connection,
    known: &mut Known,
    project: &str,
    record: &Record,
    item_id: i64,
    now_ms: i64,
) -> rusqlite::Result<()> {
    let issue_id =
        if record.hashes.is_empty() { None } else { Some(issue(connection, known, project, record, now_ms)?) };
    let sql = "INSERT INTO events(id, event_id, issue_id, kind, title, message, timestamp_ms, received_ms)
               VALUES (?1,?2,?3,?4,?5,?6,?7,?8)";
    connection.prepare_cached(sql)?.execute(params![
        item_id,
        record.event_id,
        issue_id,
        record.kind,
        record.title,
        record.message,
        record.timestamp_ms,
        now_ms
    ])?;
    let Some(issue_id) = issue_id else { return Ok(()) };
    for (key, value) in &record.tags {
        let tag = (issue_id, key.clone(), value.clone());
        if known.tags.contains(&tag) {
            continue;
        }
        connection
            .prepare_cached("INSERT OR IGNORE INTO issue_tags(issue_id, key, value, first_ms) VALUES (?1,?2,?3,?4)")?
            .execute(params![issue_id, key, value, now_ms])?;
        if known.tags.len() >= MAX_KNOWN {
            known.tags.clear();
        }
        known.tags.insert(tag);
    }
    Ok(())
}

/// Finds or makes the issue of an event and counts the event in it.
fn issue(
    connection: &Connection,
    known: &mut Known,
    project: &str,
    record: &Record,
    now_ms: i64,
) -> rusqlite::Result<i64> {
    let found = issue_of_hashes(connection, project, &record.hashes)?;
    let id = match found {
        Some(id) => id,
        None => new_issue(connection, project, record, now_ms)?,
    };
    learn_hashes(connection, known, project, &record.hashes, id)?;
    let new_user = match &record.user {
        Some(user) => {
            let sql = "INSERT OR IGNORE INTO issue_users(issue_id, user) VALUES (?1, ?2)";
            connection.prepare_cached(sql)?.execute(params![id, user])? > 0
        }
        None => false,
    };
    // An event that happened before the issue was resolved, and came late, is no recurrence. A clock that is more than an
    // hour off is not believed.
    let sql = "UPDATE issues SET count = count + 1, users = users + ?2, last_ms = max(last_ms, ?3), title = ?4,
                 culprit = ?5, message = ?6, level = ?7, platform = ?8,
                 status = CASE WHEN status = 'resolved' AND NOT (?9 < resolved_ms AND ?9 > resolved_ms - 3600000)
                          THEN 'regressed' ELSE status END
               WHERE id = ?1";
    connection.prepare_cached(sql)?.execute(params![
        id,
        i64::from(new_user),
        now_ms,
        record.title,
        record.culprit,
        record.message,
        record.level,
        record.platform,
        record.timestamp_ms
    ])?;
    Ok(id)
}

fn issue_of_hashes(connection: &Connection, project: &str, hashes: &[String]) -> rusqlite::Result<Option<i64>> {
    for hash in hashes {
        let found = connection
            .prepare_cached("SELECT issue_id FROM issue_hashes WHERE project = ?1 AND hash = ?2")?
            .query_row(params![project, hash], |row| row.get::<_, i64>(0))
            .optional()?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

fn new_issue(connection: &Connection, project: &str, record: &Record, now_ms: i64) -> rusqlite::Result<i64> {
    let sql =
        "INSERT INTO issues(project, kind, title, culprit, message, level, platform, status, count, users, first_ms,
                 last_ms, why) VALUES (?1,?2,?3,?4,?5,?6,?7,'unresolved',0,0,?8,?8,?9)";
    connection.prepare_cached(sql)?.execute(params![
        project,
        record.kind,
        record.title,
        record.culprit,
        record.message,
        record.level,
        record.platform,
        now_ms,
        record.why.join("\n")
    ])?;
    Ok(connection.last_insert_rowid())
}

/// An issue takes over all hashes of its events, but none that another issue has: so events that share only a later hash
/// with the first one are found by their own from then on.
fn learn_hashes(
    connection: &Connection,
    known: &mut Known,
    project: &str,
    hashes: &[String],
    id: i64,
) -> rusqlite::Result<()> {
    for hash in hashes {
        let entry = (id, hash.clone());
        if known.hashes.contains(&entry) {
            continue;
        }
        connection
            .prepare_cached("INSERT OR IGNORE INTO issue_hashes(project, hash, issue_id) VALUES (?1,?2,?3)")?
            .execute(params![project, hash, id])?;
        if known.hashes.len() >= MAX_KNOWN {
            known.hashes.clear();
        }
        known.hashes.insert(entry);
    }
    Ok(())
}
