//! Addresses of pages as people and agents write them.

use url::Url;

use crate::error::{Result, ToolError};

/// Reads the address of a page: `http://localhost:3000/`, `localhost:3000`, `example.com`. Only http and https are opened.
/// `given` is the address as the error may show it: without secrets, quoted.
pub fn page_address(address: &str, given: &str) -> Result<Url> {
    let schemed = address.contains("://") || ["about:", "data:"].iter().any(|scheme| address.starts_with(scheme));
    let guessed = if schemed || has_scheme(address) {
        Url::parse(address)
    } else if is_local(address) {
        Url::parse(&format!("http://{address}"))
    } else {
        Url::parse(&format!("https://{address}"))
    };
    let url = guessed.map_err(|error| {
        ToolError::new(format!("{given} is no URL: {error}."), "Give a whole URL: http://localhost:3000/.")
    })?;
    match url.scheme() {
        "http" | "https" => Ok(url),
        scheme => Err(ToolError::new(
            format!("fixloop does not open {scheme}: addresses ({given})."),
            "Only http:, https: and about:blank are opened: other schemes reach files, browser settings or run code. \
             Serve the page over HTTP.",
        )),
    }
}

/// `mailto:x` has a scheme; `localhost:3000` and `example.com:80` do not.
fn has_scheme(address: &str) -> bool {
    address.split_once(':').is_some_and(|(scheme, rest)| {
        !scheme.is_empty()
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-".contains(c))
            && !rest.starts_with(|c: char| c.is_ascii_digit())
    })
}

fn is_local(address: &str) -> bool {
    let host = address.split(['/', ':', '?']).next().unwrap_or_default();
    host == "localhost"
        || host.ends_with(".localhost")
        || host.parse::<std::net::Ipv4Addr>().is_ok()
        || address.starts_with("[::1]")
}
