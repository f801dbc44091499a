//! Size limits: Relay's per item, and our own for a whole body.

/// A body as it comes over the wire.
pub const BODY: usize = 50 << 20;
/// A body after decompression.
pub const UNPACKED: usize = 100 << 20;
/// One event-like item.
pub const EVENT: usize = 1 << 20;
/// Bodies up to here need no permit; larger ones share two, so that memory stays bounded.
pub const SMALL: usize = 2 << 20;

/// The cap of an item's payload in bytes.
pub fn item(ty: &str) -> usize {
    match ty {
        "event" | "transaction" | "security" | "feedback" | "user_report" | "replay_event" | "trace_metric" => EVENT,
        "client_report" | "check_in" => 100 << 10,
        "session" | "sessions" | "replay_recording" | "replay_video" => 10 << 20,
        "log" | "span" => 12 << 20,
        "profile" | "profile_chunk" => 50 << 20,
        _ => UNPACKED,
    }
}

/// Items of which an envelope may hold one.
pub fn event_like(ty: &str) -> bool {
    matches!(ty, "event" | "transaction" | "feedback" | "security" | "raw_security")
}
