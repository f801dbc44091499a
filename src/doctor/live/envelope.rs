//! Envelopes that are sent to see what becomes of them.

use serde_json::json;

use crate::doctor::csp::Dsn;

/// What the browser SDK says of a body that is text.
pub(super) const TEXT: &str = "text/plain;charset=UTF-8";

/// The public DSN as envelope headers have it.
pub(super) fn public(dsn: &Dsn) -> String {
    let (scheme, rest) = dsn.origin.split_once("://").unwrap_or(("https", &dsn.origin));
    format!("{scheme}://{}@{rest}/{}", dsn.key, dsn.project)
}

/// An empty header without items: what `Sentry.diagnoseSdkConnectivity` sends. Nobody can keep anything of it.
pub(super) fn empty() -> Vec<u8> {
    b"{}".to_vec()
}

/// A header that names a DSN, without items.
pub(super) fn named(dsn: &str) -> Vec<u8> {
    json!({ "dsn": dsn }).to_string().into_bytes()
}

/// An empty header and an attachment of `bytes` zeros: nobody can keep it, and proxies that limit bodies do not take it.
pub(super) fn large(bytes: usize) -> Vec<u8> {
    let mut body =
        format!("{{}}\n{{\"type\":\"attachment\",\"length\":{bytes},\"filename\":\"zeros\"}}\n").into_bytes();
    body.resize(body.len() + bytes, b'0');
    body
}

/// An event that says what it is.
pub(super) fn event(dsn: &Dsn, id: &str) -> Vec<u8> {
    let now = jiff::Timestamp::now();
    let header = json!({
        "event_id": id,
        "dsn": public(dsn),
        "sent_at": now.to_string(),
        "sdk": {"name": "fixloop", "version": env!("CARGO_PKG_VERSION")},
    });
    let event = json!({
        "event_id": id,
        "timestamp": now.as_second(),
        "platform": "javascript",
        "level": "info",
        "message": "fixloop test event: it came through",
        "logger": "fixloop",
        "environment": "fixloop-test",
        "tags": {"fixloop": "test"},
        "fingerprint": ["fixloop-test-event"],
    });
    format!("{header}\n{{\"type\":\"event\"}}\n{event}").into_bytes()
}

/// Bytes as a compressed replay has them: the head of a zlib stream, and then every byte there is.
pub(super) fn binary() -> Vec<u8> {
    [0x78, 0x9c].into_iter().chain(0..=255_u8).collect()
}

/// An attachment of such bytes.
pub(super) fn attachment(dsn: &Dsn, id: &str) -> Vec<u8> {
    let payload = binary();
    let header = json!({ "event_id": id, "dsn": public(dsn) });
    let item = json!({ "type": "attachment", "length": payload.len(), "filename": "fixloop-test.bin" });
    let mut body = format!("{header}\n{item}\n").into_bytes();
    body.extend_from_slice(&payload);
    body
}

/// An id of an event, or a key of a DSN: 32 hex characters that nobody else has.
pub(super) fn id() -> String {
    let mut bytes = [0_u8; 16];
    // Without randomness the clock tells events of one machine apart.
    if getrandom::fill(&mut bytes).is_err() {
        bytes = jiff::Timestamp::now().as_nanosecond().to_be_bytes();
    }
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
