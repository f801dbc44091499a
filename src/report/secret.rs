//! Secrets in events: values whose names say that they are secret are left out, before a reply is written.

use serde_json::Value;
use url::form_urlencoded;

/// What stands in for a secret.
pub const REDACTED: &str = "[redacted]";

/// Parts of names that say "secret"; compared without case, hyphens and underscores.
const SECRET_NAMES: [&str; 19] = [
    "authorization",
    "cookie",
    "password",
    "passwd",
    "secret",
    "token",
    "apikey",
    "csrf",
    "xsrf",
    "session",
    "credential",
    "privatekey",
    "accesskey",
    "signature",
    "cardnumber",
    "cvv",
    "cvc",
    "ssn",
    "jwt",
];

/// Names that hold such a part, and are none.
const PUBLIC_NAMES: [&str; 6] = ["sessionreplay", "sessionsamplerate", "tokencount", "tokens", "maxtokens", "tokenize"];

/// Whether a header, field or query key of this name holds a secret.
pub fn is_secret(name: &str) -> bool {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    let whole = matches!(plain.as_str(), "auth" | "pwd" | "pass" | "sid" | "sig" | "pin" | "code" | "otp" | "xapikey");
    whole || (SECRET_NAMES.iter().any(|secret| plain.contains(secret)) && !PUBLIC_NAMES.contains(&plain.as_str()))
}

/// `value`, or [`REDACTED`] where `name` says that it is secret.
pub fn shown<'a>(name: &str, value: &'a str) -> &'a str {
    if is_secret(name) { REDACTED } else { value }
}

/// An address with its password and the secret values of its query left out.
pub fn url(address: &str) -> String {
    let (head, tail) = match address.split_once('?') {
        Some((head, tail)) => (head, Some(tail)),
        None => (address, None),
    };
    let mut out = without_password(head);
    if let Some(tail) = tail {
        // What follows a `#` is written like a query where a login hands its token over.
        let parts: Vec<String> = tail.split('#').map(query).collect();
        out.push('?');
        out.push_str(&parts.join("#"));
    }
    out
}

/// A query string with its secret values left out; what is not changed stays as it was written.
pub fn query(query: &str) -> String {
    let pairs = query.split('&').map(|pair| match pair.split_once('=') {
        Some((key, value)) if !value.is_empty() && is_secret(&decoded(key)) => format!("{key}={REDACTED}"),
        _ => pair.to_owned(),
    });
    pairs.collect::<Vec<_>>().join("&")
}

fn decoded(key: &str) -> String {
    form_urlencoded::parse(key.as_bytes()).next().map(|(key, _)| key.into_owned()).unwrap_or_default()
}

fn without_password(address: &str) -> String {
    let Some((scheme, rest)) = address.split_once("://") else { return address.to_owned() };
    let (authority, path) = match rest.find('/') {
        Some(slash) => (rest.get(..slash).unwrap_or(rest), rest.get(slash..).unwrap_or_default()),
        None => (rest, ""),
    };
    match authority.rsplit_once('@') {
        Some((user, host)) if user.contains(':') => {
            let name = user.split(':').next().unwrap_or_default();
            format!("{scheme}://{name}:{REDACTED}@{host}{path}")
        }
        _ => address.to_owned(),
    }
}

/// JSON with the values of secret names left out, at any depth up to 6; what is deeper is left out too.
pub fn json(value: &Value) -> Value {
    redacted(value, 6)
}

fn redacted(value: &Value, depth: usize) -> Value {
    match value {
        Value::Object(_) | Value::Array(_) if depth == 0 => Value::String("…".to_owned()),
        Value::Object(map) => map
            .iter()
            .take(100)
            .map(|(key, value)| {
                let shown =
                    if is_secret(key) && !value.is_null() { REDACTED.into() } else { redacted(value, depth - 1) };
                (key.clone(), shown)
            })
            .collect(),
        Value::Array(list) => list.iter().take(100).map(|value| redacted(value, depth - 1)).collect(),
        Value::String(text) if text.contains("://") && text.contains(['?', '@']) => Value::String(url(text)),
        other => other.clone(),
    }
}
