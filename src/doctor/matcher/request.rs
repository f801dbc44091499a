//! The request that a matcher is asked about.

use std::collections::BTreeMap;

/// A request, as far as a matcher looks at it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Request {
    /// Path without query, as it is in the request line.
    pub path: String,
    /// Parameters of the query, decoded.
    pub query: BTreeMap<String, Vec<String>>,
    /// Headers by lower-case name.
    headers: BTreeMap<String, String>,
}

impl Request {
    /// Reads a path with or without query, or a whole URL, whose host becomes the header.
    pub fn new(target: &str, headers: &BTreeMap<String, String>) -> Self {
        let mut own: BTreeMap<String, String> =
            headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.clone())).collect();
        let mut target = target.trim();
        if let Some((_, rest)) = target.split_once("://").filter(|(scheme, _)| matches!(*scheme, "http" | "https")) {
            let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
            let (host, path) = rest.split_at_checked(end).unwrap_or((rest, ""));
            own.entry("host".to_owned()).or_insert_with(|| host.to_owned());
            target = path;
        }
        let target = target.split('#').next().unwrap_or_default();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        let mut parameters: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            parameters.entry(name.into_owned()).or_default().push(value.into_owned());
        }
        Self { path, query: parameters, headers: own }
    }

    /// The same request of another path.
    #[must_use]
    pub fn at(&self, path: &str) -> Self {
        Self { path: path.to_owned(), ..self.clone() }
    }

    /// A header, by its name in lower case.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(&name.to_lowercase()).map(String::as_str)
    }

    /// The host without its port, in lower case.
    pub(super) fn host(&self) -> Option<String> {
        self.header("host").map(|host| host.split(':').next().unwrap_or_default().to_lowercase())
    }

    /// A cookie: of several with the name, the first.
    pub(super) fn cookie(&self, name: &str) -> Option<String> {
        let pairs = self.header("cookie")?.split(';').filter_map(|pair| pair.split_once('='));
        let (_, value) = pairs.map(|(key, value)| (key.trim(), value.trim())).find(|(key, _)| *key == name)?;
        let value = value.strip_prefix('"').map_or(value, |rest| rest.strip_suffix('"').unwrap_or(rest));
        Some(decoded(value).unwrap_or_else(|| value.to_owned()))
    }
}

/// `decodeURIComponent`; none where it throws.
pub(super) fn decoded(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes.iter();
    while let Some(&byte) = rest.next() {
        if byte != b'%' {
            out.push(byte);
            continue;
        }
        let mut digit = || char::from(*rest.next()?).to_digit(16);
        out.push(u8::try_from(digit()? * 16 + digit()?).ok()?);
    }
    String::from_utf8(out).ok()
}
