//! What of a request goes along with its envelope when that is passed on.

use axum::http::HeaderMap;

use crate::sink::auth::Refusal;

/// Through which sinks an envelope has come already: ids of their stores. Sent to loopback addresses only, where another
/// sink may be.
pub const PASSED: &str = "x-fixloop-passed";
/// More sinks in a row than make sense.
const MOST_PASSED: usize = 8;
/// Headers by which Sentry tells browsers apart and heeds a project's allowed domains. Cookies, credentials and the
/// rest of the request stay here.
const KEPT: [&str; 7] = [
    "user-agent",
    "origin",
    "sec-ch-ua",
    "sec-ch-ua-mobile",
    "sec-ch-ua-model",
    "sec-ch-ua-platform",
    "sec-ch-ua-platform-version",
];
/// Where a proxy in front of the sink says who the client is, the best first; Relay's order.
const CLIENT_IP: [&str; 4] =
    ["cf-connecting-ip", "x-vercel-forwarded-for", "x-sentry-forwarded-for", "x-forwarded-for"];
/// Longer values are no honest ones.
const VALUE_CHARS: usize = 500;

/// The headers that go along with an envelope.
#[derive(Debug, Clone, Default)]
pub struct Sender(Vec<(String, String)>);

impl Sender {
    /// Reads them off a request. One that has been here already is refused: it would go round forever.
    pub fn of(headers: &HeaderMap, sink: &str) -> Result<Self, Refusal> {
        let text = |name: &str| {
            let value = headers.get(name)?.to_str().ok()?.trim();
            (!value.is_empty() && value.len() <= VALUE_CHARS).then(|| value.to_owned())
        };
        let mut kept: Vec<(String, String)> =
            KEPT.iter().filter_map(|name| Some(((*name).to_owned(), text(name)?))).collect();
        if let Some(ip) = CLIENT_IP.iter().find_map(|name| client(&text(name)?)) {
            kept.push(("x-sentry-forwarded-for".to_owned(), ip));
        }
        let passed = text(PASSED).unwrap_or_default();
        let sinks: Vec<&str> = passed.split(',').map(str::trim).filter(|id| !id.is_empty()).collect();
        if sinks.contains(&sink) {
            return Err(Refusal::new(400, "forwarding loop").because(
                "this sink has passed the envelope on already, and it has come back: the DSN to forward to leads here",
            ));
        }
        if sinks.len() >= MOST_PASSED {
            return Err(Refusal::new(400, "forwarding loop").because("it has come through too many sinks"));
        }
        kept.push((PASSED.to_owned(), [&sinks[..], &[sink]].concat().join(",")));
        Ok(Self(kept))
    }

    /// As the queue keeps them.
    pub fn to_json(&self) -> String {
        serde_json::to_string(&self.0).unwrap_or_default()
    }

    /// The headers to send to a server, from what the queue kept.
    pub fn headers(json: &str, loopback: bool) -> Vec<(String, String)> {
        let all: Vec<(String, String)> = serde_json::from_str(json).unwrap_or_default();
        all.into_iter().filter(|(name, _)| loopback || name != PASSED).collect()
    }
}

/// The leftmost address, if it is one of the internet: that of this machine or of its network says nothing to Sentry, who
/// knows from where we send.
fn client(text: &str) -> Option<String> {
    let first = text.split(',').next()?.trim();
    let ip: std::net::IpAddr = first.trim_start_matches('[').trim_end_matches(']').parse().ok()?;
    let local = match ip {
        std::net::IpAddr::V4(ip) => ip.is_loopback() || ip.is_private() || ip.is_link_local() || ip.is_unspecified(),
        std::net::IpAddr::V6(ip) => {
            ip.is_loopback() || ip.is_unspecified() || ip.is_unique_local() || ip.is_unicast_link_local()
        }
    };
    (!local).then(|| ip.to_string())
}
