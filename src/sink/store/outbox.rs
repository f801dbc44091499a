//! The queue of what is to be passed on: filled in the transaction that keeps the envelope, so that one acknowledgement
//! means both; emptied row by row, each under a lease, so that two processes never send the same row at once.

use rusqlite::{Connection, OptionalExtension, params};

use crate::{
    event::{ForwardCounts, ForwardState},
    sink::parcel::Parcel,
};

/// Rows of finished envelopes that are kept, for saying what became of an event.
const REMEMBERED: i64 = 20_000;
/// Rows that one step of tidying looks at.
const STEP: i64 = 500;

/// What goes with an envelope that is to be passed on.
#[derive(Debug, Clone, Default)]
pub struct Forward {
    /// The public DSN.
    pub dsn: String,
    /// Categories whose limits hold it back: `;error;`.
    pub categories: String,
    /// What tells a second copy of the envelope from another one with the same event id; none = it has no event id.
    pub digest: Option<i64>,
    /// Headers to send along, as JSON pairs.
    pub headers: String,
    /// The envelope to send, where it is not the one that is kept.
    pub raw: Option<Vec<u8>>,
}

/// An envelope to send now.
#[derive(Debug, Clone, Default)]
pub struct Claimed {
    /// Row.
    pub id: i64,
    /// Its event id.
    pub event_id: Option<String>,
    /// Categories whose limits hold it back: `;error;`.
    pub categories: String,
    /// Headers to send along, as JSON pairs.
    pub headers: String,
    /// When it was queued, milliseconds since the epoch.
    pub queued_ms: i64,
    /// The envelope, as the store keeps it; see [`super::read::unpack`].
    pub raw: Vec<u8>,
    /// Whether `raw` is compressed.
    pub zstd: bool,
    /// Bytes of the envelope as it was received.
    pub size: usize,
}

/// What is there to do.
#[derive(Debug, Default)]
pub struct Claim {
    /// Envelopes to send now.
    pub rows: Vec<Claimed>,
    /// When something may be sent that cannot be now; milliseconds since the epoch.
    pub next_ms: Option<i64>,
}

/// What became of a claimed row.
#[derive(Debug, Clone)]
pub enum Settled {
    /// The other side took it.
    Sent,
    /// The other side will not have it: HTTP status, why.
    Refused(u16, String),
    /// It goes back into the queue. `true` = the other side answered, and may have something against this envelope.
    Again(bool),
}

/// How much the queue may hold.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Envelopes.
    pub count: u64,
    /// Bytes.
    pub bytes: u64,
}

/// Queues an envelope, once. Part of the transaction that keeps it. Says whether it did.
pub fn put(connection: &Connection, parcel: &Parcel, forward: &Forward, now_ms: i64) -> rusqlite::Result<bool> {
    if let (Some(event_id), Some(digest)) = (&parcel.event_id, forward.digest) {
        let known = connection
            .prepare_cached("SELECT 1 FROM outbox WHERE event_id = ?1 AND digest = ?2 AND dsn = ?3")?
            .exists(params![event_id, digest, forward.dsn])?;
        if known {
            return Ok(false);
        }
    }
    let (raw, size, zstd) = match &forward.raw {
        Some(raw) => (raw, raw.len(), false),
        None => (&parcel.raw, parcel.size, parcel.packed),
    };
    connection
        .prepare_cached(
            "INSERT INTO outbox(dsn, event_id, digest, categories, state, queued_ms, headers, size, zstd, bytes, raw)
             VALUES (?1,?2,?3,?4,'queued',?5,?6,?7,?8,?9,?10)",
        )?
        .execute(params![
            forward.dsn,
            parcel.event_id,
            forward.digest,
            forward.categories,
            now_ms,
            forward.headers,
            size,
            zstd,
            raw.len(),
            raw
        ])?;
    Ok(true)
}

/// Drops the oldest of what waits until the queue is within its bounds. Part of the transaction that queued.
pub fn bound(connection: &Connection, bounds: Bounds, now_ms: i64) -> rusqlite::Result<()> {
    let (count, bytes): (u64, u64) = connection
        .prepare_cached("SELECT COUNT(*), COALESCE(SUM(bytes), 0) FROM outbox WHERE state = 'queued'")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    if count <= bounds.count && bytes <= bounds.bytes {
        return Ok(());
    }
    let (mut count, mut bytes) = (count, bytes);
    let mut oldest = connection.prepare_cached("SELECT id, bytes FROM outbox WHERE state = 'queued' ORDER BY id")?;
    let mut rows = oldest.query([])?;
    let mut last = 0_i64;
    while let Some(row) = rows.next()? {
        if count <= bounds.count && bytes <= bounds.bytes {
            break;
        }
        last = row.get(0)?;
        count = count.saturating_sub(1);
        bytes = bytes.saturating_sub(row.get(1)?);
    }
    drop(rows);
    drop_rows(connection, "the queue was full", now_ms, "id <= ?1", last)
}

/// Drops what waits since before a moment, and forgets the fates of old.
pub fn tidy(connection: &Connection, oldest_ms: i64, now_ms: i64) -> rusqlite::Result<()> {
    drop_rows(connection, "it waited for longer than events are kept", now_ms, "queued_ms < ?1", oldest_ms)?;
    connection
        .prepare_cached(
            "DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE state <> 'queued'
               AND (done_ms < ?1 OR id <= (SELECT MAX(id) FROM outbox) - ?2) LIMIT ?3)",
        )?
        .execute(params![oldest_ms, REMEMBERED, STEP])?;
    connection.prepare_cached("DELETE FROM forward_limits WHERE until_ms < ?1")?.execute([now_ms])?;
    Ok(())
}

/// What is on its way at the moment is left alone.
fn drop_rows(connection: &Connection, why: &str, now_ms: i64, which: &str, value: i64) -> rusqlite::Result<()> {
    connection
        .prepare_cached(&format!(
            "INSERT INTO forward_counts(dsn, what, why, quantity)
             SELECT dsn, 'dropped', ?2, COUNT(*) FROM outbox WHERE state = 'queued' AND lease_ms <= ?3 AND {which} GROUP BY dsn
             ON CONFLICT(dsn, what, why) DO UPDATE SET quantity = quantity + excluded.quantity"
        ))?
        .execute(params![value, why, now_ms])?;
    connection
        .prepare_cached(&format!(
            "UPDATE outbox SET state = 'dropped', done_ms = ?3, why = ?2, raw = NULL
             WHERE state = 'queued' AND lease_ms <= ?3 AND {which}"
        ))?
        .execute(params![value, why, now_ms])?;
    Ok(())
}

/// Takes up to `most` envelopes for a DSN, of about `bytes` together, that no limit holds back. `lease_ms` says for how
/// long an envelope of a size is ours.
pub fn claim(
    connection: &Connection,
    dsn: &str,
    most: usize,
    bytes: u64,
    now_ms: i64,
    lease_ms: impl Fn(u64) -> i64,
) -> rusqlite::Result<Claim> {
    let sql = "SELECT id, size FROM outbox o WHERE dsn = ?1 AND state = 'queued' AND lease_ms <= ?2
                 AND NOT EXISTS (SELECT 1 FROM forward_limits l WHERE l.dsn = ?1 AND l.until_ms > ?2
                   AND (l.category = '' OR instr(o.categories, ';' || l.category || ';') > 0))
               ORDER BY answers, id LIMIT ?3";
    let free: Vec<(i64, u64)> = connection
        .prepare_cached(sql)?
        .query_map(params![dsn, now_ms, most], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    if free.is_empty() {
        return Ok(Claim { rows: Vec::new(), next_ms: next(connection, dsn, now_ms)? });
    }
    let mut rows = Vec::with_capacity(free.len());
    let mut taken = 0_u64;
    for (id, size) in free {
        if !rows.is_empty() && taken.saturating_add(size) > bytes {
            break;
        }
        taken = taken.saturating_add(size);
        // Another process may have been quicker.
        let row = connection
            .prepare_cached(
                "UPDATE outbox SET lease_ms = ?2 WHERE id = ?1 AND state = 'queued' AND lease_ms <= ?3
                 RETURNING event_id, categories, headers, queued_ms, raw, zstd, size",
            )?
            .query_row(params![id, now_ms.saturating_add(lease_ms(size)), now_ms], |row| {
                Ok(Claimed {
                    id,
                    event_id: row.get(0)?,
                    categories: row.get(1)?,
                    headers: row.get(2)?,
                    queued_ms: row.get(3)?,
                    raw: row.get(4)?,
                    zstd: row.get(5)?,
                    size: row.get(6)?,
                })
            })
            .optional()?;
        rows.extend(row);
    }
    Ok(Claim { rows, next_ms: None })
}

/// When a limit or a lease ends that holds something back.
fn next(connection: &Connection, dsn: &str, now_ms: i64) -> rusqlite::Result<Option<i64>> {
    let waits: bool =
        connection.prepare_cached("SELECT 1 FROM outbox WHERE dsn = ?1 AND state = 'queued' LIMIT 1")?.exists([dsn])?;
    if !waits {
        return Ok(None);
    }
    connection
        .prepare_cached(
            "SELECT MIN(at) FROM (
               SELECT until_ms AS at FROM forward_limits WHERE dsn = ?1
               UNION ALL SELECT lease_ms FROM outbox WHERE dsn = ?1 AND state = 'queued') WHERE at > ?2",
        )?
        .query_row(params![dsn, now_ms], |row| row.get(0))
}

/// Writes what became of claimed rows, and the limits that the other side set, in one transaction.
pub fn settle(
    connection: &Connection,
    dsn: &str,
    settled: &[(i64, Settled)],
    limits: &[(String, i64)],
    now_ms: i64,
) -> rusqlite::Result<()> {
    connection.execute_batch("BEGIN IMMEDIATE")?;
    let done = settle_all(connection, dsn, settled, limits, now_ms);
    connection.execute_batch(if done.is_ok() { "COMMIT" } else { "ROLLBACK" })?;
    done
}

fn settle_all(
    connection: &Connection,
    dsn: &str,
    settled: &[(i64, Settled)],
    limits: &[(String, i64)],
    now_ms: i64,
) -> rusqlite::Result<()> {
    for (id, settled) in settled {
        let (state, http, why) = match settled {
            Settled::Sent => (ForwardState::Sent, None, ""),
            Settled::Refused(http, why) => (ForwardState::Refused, Some(*http), why.as_str()),
            Settled::Again(answered) => {
                connection
                    .prepare_cached("UPDATE outbox SET lease_ms = 0, answers = answers + ?2 WHERE id = ?1")?
                    .execute(params![id, i64::from(*answered)])?;
                continue;
            }
        };
        // Sent counts also where the queue's bound gave it up meanwhile: it has arrived.
        connection
            .prepare_cached(
                "UPDATE outbox SET state = ?2, done_ms = ?3, http = ?4, why = ?5, raw = NULL, lease_ms = 0
                 WHERE id = ?1",
            )?
            .execute(params![id, state.word(), now_ms, http, why])?;
        connection
            .prepare_cached(
                "INSERT INTO forward_counts(dsn, what, why, quantity) VALUES (?1, ?2, '', 1)
                 ON CONFLICT(dsn, what, why) DO UPDATE SET quantity = quantity + 1",
            )?
            .execute(params![dsn, state.word()])?;
    }
    for (category, until_ms) in limits {
        connection
            .prepare_cached(
                "INSERT INTO forward_limits(dsn, category, until_ms) VALUES (?1, ?2, ?3)
                 ON CONFLICT(dsn, category) DO UPDATE SET until_ms = max(until_ms, ?3)",
            )?
            .execute(params![dsn, category, until_ms])?;
    }
    Ok(())
}

/// What became of one envelope.
#[derive(Debug)]
pub struct Fate {
    /// The public DSN.
    pub dsn: String,
    /// Where it is.
    pub state: ForwardState,
    /// Since when, milliseconds since the epoch.
    pub at_ms: i64,
    /// HTTP status of a refusal.
    pub http: Option<u16>,
    /// Why.
    pub why: String,
    /// Categories whose limits hold it back: `;error;`.
    pub categories: String,
}

/// What became of the envelopes with this event id.
pub fn fates(connection: &Connection, event_id: &str, most: usize) -> rusqlite::Result<Vec<Fate>> {
    connection
        .prepare_cached(
            "SELECT dsn, state, CASE WHEN state = 'queued' THEN queued_ms ELSE done_ms END, http, why, categories
             FROM outbox WHERE event_id = ?1 ORDER BY id LIMIT ?2",
        )?
        .query_map(params![event_id, most], |row| {
            Ok(Fate {
                dsn: row.get(0)?,
                state: ForwardState::of(&row.get::<_, String>(1)?),
                at_ms: row.get(2)?,
                http: row.get(3)?,
                why: row.get(4)?,
                categories: row.get(5)?,
            })
        })?
        .collect()
}

/// The DSNs that anything is queued for or was sent to, at most `most`.
pub fn known(connection: &Connection, most: usize) -> rusqlite::Result<Vec<String>> {
    connection
        .prepare_cached("SELECT dsn FROM outbox WHERE state = 'queued' GROUP BY dsn LIMIT ?1")?
        .query_map([most], |row| row.get(0))?
        .collect()
}

/// The limits in force for a DSN: category (empty = all) and until when.
pub fn limits(connection: &Connection, dsn: &str, now_ms: i64) -> rusqlite::Result<Vec<(String, i64)>> {
    connection
        .prepare_cached("SELECT category, until_ms FROM forward_limits WHERE dsn = ?1 AND until_ms > ?2 ORDER BY 1")?
        .query_map(params![dsn, now_ms], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}

/// Counts what became of what was to go to a DSN; `to`, `what` and `waiting` are the caller's to fill.
pub fn counts(connection: &Connection, dsn: &str) -> rusqlite::Result<ForwardCounts> {
    let mut counts = ForwardCounts {
        queued: connection
            .prepare_cached("SELECT COUNT(*) FROM outbox WHERE dsn = ?1 AND state = 'queued'")?
            .query_row([dsn], |row| row.get(0))?,
        ..ForwardCounts::default()
    };
    let mut rows = connection
        .prepare_cached("SELECT what, why, quantity FROM forward_counts WHERE dsn = ?1 ORDER BY what, why")?;
    let rows = rows
        .query_map([dsn], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, u64>(2)?)))?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    for (what, why, quantity) in rows {
        match ForwardState::of(&what) {
            ForwardState::Sent => counts.sent = quantity,
            ForwardState::Refused => counts.refused = quantity,
            _ => counts.dropped.push((why, quantity)),
        }
    }
    counts.last_refusal = connection
        .prepare_cached(
            "SELECT why FROM outbox WHERE dsn = ?1 AND state = 'refused' ORDER BY done_ms DESC, id DESC LIMIT 1",
        )?
        .query_row([dsn], |row| row.get(0))
        .optional()?;
    Ok(counts)
}
