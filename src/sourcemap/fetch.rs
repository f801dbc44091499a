//! GETs scripts and maps, behind the address guard, and asks again only for what has changed.

use std::{sync::OnceLock, time::Duration};

use reqwest::{
    Client, Response, StatusCode,
    header::{CONTENT_TYPE, ETAG, HeaderMap, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED},
};
use url::Url;

use crate::http::{self, Trusted};

/// One request, body included.
const TIMEOUT: Duration = Duration::from_secs(5);
/// No script or map that a developer serves is larger.
const MAX_BODY: usize = 32 * 1024 * 1024;

/// Fetches over http(s).
#[derive(Debug, Default)]
pub(super) struct Fetcher {
    trusted: Trusted,
    /// For every host.
    anywhere: OnceLock<Option<Client>>,
    /// For loopback hosts, whose certificates developers sign themselves.
    loopback: OnceLock<Option<Client>>,
}

/// What a server said of a body's version.
#[derive(Debug, Clone, Default)]
pub(super) struct Validators {
    etag: Option<String>,
    modified: Option<String>,
}

/// A body, with what belongs to it.
#[derive(Debug)]
pub(super) struct Body {
    pub(super) bytes: Vec<u8>,
    pub(super) validators: Validators,
    /// `SourceMap` or `X-SourceMap`.
    pub(super) source_map: Option<String>,
}

impl Fetcher {
    /// Hosts of pages that the browser opened.
    pub(super) fn trusted(&self) -> &Trusted {
        &self.trusted
    }

    /// GETs `url`; `None` = what `known` stands for is still right. The error says why there is nothing.
    pub(super) async fn get(&self, url: &Url, known: Option<&Validators>) -> Result<Option<Body>, String> {
        self.trusted.permits(url)?;
        let client = self.client(url).ok_or("no HTTP client can be made")?;
        let mut request = client.get(url.clone());
        if let Some(known) = known {
            for (name, value) in [(IF_NONE_MATCH, &known.etag), (IF_MODIFIED_SINCE, &known.modified)] {
                if let Some(value) = value {
                    request = request.header(name, value);
                }
            }
        }
        let response = request.send().await.map_err(|error| why(&error))?;
        match response.status() {
            StatusCode::NOT_MODIFIED if known.is_some() => return Ok(None),
            status if status.is_success() => {}
            status if status.is_redirection() => return Err(format!("HTTP {} to another host", status.as_u16())),
            status => return Err(format!("HTTP {}", status.as_u16())),
        }
        if header(response.headers(), CONTENT_TYPE.as_str()).is_some_and(|kind| kind.starts_with("image/")) {
            return Err("it is an image".to_owned());
        }
        read(response).await.map(Some)
    }

    fn client(&self, url: &Url) -> Option<&Client> {
        let own = http::is_loopback(url);
        let slot = if own { &self.loopback } else { &self.anywhere };
        slot.get_or_init(|| http::guarded_client(TIMEOUT, self.trusted.clone(), own).ok()).as_ref()
    }
}

async fn read(mut response: Response) -> Result<Body, String> {
    let headers = response.headers();
    let validators =
        Validators { etag: header(headers, ETAG.as_str()), modified: header(headers, LAST_MODIFIED.as_str()) };
    let source_map = header(headers, "sourcemap").or_else(|| header(headers, "x-sourcemap"));
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| why(&error))? {
        if bytes.len() + chunk.len() > MAX_BODY {
            return Err(format!("the body is larger than {} MiB", MAX_BODY / (1024 * 1024)));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(Body { bytes, validators, source_map })
}

fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

/// The innermost cause: reqwest's own words name the step only.
fn why(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return format!("no answer within {} s", TIMEOUT.as_secs());
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}
