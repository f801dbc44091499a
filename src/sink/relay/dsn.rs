//! A DSN to which envelopes are passed on. Pure.

use std::fmt;

use url::{Host, Url};

/// A DSN without its secret part. Equal DSNs mean the same project of the same server.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Dsn {
    /// `https://host:port/prefix`, without a slash at the end.
    base: String,
    key: String,
    project: String,
    host: String,
    port: u16,
    loopback: bool,
}

/// Longer keys than any server gives out.
const KEY_CHARS: usize = 64;
/// Characters of a key that are shown.
const KEY_SHOWN: usize = 4;

impl Dsn {
    /// Reads a DSN. The error says what is wrong, and shows nothing of the DSN but its host.
    pub fn parse(text: &str) -> Result<Self, String> {
        let url = Url::parse(text.trim()).map_err(|error| format!("it is no address ({error})"))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err("it begins with neither https:// nor http://".into());
        }
        let (Some(host), Some(port)) = (url.host(), url.port_or_known_default()) else {
            return Err("it names no host".into());
        };
        let key = url.username();
        if key.is_empty() {
            return Err(format!("the one for {host} has no public key before the @"));
        }
        if key.len() > KEY_CHARS || !key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
            return Err(format!("the public key of the one for {host} is no key"));
        }
        let (prefix, project) = url.path().trim_end_matches('/').rsplit_once('/').unwrap_or_default();
        if project.parse::<u64>().is_err() {
            return Err(format!("the one for {host} does not end with the number of a project"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(format!("the one for {host} has something behind the project"));
        }
        let loopback = match &host {
            Host::Domain(name) => *name == "localhost" || name.ends_with(".localhost"),
            Host::Ipv4(ip) => ip.is_loopback(),
            Host::Ipv6(ip) => ip.is_loopback(),
        };
        let host = host.to_string();
        let base = match url.port() {
            Some(port) => format!("{}://{host}:{port}{prefix}", url.scheme()),
            None => format!("{}://{host}{prefix}", url.scheme()),
        };
        Ok(Self { base, key: key.to_owned(), project: project.to_owned(), host, port, loopback })
    }

    /// The public DSN, as envelope headers and the store have it. Not for showing.
    pub fn public(&self) -> String {
        let (scheme, rest) = self.base.split_once("://").unwrap_or(("https", &self.base));
        format!("{scheme}://{}@{rest}/{}", self.key, self.project)
    }

    /// Where envelopes are posted.
    pub fn envelope_url(&self) -> String {
        format!("{}/api/{}/envelope/", self.base, self.project)
    }

    /// The public key.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The number of the project.
    pub fn project(&self) -> &str {
        &self.project
    }

    /// The host, without port.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Whether it is on this machine, by name.
    pub fn is_loopback(&self) -> bool {
        self.loopback
    }

    /// Whether it is the sink that listens on this port.
    pub fn is_sink(&self, port: u16) -> bool {
        self.loopback && self.port == port
    }

    /// Whether what is sent can be read on the way.
    pub fn is_open(&self) -> bool {
        !self.loopback && self.base.starts_with("http:")
    }
}

/// With its key masked.
impl fmt::Display for Dsn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, rest) = self.base.split_once("://").unwrap_or(("https", &self.base));
        let shown: String = self.key.chars().take(KEY_SHOWN).collect();
        write!(f, "{scheme}://{shown}…@{rest}/{}", self.project)
    }
}

impl fmt::Debug for Dsn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Dsn({self})")
    }
}
