//! What an envelope holds, as far as the doctor asks.

use serde_json::Value;

use super::Discarded;
use crate::{event::Event, sink::envelope};

/// Kinds of discarded events read of one report; an SDK knows a few dozen.
const MAX_DISCARDED: usize = 100;

/// An envelope that a page sent.
#[derive(Debug, Clone, Default)]
pub(super) struct Parcel {
    /// Event id of its header, 32 hex.
    pub event_id: Option<String>,
    /// It names its DSN: it is sent through a tunnel.
    pub has_dsn: bool,
    /// Types of its items.
    pub items: Vec<String>,
    /// Its error or message.
    pub event: Option<Event>,
    /// What its client reports say.
    pub discarded: Vec<Discarded>,
}

impl Parcel {
    /// Reads a body; none = it is no envelope.
    pub fn read(body: &[u8]) -> Option<Self> {
        let framed = envelope::parse(body).ok()?;
        let mut parcel = Self {
            event_id: framed.header.get("event_id").and_then(Value::as_str).map(|id| id.replace('-', "")),
            has_dsn: framed.header.contains_key("dsn"),
            ..Self::default()
        };
        for item in framed.items {
            let json = || {
                let payload = body.get(item.payload.clone()).unwrap_or_default();
                serde_json::from_slice::<Value>(payload).ok()
            };
            match item.ty.as_str() {
                "event" if parcel.event.is_none() => parcel.event = json().map(|event| Event::from_value(&event)),
                "client_report" => parcel.discarded.extend(json().iter().flat_map(discarded)),
                _ => {}
            }
            parcel.items.push(item.ty.chars().take(40).collect());
        }
        parcel.items.truncate(MAX_DISCARDED);
        Some(parcel)
    }

    /// Whether its event holds this text in its message.
    pub fn holds(&self, token: &str) -> bool {
        let has = |text: &Option<String>| text.as_deref().is_some_and(|text| text.contains(token));
        let Some(event) = &self.event else { return false };
        has(&event.message) || has(&event.formatted) || event.exceptions.iter().any(|thrown| has(&thrown.value))
    }
}

fn discarded(report: &Value) -> Vec<Discarded> {
    let rows = report.get("discarded_events").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let read = |row: &Value| {
        let word = |key: &str| Some(word(row.get(key)?.as_str()?));
        let quantity = row.get("quantity")?.as_u64()?;
        Some(Discarded { reason: word("reason")?, category: word("category")?, quantity })
    };
    rows.iter().take(MAX_DISCARDED).filter_map(read).collect()
}

/// A reason or category: a word of a closed set, whatever the page writes.
pub(super) fn word(text: &str) -> String {
    text.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(40).collect()
}
