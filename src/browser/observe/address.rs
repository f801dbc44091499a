//! Addresses as they may be shown: without credentials, with values that look secret left out.

use url::Url;

use crate::redact;

/// The longest address that is kept.
const MAX: usize = 2_000;

/// An address without user, password and secret values of its query and fragment. Every address of a page that is shown or
/// kept goes through here.
pub fn shown(address: &str) -> String {
    let cut = |text: &str| text.chars().take(MAX).collect::<String>();
    let Ok(mut url) = Url::parse(address) else { return cut(&redact::url(address)) };
    if url.scheme() == "data" {
        return cut(address).chars().take(80).collect();
    }
    let _ = url.set_username("");
    let _ = url.set_password(None);
    cut(&redact::url(url.as_str()))
}

/// An address without its query: for Sentry endpoints, whose query holds the key.
pub fn without_query(address: &str) -> String {
    let Ok(mut url) = Url::parse(address) else { return address.chars().take(MAX).collect() };
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.set_query(None);
    url.set_fragment(None);
    url.into()
}

/// Whether an address is a Sentry ingest endpoint: `/api/42/envelope/`, `/api/42/store/`.
pub fn is_sentry(address: &str) -> bool {
    let Ok(url) = Url::parse(address) else { return false };
    let mut parts = url.path().trim_end_matches('/').rsplit('/');
    let is_endpoint = matches!(parts.next(), Some("envelope" | "store"));
    let is_project = parts.next().is_some_and(|id| !id.is_empty() && id.chars().all(|c| c.is_ascii_digit()));
    is_endpoint && is_project && parts.next() == Some("api")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_of_addresses_are_left_out() {
        for (address, expected) in [
            ("http://me:pw@h/a?x=1", "http://h/a?x=1"),
            ("http://h/cb?code=abc&state=xyz&page=2", "http://h/cb?code=[redacted]&state=[redacted]&page=2"),
            ("http://h/#access_token=abc&x=1", "http://h/#access_token=[redacted]&x=1"),
            ("http://h/#/login?id_token=abc&tab=2", "http://h/#/login?id_token=[redacted]&tab=2"),
            ("http://h/#section-2", "http://h/#section-2"),
            ("http://h/?q=the+code", "http://h/?q=the+code"),
            ("about:blank", "about:blank"),
            ("no address", "no address"),
        ] {
            assert_eq!(shown(address), expected);
        }
    }
}
