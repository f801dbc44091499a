//! One envelope to one server, and what its answer means.

use std::time::Duration;

use futures_util::StreamExt;
use reqwest::{StatusCode, header};
use serde_json::Value;

use super::{
    dsn::Dsn,
    limits::{self, Limit, Said},
    outgoing,
    sender::Sender,
};
use crate::sink::store::{now_ms, outbox::Claimed, read::unpack};

/// One request, without the time for its bytes.
pub const TIME: Duration = Duration::from_secs(30);
/// A connection slower than this, in bytes a second, is no use.
const SLOWEST: u64 = 64 << 10;
/// So much of a refusal is read, for this long.
const REASON_BYTES: usize = 4 << 10;
const REASON_TIME: Duration = Duration::from_secs(5);
/// The answer to what was taken is waited for no longer.
const ANSWER_TIME: Duration = Duration::from_secs(2);
const REASON_CHARS: usize = 240;

/// What became of one try.
#[derive(Debug)]
pub enum Outcome {
    /// Taken.
    Sent,
    /// Held back by a rate limit.
    Limited,
    /// Worth another try. `answered` = the server is there.
    Again {
        /// Why.
        why: String,
        /// The server answered.
        answered: bool,
    },
    /// No Sentry server says this at its address: a log-in page, a proxy, or a server that is being set up answered. Kept,
    /// and tried again seldom; the queue's bounds end it.
    Elsewhere(String),
    /// Given up: HTTP status, why.
    Refused(u16, String),
}

/// How long sending so many bytes may take.
pub fn time(bytes: u64) -> Duration {
    TIME.saturating_add(Duration::from_secs(bytes / SLOWEST))
}

/// Sends an envelope. Redirects are not followed: they would take it to someone whom nobody named.
pub async fn send(client: &reqwest::Client, dsn: &Dsn, row: Claimed) -> (Outcome, Vec<Limit>) {
    let Claimed { headers, categories, event_id, queued_ms, raw, zstd, size, .. } = row;
    let (of, waited) = (dsn.clone(), now_ms().saturating_sub(queued_ms));
    let packed = tokio::task::spawn_blocking(move || {
        outgoing::pack(outgoing::body(unpack(raw, zstd, size), &of, event_id.as_deref(), waited))
    })
    .await;
    let Ok((body, gzip)) = packed else {
        let why = "fixloop failed on this envelope".to_owned();
        return (Outcome::Again { why, answered: true }, Vec::new());
    };
    let mut request = client
        .post(dsn.envelope_url())
        .timeout(time(u64::try_from(size).unwrap_or(u64::MAX)))
        .header(header::CONTENT_TYPE, "application/x-sentry-envelope")
        .header(
            "X-Sentry-Auth",
            format!(
                "Sentry sentry_version=7, sentry_client=fixloop/{}, sentry_key={}",
                env!("CARGO_PKG_VERSION"),
                dsn.key()
            ),
        );
    if gzip {
        request = request.header(header::CONTENT_ENCODING, "gzip");
    }
    for (name, value) in Sender::headers(&headers, dsn.is_loopback()) {
        request = request.header(name, value);
    }
    match request.body(body).send().await {
        Ok(answer) => judge(answer, &categories).await,
        Err(error) => (Outcome::Again { why: plainly(&error), answered: false }, Vec::new()),
    }
}

async fn judge(answer: reqwest::Response, categories: &str) -> (Outcome, Vec<Limit>) {
    let status = answer.status();
    let text = |name: &str| answer.headers().get(name).and_then(|value| value.to_str().ok());
    let said =
        Said { status: status.as_u16(), rate_limits: text("x-sentry-rate-limits"), retry_after: text("retry-after") };
    let limits = limits::limits(said, categories, now_ms());
    let page = text("content-type").is_some_and(|ty| ty.trim_start().to_ascii_lowercase().starts_with("text/html"));
    let outcome = if status.is_success() {
        // Read in any case: only then is the connection good for the next envelope. Bugsink calls its empty answers pages,
        // too; a page with something on it comes from no Sentry server.
        match start(answer, ANSWER_TIME).await.trim_ascii_start() {
            [b'<', ..] if page => Outcome::Elsewhere(format!(
                "it answers {} with a web page: is this the DSN of a Sentry server?",
                status.as_u16()
            )),
            _ => Outcome::Sent,
        }
    } else if status == StatusCode::TOO_MANY_REQUESTS {
        Outcome::Limited
    } else if status.is_server_error() || matches!(status.as_u16(), 408 | 425) {
        let why = format!("it answers {}", reason(answer).await);
        Outcome::Again { why, answered: true }
    } else if status.is_redirection() {
        let to = text("location").and_then(|to| answer.url().join(to).ok());
        let to = to.as_ref().and_then(|to| to.host_str()).unwrap_or("nowhere");
        Outcome::Elsewhere(format!("it answers {} to {to}, which is not followed", status.as_u16()))
    } else if matches!(status.as_u16(), 404 | 407) {
        Outcome::Elsewhere(format!("it answers {}", reason(answer).await))
    } else {
        Outcome::Refused(status.as_u16(), reason(answer).await)
    };
    (outcome, limits)
}

/// The server's words for a refusal, cut short. They are its words, not ours.
async fn reason(answer: reqwest::Response) -> String {
    let status = answer.status();
    let name = status.canonical_reason().unwrap_or("unknown status");
    let header = answer.headers().get("x-sentry-error").and_then(|value| value.to_str().ok()).map(str::to_owned);
    let said = detail(&start(answer, REASON_TIME).await).or(header).unwrap_or_default();
    let said: String = said.chars().map(|c| if c.is_control() { ' ' } else { c }).take(REASON_CHARS).collect();
    match said.trim() {
        "" => format!("{} {name}", status.as_u16()),
        said => format!("{} {name}: {}", status.as_u16(), crate::redact::text(said)),
    }
}

/// The first bytes of a body, as far as they come in time.
async fn start(answer: reqwest::Response, time: Duration) -> Vec<u8> {
    let mut body = Vec::new();
    let reading = async {
        let mut stream = answer.bytes_stream();
        while let Some(Ok(chunk)) = stream.next().await {
            body.extend_from_slice(&chunk);
            if body.len() >= REASON_BYTES {
                break;
            }
        }
    };
    // What came until then is what there is to say.
    let _ = tokio::time::timeout(time, reading).await;
    body
}

/// `detail` and `causes` of Relay's error body; the text itself where it is a short one.
fn detail(body: &[u8]) -> Option<String> {
    let Ok(value) = serde_json::from_slice::<Value>(body) else {
        let text = String::from_utf8_lossy(body).trim().to_owned();
        return (!text.is_empty() && !text.starts_with('<')).then_some(text);
    };
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let detail = ["detail", "error", "message"].iter().find_map(|name| text(value.get(name)?));
    let causes = value.get("causes").and_then(Value::as_array);
    let causes = causes.into_iter().flatten().filter_map(text);
    let all: Vec<String> = detail.into_iter().chain(causes.take(4)).collect();
    (!all.is_empty()).then(|| all.join(": "))
}

/// What kept a request from being answered. The address stays out of it: it is known, and long.
fn plainly(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "it does not answer in time".to_owned();
    }
    let mut innermost: &dyn std::error::Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    let what = if error.is_connect() { "it cannot be reached" } else { "the connection was cut" };
    format!("{what} ({})", innermost.to_string().chars().take(REASON_CHARS).collect::<String>())
}
