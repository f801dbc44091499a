//! The one HTTP client factory: timeouts, redirects, size caps, address guard.
#![expect(clippy::disallowed_methods, reason = "this is the owner of HTTP clients")]

mod address;
mod guard;

use std::{sync::Arc, time::Duration};

pub use address::page_address;
pub use guard::{Trusted, is_loopback};

use crate::error::{Result, ToolError};

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

/// A client that looks at the user's own servers: the guard of [`guarded_client`], and no redirect is followed, so that who
/// asks sees each one and decides. It has no time limit of its own beyond the one for connecting.
pub fn probe_client(connect: Duration, trusted: Trusted, own_certificates: bool) -> Result<reqwest::Client> {
    reqwest::Client::builder()
        .connect_timeout(connect)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .dns_resolver(Arc::new(guard::GuardedDns(trusted)))
        .tls_danger_accept_invalid_certs(own_certificates)
        .user_agent(concat!("fixloop/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| ToolError::bare("Cannot make an HTTP client.").caused_by(error))
}

/// A client for the API of a server that the user named, which carries a token: it follows no redirect, since that would
/// take the token along. `total` bounds one request; proxies of the environment are used, as the user's other tools do,
/// but not for a server on this machine.
pub fn api_client(total: Duration, base: &url::Url) -> Result<reqwest::Client> {
    let builder = reqwest::Client::builder();
    let builder = if is_loopback(base) { builder.no_proxy() } else { builder };
    builder
        .connect_timeout(Duration::from_secs(10).min(total))
        .timeout(total)
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(concat!("fixloop/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| ToolError::bare("Cannot make an HTTP client.").caused_by(error))
}
