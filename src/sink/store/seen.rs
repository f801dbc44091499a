//! What has been seen: items of a type, and releases.

use rusqlite::{Connection, Row, params_from_iter, types::Value};

use super::read::unpack;
use crate::sink::{Item, SeenItem, SeenRelease};

/// The newest items of these types, each with its payload, before row `before`.
pub fn newest_items(
    connection: &Connection,
    types: &[&str],
    limit: usize,
    before: Option<i64>,
) -> rusqlite::Result<Vec<SeenItem>> {
    let marks = vec!["?"; types.len()].join(",");
    let sql = format!(
        "SELECT i.id, i.ty, i.header, i.bytes, i.received_ms, COALESCE(v.event_id, i.event_id), i.start, e.raw, e.zstd,
                e.size, v.issue_id
         FROM items i JOIN envelopes e ON e.id = i.envelope_id LEFT JOIN events v ON v.id = i.id
         WHERE i.ty IN ({marks}) AND i.id < ? ORDER BY i.id DESC LIMIT ?"
    );
    let mut values: Vec<Value> = types.iter().map(|ty| Value::Text((*ty).to_owned())).collect();
    values.push(Value::Integer(before.unwrap_or(i64::MAX)));
    values.push(Value::Integer(i64::try_from(limit).unwrap_or(i64::MAX)));
    connection.prepare(&sql)?.query_map(params_from_iter(&values), seen)?.collect()
}

fn seen(row: &Row<'_>) -> rusqlite::Result<SeenItem> {
    let (header, bytes, start): (String, u64, usize) = (row.get(2)?, row.get(3)?, row.get(6)?);
    let raw = unpack(row.get(7)?, row.get(8)?, row.get(9)?);
    let end = start.saturating_add(usize::try_from(bytes).unwrap_or(usize::MAX));
    Ok(SeenItem {
        row: row.get(0)?,
        item: Item {
            ty: row.get(1)?,
            header: serde_json::from_str(&header).unwrap_or_default(),
            bytes,
            received_ms: row.get(4)?,
            event_id: row.get(5)?,
        },
        payload: raw.get(start..end).unwrap_or_default().to_vec(),
        issue: row.get::<_, Option<i64>>(10)?.map(|id| format!("LOCAL-{id}")),
    })
}

/// Releases that events named, the newest first.
pub fn releases(connection: &Connection, limit: usize) -> rusqlite::Result<Vec<SeenRelease>> {
    connection
        .prepare(
            "SELECT t.value, COUNT(*), SUM(t.first_ms <= i.first_ms), MIN(t.first_ms), MAX(i.last_ms)
             FROM issue_tags t JOIN issues i ON i.id = t.issue_id WHERE t.key = 'release'
             GROUP BY t.value ORDER BY MIN(t.first_ms) DESC, t.value LIMIT ?1",
        )?
        .query_map([limit], |row| {
            Ok(SeenRelease {
                version: row.get(0)?,
                issues: row.get(1)?,
                new_issues: row.get(2)?,
                first_ms: row.get(3)?,
                last_ms: row.get(4)?,
            })
        })?
        .collect()
}
