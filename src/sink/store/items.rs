//! Payloads of kept items, the newest first, within bounds: what searches of rows and traces read.

use rusqlite::{Connection, Row, params, params_from_iter, types::Value};

use crate::event::items::About;

/// Which items are read.
#[derive(Debug, Clone, Default)]
pub struct Scan {
    /// Item types.
    pub types: Vec<String>,
    /// Received at or after this, milliseconds since the epoch.
    pub since_ms: Option<i64>,
    /// Received before this.
    pub until_ms: Option<i64>,
    /// Events of this issue only.
    pub issue: Option<i64>,
    /// Project id of the DSN path.
    pub project: Option<String>,
    /// Only payloads that hold these bytes; an id, mostly.
    pub holding: Option<String>,
    /// Items after this row are not looked at: they came after the first page.
    pub newest: Option<i64>,
}

/// Items that one scan reads at most.
const ITEMS: u64 = 30_000;
/// Bytes of payloads that one scan reads at most.
const BYTES: u64 = 256 << 20;

/// How far a scan came.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Seen {
    /// Items read.
    pub items: u64,
    /// The newest row of the store when it began.
    pub newest: i64,
    /// When the last item that was read was received, where older ones were left unread.
    pub stopped_ms: Option<i64>,
}

/// Reads items, the newest first, and gives each to `visit`; false ends the scan.
pub fn scan(
    connection: &Connection,
    what: &Scan,
    mut visit: impl FnMut(&About, &[u8]) -> bool,
) -> rusqlite::Result<Seen> {
    let newest = match what.newest {
        Some(newest) => newest,
        None => super::read::newest(connection)?,
    };
    let mut seen = Seen { newest, ..Seen::default() };
    let marks = vec!["?"; what.types.len()].join(",");
    let mut values: Vec<Value> = vec![
        Value::Integer(newest),
        Value::Integer(what.since_ms.unwrap_or(0)),
        Value::Integer(what.until_ms.unwrap_or(i64::MAX)),
        what.issue.map_or(Value::Null, Value::Integer),
        what.project.clone().map_or(Value::Null, Value::Text),
    ];
    values.extend(what.types.iter().map(|ty| Value::Text(ty.clone())));
    let sql = format!(
        "SELECT i.ty, COALESCE(v.event_id, i.event_id), v.issue_id, v.title, e.project, i.received_ms, i.start, i.bytes,
                i.envelope_id, e.raw, e.zstd, e.size
         FROM items i JOIN envelopes e ON e.id = i.envelope_id LEFT JOIN events v ON v.id = i.id
         WHERE i.id <= ?1 AND i.received_ms >= ?2 AND i.received_ms < ?3 AND (?4 IS NULL OR v.issue_id = ?4)
           AND (?5 IS NULL OR e.project = ?5) AND i.ty IN ({marks}) ORDER BY i.id DESC"
    );
    let mut query = connection.prepare(&sql)?;
    let mut rows = query.query(params_from_iter(&values))?;
    let mut open: (i64, Vec<u8>) = (0, Vec::new());
    let mut bytes: u64 = 0;
    while let Some(row) = rows.next()? {
        let received_ms = row.get(5)?;
        let (start, length): (usize, usize) = (row.get(6)?, row.get(7)?);
        bytes = bytes.saturating_add(length as u64);
        if seen.items >= ITEMS || bytes > BYTES {
            seen.stopped_ms = Some(received_ms);
            break;
        }
        seen.items += 1;
        // The items of one envelope come one after the other: it is unpacked once.
        let envelope: i64 = row.get(8)?;
        if envelope != open.0 {
            open = (envelope, super::read::unpack(row.get(9)?, row.get(10)?, row.get(11)?));
        }
        let payload = open.1.get(start..start.saturating_add(length)).unwrap_or_default();
        if what.holding.as_ref().is_some_and(|part| !holds(payload, part.as_bytes())) {
            continue;
        }
        if !visit(&about(row, received_ms)?, payload) {
            break;
        }
    }
    Ok(seen)
}

fn about(row: &Row<'_>, received_ms: i64) -> rusqlite::Result<About> {
    Ok(About {
        ty: row.get(0)?,
        event_id: row.get(1)?,
        issue: row.get::<_, Option<i64>>(2)?.map(|id| format!("LOCAL-{id}")),
        title: row.get::<_, Option<String>>(3)?.unwrap_or_default(),
        project: row.get(4)?,
        received_ms,
    })
}

/// Whether `all` holds `part`, in any case.
fn holds(all: &[u8], part: &[u8]) -> bool {
    all.windows(part.len().max(1)).any(|window| window.eq_ignore_ascii_case(part))
}

/// Items received in a stretch of time: type, how many, and when the last one came (milliseconds since the epoch).
pub fn received(
    connection: &Connection,
    since_ms: i64,
    until_ms: i64,
    project: Option<&str>,
) -> rusqlite::Result<Vec<(String, u64, i64)>> {
    connection
        .prepare(
            "SELECT i.ty, COUNT(*), MAX(i.received_ms) FROM items i JOIN envelopes e ON e.id = i.envelope_id
             WHERE i.received_ms >= ?1 AND i.received_ms < ?2 AND (?3 IS NULL OR e.project = ?3)
             GROUP BY i.ty ORDER BY COUNT(*) DESC, i.ty LIMIT 50",
        )?
        .query_map(params![since_ms, until_ms, project], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect()
}
