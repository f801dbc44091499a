//! The one HTTP client factory: timeouts, redirects, size caps, address guard.
#![expect(clippy::disallowed_methods, reason = "this is the owner of HTTP clients")]

use std::time::Duration;

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
