//! Addresses without their secrets: in the user part, the query, the fragment and the parameters of a path.

use std::borrow::Cow;

use url::form_urlencoded;

use super::{
    REDACTED,
    names::{is_login, is_secret_pair},
};

/// Addresses within a query that are looked into.
const NESTED: usize = 2;

/// An address with its password and the secret values of its query and fragment left out. What is no secret stays as it
/// was written, also where the text is no address at all.
pub fn url(address: &str) -> String {
    cleaned(address, NESTED)
}

/// A query string or form with its secret values left out; what is not changed stays as it was written.
pub fn query(query: &str) -> String {
    pairs(query, NESTED)
}

fn cleaned(address: &str, nested: usize) -> String {
    let (before, fragment) = split(address, '#');
    let (path, query) = split(before, '?');
    let path = without_password(path);
    let mut out = if path.contains(';') { parameters(&path) } else { path.into_owned() };
    if let Some(query) = query {
        out.push('?');
        out.push_str(&pairs(query, nested));
    }
    if let Some(fragment) = fragment {
        out.push('#');
        // A router in the fragment has a query of its own; a login writes the fragment like a query. A second `#` can
        // only come from a broken link, and is treated in the same way.
        let parts = fragment.split('#').map(|part| match part.split_once('?') {
            Some((route, query)) => format!("{route}?{}", pairs(query, nested)),
            None => pairs_of(part, true, nested),
        });
        out.push_str(&parts.collect::<Vec<_>>().join("#"));
    }
    out
}

fn split(text: &str, mark: char) -> (&str, Option<&str>) {
    text.split_once(mark).map_or((text, None), |(before, after)| (before, Some(after)))
}

fn pairs(query: &str, nested: usize) -> String {
    pairs_of(query, is_login(query.split('&').map(|pair| split(pair, '=').0)), nested)
}

fn pairs_of(query: &str, login: bool, nested: usize) -> String {
    let said = query.split('&').map(|pair| match pair.split_once('=') {
        Some((key, value)) if !value.is_empty() && hides(key, value, login, nested) => format!("{key}={REDACTED}"),
        _ => pair.to_owned(),
    });
    said.collect::<Vec<_>>().join("&")
}

fn hides(key: &str, value: &str, login: bool, nested: usize) -> bool {
    if is_secret_pair(&decoded(key), value, login) {
        return true;
    }
    // An address within the address: `next=http%3A%2F%2Fhost%2F%3Ftoken%3Dabc`.
    if nested == 0 || !value.contains('%') {
        return false;
    }
    let inner = decoded(value);
    inner.contains('=') && cleaned(&inner, nested - 1) != inner
}

/// `;jsessionid=…` of a path.
fn parameters(path: &str) -> String {
    let said = path.split('/').map(|segment| {
        let parts = segment.split(';').enumerate().map(|(at, part)| match part.split_once('=') {
            Some((key, value)) if at > 0 && !value.is_empty() && is_secret_pair(key, value, false) => {
                format!("{key}={REDACTED}")
            }
            _ => part.to_owned(),
        });
        parts.collect::<Vec<_>>().join(";")
    });
    said.collect::<Vec<_>>().join("/")
}

/// Percent-decoded, as a form decodes.
fn decoded(text: &str) -> String {
    if !text.contains(['%', '+']) {
        return text.to_owned();
    }
    // Only the first `&` and `=` that are written out end a pair; encoded ones are part of it.
    form_urlencoded::parse(text.replace('=', "%3D").as_bytes())
        .next()
        .map(|(key, _)| key.into_owned())
        .unwrap_or_default()
}

fn without_password(address: &str) -> Cow<'_, str> {
    let Some((scheme, rest)) = address.split_once("://") else { return Cow::Borrowed(address) };
    let (authority, path) = match rest.split_once('/') {
        Some((authority, path)) => (authority, format!("/{path}")),
        None => (rest, String::new()),
    };
    match authority.rsplit_once('@') {
        Some((user, host)) if user.contains(':') => {
            let name = split(user, ':').0;
            Cow::Owned(format!("{scheme}://{name}:{REDACTED}@{host}{path}"))
        }
        _ => Cow::Borrowed(address),
    }
}
