//! What is read back: events, items, raw envelopes, counts.

use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::Value;

use super::{now_ms, search};
use crate::{
    event::{Event, Issue, IssueStatus, StoredEvent},
    sink::{Item, KeptEnvelope, Page, WaitFor},
};

/// Counts for `status`.
#[derive(Debug, Default)]
pub struct Counts {
    /// Events kept.
    pub events: u64,
    /// Issues kept.
    pub issues: u64,
    /// Items by type.
    pub items: Vec<(String, u64)>,
    /// What SDKs dropped.
    pub discarded: Vec<(String, String, u64)>,
}

/// Counts everything.
pub fn counts(connection: &Connection) -> rusqlite::Result<Counts> {
    let count = |sql: &str| connection.query_row(sql, [], |row| row.get(0));
    let mut items =
        connection.prepare("SELECT ty, COUNT(*) FROM items GROUP BY ty ORDER BY COUNT(*) DESC, ty LIMIT 50")?;
    let mut discarded = connection.prepare(
        "SELECT reason, category, quantity FROM discarded ORDER BY quantity DESC, reason, category LIMIT 50",
    )?;
    Ok(Counts {
        events: count("SELECT COUNT(*) FROM events")?,
        issues: count("SELECT COUNT(*) FROM issues")?,
        items: items.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?,
        discarded: discarded
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
            .collect::<Result<_, _>>()?,
    })
}

/// Columns of [`stored`]: an item with its envelope and, where it is one, its event.
const STORED: &str = "i.ty, i.start, i.bytes, i.received_ms, e.raw, e.zstd, e.size, e.project, v.issue_id,
                      COALESCE(v.event_id, i.event_id, ''), v.id IS NOT NULL
                      FROM items i JOIN envelopes e ON e.id = i.envelope_id LEFT JOIN events v ON v.id = i.id";

fn stored(row: &Row<'_>) -> rusqlite::Result<StoredEvent> {
    let (ty, start, bytes): (String, usize, usize) = (row.get(0)?, row.get(1)?, row.get(2)?);
    let raw = unpack(row.get(4)?, row.get(5)?, row.get(6)?);
    let payload = raw.get(start..start.saturating_add(bytes)).unwrap_or_default();
    let is_event: bool = row.get(10)?;
    // Binary payloads and broken JSON have been kept as they came; there is nothing to read in them.
    let value: Value = serde_json::from_slice(payload).unwrap_or(Value::Null);
    let mut event = if is_event { Event::from_value(&value) } else { Event::default() };
    if !is_event {
        event.ty = ty;
        event.extra.insert("payload".into(), value);
    }
    event.event_id = row.get(9)?;
    Ok(StoredEvent {
        event,
        issue: row.get::<_, Option<i64>>(8)?.map(|id| format!("LOCAL-{id}")),
        received_ms: row.get(3)?,
        project: row.get(7)?,
    })
}

/// An envelope as it was received, from how it is kept.
pub fn unpack(raw: Vec<u8>, zstd: bool, size: usize) -> Vec<u8> {
    if zstd { zstd::bulk::decompress(&raw, size).unwrap_or_default() } else { raw }
}

/// One event.
pub fn event(connection: &Connection, event_id: &str) -> rusqlite::Result<Option<StoredEvent>> {
    connection
        .prepare_cached(&format!("SELECT {STORED} WHERE i.id = (SELECT id FROM events WHERE event_id = ?1)"))?
        .query_row([event_id], stored)
        .optional()
}

/// Events of an issue, newest first; the cursor is the row after which the page begins.
pub fn events(
    connection: &Connection,
    issue: i64,
    limit: usize,
    before: Option<i64>,
) -> rusqlite::Result<Page<StoredEvent>> {
    let total =
        connection.query_row("SELECT COUNT(*) FROM events WHERE issue_id = ?1", [issue], |row| row.get::<_, u64>(0))?;
    let ids = connection
        .prepare_cached("SELECT id FROM events WHERE issue_id = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3")?
        .query_map(params![issue, before.unwrap_or(i64::MAX), limit.saturating_add(1)], |row| row.get::<_, i64>(0))?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    let mut one = connection.prepare_cached(&format!("SELECT {STORED} WHERE i.id = ?1"))?;
    let shown = ids.get(..limit.min(ids.len())).unwrap_or_default();
    let rows = shown.iter().map(|id| one.query_row([id], stored)).collect::<rusqlite::Result<Vec<_>>>()?;
    let next = shown.last().filter(|_| ids.len() > limit).map(i64::to_string);
    Ok(Page { rows, total, next })
}

/// The first event of an issue that is still kept.
pub fn oldest(connection: &Connection, issue: i64) -> rusqlite::Result<Option<StoredEvent>> {
    let first = "SELECT id FROM events WHERE issue_id = ?1 ORDER BY id LIMIT 1";
    connection.prepare_cached(&format!("SELECT {STORED} WHERE i.id = ({first})"))?.query_row([issue], stored).optional()
}

/// Items that came with an event id, oldest first.
pub fn items(connection: &Connection, event_id: &str) -> rusqlite::Result<Vec<Item>> {
    connection
        .prepare_cached(
            "SELECT ty, header, bytes, received_ms, event_id FROM items WHERE event_id = ?1 ORDER BY id LIMIT 1000",
        )?
        .query_map([event_id], |row| {
            let header: String = row.get(1)?;
            Ok(Item {
                ty: row.get(0)?,
                header: serde_json::from_str(&header).unwrap_or(Value::Null),
                bytes: row.get(2)?,
                received_ms: row.get(3)?,
                event_id: row.get(4)?,
            })
        })?
        .collect()
}

/// The first items that came with an event id, each with its payload.
pub fn payloads(connection: &Connection, event_id: &str, most: usize) -> rusqlite::Result<Vec<(Item, Vec<u8>)>> {
    connection
        .prepare_cached(
            "SELECT i.ty, i.header, i.bytes, i.received_ms, i.event_id, i.start, e.raw, e.zstd, e.size
             FROM items i JOIN envelopes e ON e.id = i.envelope_id WHERE i.event_id = ?1 ORDER BY i.id LIMIT ?2",
        )?
        .query_map(params![event_id, most], |row| {
            let (header, bytes, start): (String, u64, usize) = (row.get(1)?, row.get(2)?, row.get(5)?);
            let raw = unpack(row.get(6)?, row.get(7)?, row.get(8)?);
            let end = start.saturating_add(usize::try_from(bytes).unwrap_or(usize::MAX));
            let item = Item {
                ty: row.get(0)?,
                header: serde_json::from_str(&header).unwrap_or(Value::Null),
                bytes,
                received_ms: row.get(3)?,
                event_id: row.get(4)?,
            };
            Ok((item, raw.get(start..end).unwrap_or_default().to_vec()))
        })?
        .collect()
}

/// The raw envelope of an event; where several came with the id, the one with the event itself.
pub fn envelope(connection: &Connection, event_id: &str) -> rusqlite::Result<Option<Vec<u8>>> {
    connection
        .prepare_cached(
            "SELECT e.raw, e.zstd, e.size FROM items i JOIN envelopes e ON e.id = i.envelope_id
             LEFT JOIN events v ON v.id = i.id WHERE i.event_id = ?1 ORDER BY v.id IS NULL, i.id LIMIT 1",
        )?
        .query_row([event_id], |row| Ok(unpack(row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()
}

/// Envelopes of events whose ids begin with `prefix`, newest first.
pub fn envelopes(connection: &Connection, prefix: &str, limit: usize) -> rusqlite::Result<Vec<KeptEnvelope>> {
    connection
        .prepare_cached(
            "SELECT v.event_id, e.size FROM events v JOIN items i ON i.id = v.id JOIN envelopes e ON e.id = i.envelope_id
             WHERE substr(v.event_id, 1, length(?1)) = ?1 ORDER BY v.id DESC LIMIT ?2",
        )?
        .query_map(params![prefix, limit], |row| Ok(KeptEnvelope { event_id: row.get(0)?, bytes: row.get(1)? }))?
        .collect()
}

/// Sets a status; the issue before and after.
pub fn update(connection: &Connection, id: i64, status: IssueStatus) -> rusqlite::Result<Option<(Issue, Issue)>> {
    let Some(before) = search::issue(connection, id)? else { return Ok(None) };
    let resolved_ms = if status == IssueStatus::Resolved { now_ms() } else { 0 };
    connection.execute(
        "UPDATE issues SET status = ?2, resolved_ms = ?3 WHERE id = ?1",
        params![id, search::status_text(status), resolved_ms],
    )?;
    let after = search::issue(connection, id)?.unwrap_or_else(|| before.clone());
    Ok(Some((before, after)))
}

/// The newest row, from which a wait begins.
pub fn newest(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("SELECT COALESCE(MAX(id), 0) FROM items", [], |row| row.get(0))
}

/// The oldest item behind row `after` that is waited for, and the last row that was looked at.
pub fn first_match(
    connection: &Connection,
    what: &WaitFor,
    after: i64,
) -> rusqlite::Result<(Option<StoredEvent>, i64)> {
    let newest = newest(connection)?;
    let issue = what.issue.as_deref().and_then(crate::sink::query::issue_number);
    let pattern = what.contains.as_deref().map(|text| crate::sink::query::Pattern::within(text).0);
    // An event is what makes an issue, whatever its item is called; other items go by their own name.
    let ty = what.item.as_deref().filter(|ty| *ty != "event");
    let event_id = what.event_id.as_deref().map(|id| crate::sink::parcel::parse_event_id(id).unwrap_or_default());
    let id = connection
        .prepare_cached(
            r"SELECT i.id FROM items i LEFT JOIN events v ON v.id = i.id
              WHERE i.id > ?1 AND i.id <= ?2 AND i.received_ms >= ?3
                AND CASE WHEN ?4 IS NULL THEN v.issue_id IS NOT NULL ELSE i.ty = ?4 END
                AND (?5 IS NULL OR COALESCE(v.event_id, i.event_id) = ?5)
                AND (?6 IS NULL OR v.issue_id = ?6)
                AND (?7 IS NULL OR v.title LIKE ?7 ESCAPE '\' OR v.message LIKE ?7 ESCAPE '\')
              ORDER BY i.id LIMIT 1",
        )?
        .query_row(params![after, newest, what.since_ms.unwrap_or(0), ty, event_id, issue, pattern], |row| {
            row.get::<_, i64>(0)
        })
        .optional()?;
    let found = match id {
        Some(id) => {
            Some(connection.prepare_cached(&format!("SELECT {STORED} WHERE i.id = ?1"))?.query_row([id], stored)?)
        }
        None => None,
    };
    Ok((found, newest))
}
