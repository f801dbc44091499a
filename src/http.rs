//! The one HTTP client factory: timeouts, redirects, size caps, address guard.
#![expect(clippy::disallowed_methods, reason = "this is the owner of HTTP clients")]

mod guard;

use std::{sync::Arc, time::Duration};

pub use guard::{Trusted, is_loopback};

use crate::error::{Result, ToolError};

/// A client with fixloop's time limits: 5 s to connect, `total` in all; follows at most 3 redirects.
pub fn client(total: Duration) -> Result<reqwest::Client> {
    reqwest::Client::builder()
        .connect_timeout(Duration::from_secs(5))
        .timeout(total)
        .redirect(reqwest::redirect::Policy::limited(3))
        .user_agent(concat!("fixloop/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| ToolError::bare("Cannot make an HTTP client.").caused_by(error))
}

/// A client for addresses that a page or an event names. It never reaches link-local, metadata, multicast or reserved
/// addresses, reaches private ones only on hosts that are `trusted` (the browser itself opened a page of theirs), follows
/// at most 3 redirects and those only within the origin, and uses no proxy, which would dial for it.
///
/// Ask [`Trusted::permits`] before each request: names are checked when they are resolved, but literal addresses are not.
/// With `own_certificates`, made for loopback hosts, a certificate that nobody signed is good enough.
pub fn guarded_client(total: Duration, trusted: Trusted, own_certificates: bool) -> Result<reqwest::Client> {
    reqwest::Client::builder()
        .connect_timeout(Duration::from_secs(5).min(total))
        .timeout(total)
        .redirect(reqwest::redirect::Policy::custom(|attempt| {
            let same = attempt.previous().first().is_some_and(|first| first.origin() == attempt.url().origin());
            match same && attempt.previous().len() <= 3 {
                true => attempt.follow(),
                false => attempt.stop(),
            }
        }))
        .no_proxy()
        .dns_resolver(Arc::new(guard::GuardedDns(trusted)))
        .tls_danger_accept_invalid_certs(own_certificates)
        .user_agent(concat!("fixloop/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| ToolError::bare("Cannot make an HTTP client.").caused_by(error))
}

/// GETs `url` and returns the body, at most `cap` bytes; a longer body, or a non-2xx, is an error.
pub async fn get_limited(client: &reqwest::Client, url: &str, cap: usize) -> Result<Vec<u8>> {
    let failed = |why: String| ToolError::bare(format!("GET {url} failed: {why}"));
    let mut response = client.get(url).send().await.map_err(|error| failed(error.without_url().to_string()))?;
    if !response.status().is_success() {
        return Err(failed(format!("HTTP {}", response.status().as_u16())));
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| failed(error.without_url().to_string()))? {
        if body.len() + chunk.len() > cap {
            return Err(failed(format!("the body is larger than {cap} bytes")));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}
