//! The bytes that go out: those that came in, but for what the protocol ties to one DSN and one moment. Pure.

use std::io::Write;

use serde_json::Value;

use super::dsn::Dsn;

/// Bodies smaller than this are not worth compressing.
const PACK_FROM: usize = 1_024;
/// Sentry takes the clock of a sender that is a minute off for a wrong one, and moves its times.
const LATE_MS: i64 = 20_000;

/// What is sent in place of `raw`. Its items are never touched. In the envelope header:
///
/// - `dsn`, where there is one, becomes that of the receiver, who refuses any other;
/// - `event_id`, where it is missing, becomes the one under which the sink has the event;
/// - `sent_at` is moved by the time for which the envelope waited here, if that was long: Sentry takes the difference to
///   its own clock for an error of the sender's clock, and would move all times of the event by it.
pub fn body(raw: Vec<u8>, dsn: &Dsn, event_id: Option<&str>, waited_ms: i64) -> Vec<u8> {
    let end = memchr::memchr(b'\n', &raw).unwrap_or(raw.len());
    let (line, rest) = raw.split_at(end);
    let Ok(Value::Object(mut header)) = serde_json::from_slice::<Value>(line) else { return raw };
    let mut changed = false;
    let mut set = |header: &mut serde_json::Map<String, Value>, name: &str, value: String| {
        header.insert(name.to_owned(), Value::String(value));
        changed = true;
    };
    if let Some(of) = header.get("dsn").filter(|of| of.as_str() != Some(&dsn.public())) {
        tracing::trace!(null = of.is_null(), "the envelope names another DSN");
        set(&mut header, "dsn", dsn.public());
    }
    if let Some(id) = event_id.filter(|_| header.get("event_id").is_none_or(Value::is_null)) {
        set(&mut header, "event_id", id.to_owned());
    }
    if waited_ms > LATE_MS
        && let Some(moved) = header.get("sent_at").and_then(Value::as_str).and_then(|at| moved(at, waited_ms))
    {
        set(&mut header, "sent_at", moved);
    }
    if !changed {
        return raw;
    }
    let mut sent = Value::Object(header).to_string().into_bytes();
    sent.extend_from_slice(rest);
    sent
}

fn moved(at: &str, by_ms: i64) -> Option<String> {
    let at: jiff::Timestamp = at.parse().ok()?;
    let moved = jiff::Timestamp::from_millisecond(at.as_millisecond().checked_add(by_ms)?).ok()?;
    Some(format!("{moved:.3}"))
}

/// Compresses a body where that is worth it; says whether it did.
pub fn pack(body: Vec<u8>) -> (Vec<u8>, bool) {
    if body.len() < PACK_FROM {
        return (body, false);
    }
    let mut packer = flate2::write::GzEncoder::new(Vec::with_capacity(body.len() / 4), flate2::Compression::fast());
    match packer.write_all(&body).and_then(|()| packer.finish()) {
        Ok(packed) if packed.len() < body.len() => (packed, true),
        _ => (body, false),
    }
}
