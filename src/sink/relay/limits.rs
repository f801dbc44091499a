//! Rate limits as Sentry says them: `X-Sentry-Rate-Limits`, `Retry-After`, or a bare 429. Pure.

/// A limit in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit {
    /// Data category; empty = all.
    pub category: String,
    /// Milliseconds since the epoch.
    pub until_ms: i64,
}

/// What an answer says of limits.
#[derive(Debug, Clone, Copy, Default)]
pub struct Said<'a> {
    /// HTTP status.
    pub status: u16,
    /// `X-Sentry-Rate-Limits`.
    pub rate_limits: Option<&'a str>,
    /// `Retry-After`.
    pub retry_after: Option<&'a str>,
}

/// How long a limit holds that does not say it.
const DEFAULT_MS: i64 = 60_000;
/// No limit is believed for longer than this.
const MOST_MS: i64 = 24 * 3600 * 1000;
/// A limit that ends at once would be asked about in a loop.
const LEAST_MS: i64 = 1_000;
/// Limits of one answer that are read.
const MOST: usize = 64;

/// The limits of an answer. After a 429 at least one of them covers `categories`, those of what was sent.
pub fn limits(said: Said<'_>, categories: &str, now_ms: i64) -> Vec<Limit> {
    let mut limits = said.rate_limits.map_or_else(Vec::new, |header| of_header(header, now_ms));
    let retry_after = said.retry_after.and_then(|text| retry_after(text, now_ms));
    let busy = said.status == 429 || said.status == 503 && retry_after.is_some();
    let covered = limits.iter().any(|limit| limit.category.is_empty() || holds(categories, &limit.category));
    if busy && !covered {
        let wait = retry_after.unwrap_or(DEFAULT_MS).clamp(LEAST_MS, MOST_MS);
        limits.push(Limit { category: String::new(), until_ms: now_ms.saturating_add(wait) });
    }
    limits
}

/// `60:error;transaction:key:reason, 2700::organization`
fn of_header(header: &str, now_ms: i64) -> Vec<Limit> {
    let mut limits = Vec::new();
    for group in header.split(',').map(str::trim).filter(|group| !group.is_empty()) {
        let mut parts = group.split(':');
        let wait = parts.next().and_then(seconds).unwrap_or(DEFAULT_MS).min(MOST_MS);
        if wait == 0 {
            continue;
        }
        let until_ms = now_ms.saturating_add(wait.max(LEAST_MS));
        let categories = parts.next().unwrap_or_default();
        for category in categories.split(';') {
            if limits.len() < MOST {
                limits.push(Limit { category: word(category), until_ms });
            }
        }
    }
    limits
}

/// A category is a word of the other side: what no category has is left out.
fn word(category: &str) -> String {
    category.trim().chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(40).collect()
}

/// Seconds, or a date.
fn retry_after(text: &str, now_ms: i64) -> Option<i64> {
    let text = text.trim();
    if let Some(wait) = seconds(text) {
        return Some(wait);
    }
    let at = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?;
    Some(at.as_millisecond().saturating_sub(now_ms).max(0))
}

fn seconds(text: &str) -> Option<i64> {
    let seconds: f64 = text.trim().parse().ok()?;
    #[expect(clippy::cast_possible_truncation, reason = "`as` saturates; a day is the most that is believed")]
    (seconds.is_finite() && seconds >= 0.0).then_some((seconds * 1000.0).ceil() as i64)
}

/// Whether a list of categories (`;error;attachment;`) holds one.
fn holds(categories: &str, category: &str) -> bool {
    categories.split(';').any(|known| known == category)
}

/// What an envelope is sent for, by rank; all else in it goes along with the first of these.
const MAIN: [&str; 8] =
    ["event", "transaction", "feedback", "security", "raw_security", "replay_event", "check_in", "user_report"];
/// What is never the reason for an envelope that has anything else.
const ALONG: [&str; 2] = ["attachment", "client_report"];

/// The categories whose limits hold an envelope with these items back, as the queue keeps them: `;error;`. They are those of
/// what it is sent for: a server with a limit for attachments takes the event and leaves the attachment, so holding back
/// the event for it would only lose time.
pub fn categories<'a>(types: impl Iterator<Item = &'a str>) -> String {
    let types: Vec<&str> = types.collect();
    let main = MAIN.iter().find(|main| types.contains(main));
    let alone = types.iter().all(|ty| ALONG.contains(ty));
    let counts = |ty: &&str| main.map_or_else(|| alone || !ALONG.contains(ty), |main| ty == main);
    let mut all: Vec<&str> = types.into_iter().filter(counts).flat_map(|ty| of_item(ty).iter().copied()).collect();
    all.sort_unstable();
    all.dedup();
    if all.is_empty() { ";".to_owned() } else { format!(";{};", all.join(";")) }
}

/// The categories that a limit may name for an item type.
fn of_item(ty: &str) -> &'static [&'static str] {
    match ty {
        "event" => &["error"],
        "transaction" => &["transaction"],
        "span" => &["span"],
        "session" | "sessions" => &["session"],
        "attachment" => &["attachment"],
        "replay_event" | "replay_recording" | "replay_video" => &["replay"],
        "feedback" => &["feedback"],
        "user_report" => &["default", "user_report_v2"],
        "profile" => &["profile"],
        "profile_chunk" | "profile_chunk_ui" => &["profile", "profile_chunk", "profile_chunk_ui"],
        "check_in" => &["monitor"],
        "security" | "raw_security" => &["security"],
        "log" => &["log_item", "log_byte"],
        "trace_metric" => &["metric", "trace_metric"],
        "statsd" | "metric_buckets" => &["metric_bucket"],
        "client_report" => &["internal"],
        _ => &["default"],
    }
}
