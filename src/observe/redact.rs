//! Addresses without their secrets: what reaches a reply or a run on disk.

use url::Url;

/// What stands in for a secret.
const GONE: &str = "[redacted]";
/// A name in a query that holds one of these names a secret.
const SECRET: [&str; 14] = [
    "token",
    "secret",
    "passw",
    "pwd",
    "apikey",
    "api_key",
    "api-key",
    "auth",
    "session",
    "signature",
    "sentry_key",
    "credential",
    "otp",
    "jwt",
];
/// Short names that are secrets as a whole.
const SECRET_WHOLE: [&str; 6] = ["key", "sig", "code", "sid", "pass", "state"];

/// Takes user names, passwords and secret values out of an address; what is no address stays as it is.
pub(super) fn redact(address: &mut String) {
    if !address.contains(['?', '#', '@']) {
        return;
    }
    let Ok(mut url) = Url::parse(address) else { return };
    if !url.has_host() {
        return;
    }
    if !url.username().is_empty() || url.password().is_some() {
        // Only fails for addresses that cannot have a user name.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        *address = url.to_string();
    }
    let (before, fragment) = address.split_once('#').map_or((address.as_str(), None), |(a, b)| (a, Some(clean(b))));
    let (base, query) = before.split_once('?').map_or((before, None), |(a, b)| (a, Some(clean(b))));
    let mut text = base.to_owned();
    for (mark, part) in [('?', query), ('#', fragment)] {
        if let Some(part) = part {
            text.push(mark);
            text.push_str(&part);
        }
    }
    *address = text;
}

fn clean(query: &str) -> String {
    let part = |part: &str| match part.split_once('=') {
        Some((name, value)) if !value.is_empty() && is_secret(name) => format!("{name}={GONE}"),
        _ => part.to_owned(),
    };
    query.split('&').map(part).collect::<Vec<_>>().join("&")
}

fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SECRET_WHOLE.contains(&name.as_str()) || SECRET.iter().any(|secret| name.contains(secret))
}
