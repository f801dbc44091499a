//! The one way of a request: place in the gate, time limits, cancellation, retries, size cap.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use reqwest::{
    Method, StatusCode,
    header::{HeaderMap, HeaderName},
};
use serde_json::Value;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::redact;

use super::{
    Connection,
    failure::{Failure, Kind, asked},
    request::Request,
};

/// Bytes of a JSON answer that are read; a replay's page of segments is the largest.
pub(super) const JSON_LIMIT: usize = 64 * 1024 * 1024;
/// Bytes of an error's body that are read.
const ERROR_LIMIT: usize = 16 * 1024;
/// Times that one request is sent.
const ATTEMPTS: u32 = 4;
/// What to do about a change whose answer was lost.
const MAYBE_DONE: &str = "It may have been done: look before you repeat it.";
/// The first pause before another attempt; it doubles.
const PAUSE: Duration = Duration::from_millis(400);

/// What came back.
#[derive(Debug, Clone)]
pub struct Body {
    /// The bytes, at most as many as were asked for.
    pub bytes: Bytes,
    /// There was more than was asked for.
    pub cut: bool,
    /// `Content-Type`, without parameters.
    pub mime: String,
    /// Cursor of the next page.
    pub next: Option<String>,
    /// `X-Hits`.
    pub hits: Option<u64>,
    /// Status.
    pub status: u16,
}

impl Body {
    /// The JSON; nothing at all is `null`.
    pub fn json(&self) -> Result<Value, Failure> {
        if self.bytes.iter().all(u8::is_ascii_whitespace) {
            return Ok(Value::Null);
        }
        if self.cut {
            return Err(unreadable(
                "The answer is larger than fixloop reads.",
                "Ask for less: a smaller limit or period.",
            ));
        }
        serde_json::from_slice(&self.bytes).map_err(|error| {
            let page = if self.bytes.starts_with(b"<") { " but an HTML page" } else { "" };
            unreadable(
                format!("The answer is not JSON{page}."),
                "Check that SENTRY_URL is the address of a Sentry server, and not of a login page or a proxy.",
            )
            .caused_by(error)
        })
    }
}

fn unreadable(what: impl Into<String>, hint: &str) -> Failure {
    Failure::new(Kind::Unreadable, what, hint)
}

/// How one attempt ended.
enum Attempt {
    Done(Body),
    /// Worth another attempt after this long (none: our own pause), where the request may be sent twice.
    Again(Failure, Option<Duration>),
    Over(Failure),
}

/// Sends a request to a host that may have the token, again where that is safe and useful, until the answer, an error or
/// the limit of the connection's time (twice that of one attempt).
pub(super) async fn send(
    connection: &Connection,
    base: &Url,
    organization: &str,
    request: &Request,
    cancel: &CancellationToken,
    limit: usize,
) -> Result<Body, Failure> {
    let deadline = Instant::now() + connection.timeout() * 2;
    let gate = connection.gates().of(request.method.as_str(), request.endpoint);
    let work = async {
        let _place = gate.enter().await;
        let mut pause = PAUSE;
        let mut attempt = 1;
        loop {
            hold(gate.wait(), deadline, request).await?;
            let (failure, wanted) = match once(connection, base, organization, request, limit).await {
                Attempt::Done(body) => return Ok(body),
                Attempt::Over(failure) => return Err(failure),
                Attempt::Again(failure, wanted) => (failure, wanted),
            };
            let next = wanted.unwrap_or_else(|| jittered(pause));
            if failure.kind == Kind::Limited {
                gate.close(next);
            }
            if attempt == ATTEMPTS || Instant::now() + next >= deadline {
                let after = match failure.kind {
                    Kind::Limited => format!("It asks to wait {} s.", next.as_secs_f64().ceil()),
                    _ if attempt > 1 => format!("Tried {attempt} times."),
                    _ => String::new(),
                };
                return Err(if after.is_empty() { failure } else { failure.hint(after) });
            }
            sleep(next).await;
            pause *= 2;
            attempt += 1;
        }
    };
    tokio::select! {
        outcome = work => outcome,
        () = cancel.cancelled() => Err(Failure::cancelled()),
        () = tokio::time::sleep_until(deadline) => Err(too_slow(connection, request)),
    }
}

/// Waits until the gate opens, where that is soon enough.
async fn hold(wait: Duration, deadline: Instant, request: &Request) -> Result<(), Failure> {
    if Instant::now() + wait >= deadline && !wait.is_zero() {
        let seconds = wait.as_secs_f64().ceil();
        return Err(Failure::new(
            Kind::Limited,
            format!("The server limits how often {} may be asked.", asked(request)),
            format!("Ask again in {seconds} s."),
        ));
    }
    sleep(wait).await;
    Ok(())
}

async fn once(connection: &Connection, base: &Url, organization: &str, request: &Request, limit: usize) -> Attempt {
    let url = match address(base, organization, request) {
        Ok(url) => url,
        Err(failure) => return Attempt::Over(failure),
    };
    let client = match connection.client() {
        Ok(client) => client,
        Err(failure) => return Attempt::Over(failure),
    };
    let mut builder = client.request(request.method.clone(), url).bearer_auth(connection.token().expose());
    if let Some(body) = &request.body {
        builder = builder.json(body);
    }
    let answer = match builder.send().await {
        Ok(answer) => answer,
        Err(error) => return network(connection, request, error),
    };
    let (status, headers) = (answer.status(), answer.headers().clone());
    let limit = if status.is_success() { limit } else { ERROR_LIMIT };
    let (bytes, cut) = match read(answer, limit).await {
        Ok(read) => read,
        Err(error) => return network(connection, request, error),
    };
    let bytes = without(bytes, connection.token().expose().as_bytes());
    if status.is_success() {
        let mime = header(&headers, "content-type").split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let next = next_cursor(&header(&headers, "link"));
        let hits = header(&headers, "x-hits").parse().ok();
        return Attempt::Done(Body { bytes, cut, mime, next, hits, status: status.as_u16() });
    }
    let failure = Failure::of_status(status.as_u16(), &bytes, connection.host(), request, connection.found());
    match status {
        StatusCode::TOO_MANY_REQUESTS => Attempt::Again(failure, asked_wait(&headers)),
        StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT
            if request.method == Method::GET =>
        {
            Attempt::Again(failure, asked_wait(&headers))
        }
        _ => Attempt::Over(failure),
    }
}

/// The whole address. The path is ours, so it cannot leave the host.
fn address(base: &Url, organization: &str, request: &Request) -> Result<Url, Failure> {
    let path = request.path(organization);
    let whole = format!("{}/api/0{path}", base.as_str().trim_end_matches('/'));
    let mut url = Url::parse(&whole)
        .map_err(|error| Failure::new(Kind::Refused, "The request has no valid address.", "").caused_by(error))?;
    if !request.query.is_empty() {
        url.query_pairs_mut().extend_pairs(&request.query);
    }
    Ok(url)
}

/// At most `limit` bytes of an answer, and whether there were more.
async fn read(answer: reqwest::Response, limit: usize) -> Result<(Bytes, bool), reqwest::Error> {
    let mut bytes = BytesMut::new();
    let mut stream = answer.bytes_stream();
    while let Some(chunk) = stream.next().await {
        let chunk = chunk?;
        let room = limit - bytes.len();
        if chunk.len() > room {
            bytes.extend_from_slice(chunk.get(..room).unwrap_or_default());
            return Ok((bytes.freeze(), true));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok((bytes.freeze(), false))
}

/// The bytes without the token: an answer that repeats it must not bring it into a reply or a file.
fn without(bytes: Bytes, token: &[u8]) -> Bytes {
    if token.is_empty() || memchr::memmem::find(&bytes, token).is_none() {
        return bytes;
    }
    let (mut out, mut from) = (BytesMut::with_capacity(bytes.len()), 0);
    for at in memchr::memmem::find_iter(&bytes, token) {
        out.extend_from_slice(bytes.get(from..at).unwrap_or_default());
        out.extend_from_slice(redact::REDACTED.as_bytes());
        from = at + token.len();
    }
    out.extend_from_slice(bytes.get(from..).unwrap_or_default());
    out.freeze()
}

/// No answer, or half of one.
fn network(connection: &Connection, request: &Request, error: reqwest::Error) -> Attempt {
    // A time limit while connecting is both.
    if error.is_timeout() && !error.is_connect() {
        return Attempt::Over(too_slow(connection, request));
    }
    let host = connection.host();
    let (what, hint) = if error.is_connect() {
        (
            format!("{host} cannot be reached."),
            "Check SENTRY_URL, the network, VPN and proxy, and the server's certificate.",
        )
    } else {
        let hint = if request.method == Method::GET { "Try again." } else { MAYBE_DONE };
        (format!("{host} broke off its answer to {}.", asked(request)), hint)
    };
    let failure = Failure::new(Kind::Network, what, hint).caused_by(error.without_url());
    if request.method == Method::GET { Attempt::Again(failure, None) } else { Attempt::Over(failure) }
}

fn too_slow(connection: &Connection, request: &Request) -> Failure {
    let seconds = connection.timeout().as_secs();
    let hint = if request.method == Method::GET {
        "Ask for less (a shorter period, a smaller limit), or give more time with --sentry-timeout SECONDS."
    } else {
        MAYBE_DONE
    };
    let what = format!("{} did not answer {} within {seconds} s.", connection.host(), asked(request));
    Failure::new(Kind::Network, what, hint)
}

/// How long the server wants us to wait: `Retry-After` (seconds), else `X-Sentry-Rate-Limit-Reset` (epoch seconds).
fn asked_wait(headers: &HeaderMap) -> Option<Duration> {
    let seconds =
        |name: &'static str| header(headers, name).trim().parse::<f64>().ok().filter(|s| s.is_finite() && *s >= 0.0);
    let retry = seconds("retry-after");
    let reset = || {
        // By the server's own clock where it says it; ours may be off by minutes.
        let date = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(header(headers, "date").trim()).ok();
        let now = date.unwrap_or_else(jiff::Timestamp::now).as_duration().as_secs_f64();
        Some((seconds("x-sentry-rate-limit-reset")? - now).max(0.0) + 0.05)
    };
    retry.or_else(reset).map(|seconds| Duration::from_secs_f64(seconds.min(86_400.0)))
}

fn header(headers: &HeaderMap, name: &'static str) -> String {
    headers.get(HeaderName::from_static(name)).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}

/// The cursor of the next page in a `Link` header: both relations are always there, and `results` says whether there is one.
fn next_cursor(link: &str) -> Option<String> {
    link.split('<').find_map(|part| {
        let attribute = |name: &str| {
            let (_, rest) = part.split_once(&format!("{name}=\""))?;
            rest.split_once('"').map(|(value, _)| value.to_owned())
        };
        let is_next = attribute("rel")? == "next" && attribute("results")? == "true";
        attribute("cursor").filter(|cursor| is_next && !cursor.is_empty())
    })
}

/// Between half and the whole of a pause, so that clients do not come back all at once.
fn jittered(pause: Duration) -> Duration {
    let mut byte = [0u8; 1];
    let [byte] = match getrandom::fill(&mut byte) {
        Ok(()) => byte,
        Err(_) => [128],
    };
    let share = f64::from(byte) / 255.0;
    pause.mul_f64(0.5 + share / 2.0)
}
