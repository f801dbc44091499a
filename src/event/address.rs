//! An address of Sentry's web interface, as agents paste it: of which host and organization it is, and its path (pure).

use url::Url;

/// The address, taken apart.
#[derive(Debug)]
pub(super) struct Address {
    /// Host, with the port where it is not the usual one.
    pub host: String,
    name: String,
    url: Url,
}

impl Address {
    /// Reads an http or https address.
    pub fn parse(text: &str) -> Option<Self> {
        let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
        let name = url.host_str()?.to_owned();
        let host = url.port().map_or_else(|| name.clone(), |port| format!("{name}:{port}"));
        Some(Self { host, name, url })
    }

    /// The segments of its path.
    pub fn parts(&self) -> Vec<&str> {
        self.url.path_segments().map(|parts| parts.filter(|part| !part.is_empty()).collect()).unwrap_or_default()
    }

    /// The segment after the one with this name.
    pub fn after(&self, name: &str) -> Option<&str> {
        let parts = self.parts();
        parts.get(parts.iter().position(|part| *part == name)? + 1).copied()
    }

    /// The organization that the path or the subdomain names, whatever it looks like.
    pub fn named_organization(&self) -> Option<&str> {
        let subdomain = || self.name.strip_suffix(".sentry.io").filter(|name| !matches!(*name, "us" | "de" | "www"));
        self.after("organizations").or_else(subdomain)
    }

    /// The organization's slug.
    pub fn organization(&self) -> Option<String> {
        self.named_organization().filter(is_word).map(str::to_owned)
    }

    /// The value of a query parameter.
    pub fn query(&self, name: &str) -> Option<String> {
        self.url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }

    /// All query parameters, in order.
    pub fn queries(&self) -> impl Iterator<Item = (String, String)> + '_ {
        self.url.query_pairs().map(|(key, value)| (key.into_owned(), value.into_owned()))
    }
}

/// Whether a segment is a slug or an id, and no more.
pub(super) fn is_word(text: &&str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
}
