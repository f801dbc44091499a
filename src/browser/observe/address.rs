//! Addresses as they may be shown: without credentials, with values that look secret left out.

use url::Url;

/// Parts of parameter names whose values are secrets.
const SECRET: &[&str] = &[
    "token",
    "secret",
    "password",
    "passwd",
    "pwd",
    "auth",
    "apikey",
    "api_key",
    "key",
    "sig",
    "session",
    "sid",
    "jwt",
    "code",
    "state",
    "otp",
    "pin",
    "ticket",
    "nonce",
    "assertion",
    "signature",
    "credential",
];
/// The longest address that is kept.
const MAX: usize = 2_000;

/// An address without user, password and secret values of its query and fragment. Every address that is shown or kept goes
/// through here.
pub fn shown(address: &str) -> String {
    let cut = |text: &str| text.chars().take(MAX).collect::<String>();
    let Ok(mut url) = Url::parse(address) else { return cut(address) };
    if url.scheme() == "data" {
        return cut(address).chars().take(80).collect();
    }
    let _ = url.set_username("");
    let _ = url.set_password(None);
    let has_secret = url.query_pairs().any(|(name, _)| is_secret(&name));
    if has_secret {
        let pairs: Vec<(String, String)> = url
            .query_pairs()
            .map(|(name, value)| {
                let value = if is_secret(&name) { "***".to_owned() } else { value.into_owned() };
                (name.into_owned(), value)
            })
            .collect();
        url.query_pairs_mut().clear().extend_pairs(pairs);
    }
    // A login may hand its token over behind the `#`, written like a query; routers put whole addresses there.
    if let Some(fragment) = url.fragment().map(fragment) {
        url.set_fragment(Some(&fragment));
    }
    cut(url.as_str())
}

fn fragment(fragment: &str) -> String {
    let (path, pairs) = fragment.split_once('?').map_or((None, fragment), |(path, pairs)| (Some(path), pairs));
    let pairs = pairs.split('&').map(|pair| match pair.split_once('=') {
        Some((name, value)) if !value.is_empty() && is_secret(name.trim_start_matches('/')) => format!("{name}=***"),
        _ => pair.to_owned(),
    });
    let pairs = pairs.collect::<Vec<_>>().join("&");
    path.map_or_else(|| pairs.clone(), |path| format!("{path}?{pairs}"))
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

fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SECRET.iter().any(|part| name == *part || name.split(['_', '-', '.']).any(|word| word == *part))
        || ["token", "secret", "password", "apikey"].iter().any(|part| name.contains(part))
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
            ("http://h/cb?code=abc&state=xyz&page=2", "http://h/cb?code=***&state=***&page=2"),
            ("http://h/#access_token=abc&token_type=bearer&x=1", "http://h/#access_token=***&token_type=***&x=1"),
            ("http://h/#/login?id_token=abc&tab=2", "http://h/#/login?id_token=***&tab=2"),
            ("http://h/#section-2", "http://h/#section-2"),
            ("http://h/?q=the+code", "http://h/?q=the+code"),
            ("about:blank", "about:blank"),
            ("no address", "no address"),
        ] {
            assert_eq!(shown(address), expected);
        }
    }
}
