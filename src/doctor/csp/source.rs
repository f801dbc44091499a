//! Source expressions: what each word of a directive means to Chromium, and what is wrong with those that mean nothing.

/// A source expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// `*`
    Star,
    /// `'self'`
    Own,
    /// `'none'`; without effect beside others.
    Nothing,
    /// `https:`, in lower case without the colon.
    Scheme(String),
    /// A host, with what may stand around it.
    Host(HostSource),
    /// `'strict-dynamic'`
    StrictDynamic,
    /// `'unsafe-inline'`
    UnsafeInline,
    /// Another keyword, in lower case with its quotes.
    Keyword(&'static str),
    /// `'nonce-…'`: the nonce.
    Nonce(String),
    /// `'sha256-…'`
    Hash,
    /// Nothing that a browser knows: it is left out.
    Invalid(Wrong),
}

/// A host expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostSource {
    /// `https`, in lower case.
    pub scheme: Option<String>,
    /// In lower case, without `*.`; empty = `*`, any host.
    pub host: String,
    /// `*.host`: what is below it, and not itself.
    pub below: bool,
    /// Its port.
    pub port: Port,
    /// With its leading `/`, percent-decoded; empty = any.
    pub path: Vec<u8>,
    /// A query or fragment follows the path, and is left out by browsers.
    pub query: bool,
}

/// The port of a host expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Port {
    /// None is said: the default port.
    Default,
    /// `:*`
    Any,
    /// `:8080`
    Number(u32),
}

/// What is wrong with an expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrong {
    /// `"https://host"`, `'https://host'`
    Quoted,
    /// `'unsafe-inlin'`
    UnknownKeyword,
    /// `a.*.host`, `*host`
    InnerWildcard,
    /// `host:99999`, `host:http`
    Port,
    /// `[::1]`
    Ipv6,
    /// `https:/host`, `https:host`, `https//host`
    Scheme,
    /// `https://`
    NoHost,
    /// `a_b.host`, `a..host`
    Host,
    /// `${HOST}`: a template puts something there.
    Placeholder,
}

/// Keywords that browsers know and that no rule of ours looks at.
const KEYWORDS: [&str; 8] = [
    "'unsafe-eval'",
    "'wasm-unsafe-eval'",
    "'unsafe-hashes'",
    "'report-sample'",
    "'inline-speculation-rules'",
    "'trusted-types-eval'",
    "'unsafe-allow-redirects'",
    "'unsafe-webtransport-hashes'",
];

impl Source {
    /// Reads one word of a source list.
    pub fn read(word: &str) -> Self {
        let lower = word.to_ascii_lowercase();
        match &*lower {
            "*" => return Self::Star,
            "'self'" => return Self::Own,
            "'none'" => return Self::Nothing,
            "'strict-dynamic'" => return Self::StrictDynamic,
            "'unsafe-inline'" => return Self::UnsafeInline,
            _ => {}
        }
        if is_placeholder(word) {
            let nonce = lower.starts_with("'nonce-") && word.ends_with('\'');
            return if nonce { Self::Nonce(word.to_owned()) } else { Self::Invalid(Wrong::Placeholder) };
        }
        if let Some(keyword) = KEYWORDS.iter().find(|keyword| **keyword == lower) {
            return Self::Keyword(keyword);
        }
        if word.starts_with(['\'', '"', '`']) || word.ends_with(['\'', '"', '`']) {
            return quoted(word, &lower);
        }
        unquoted(word, &lower)
    }

    /// Whether it matches by address.
    pub fn is_address(&self) -> bool {
        matches!(self, Self::Star | Self::Own | Self::Scheme(_) | Self::Host(_))
    }
}

/// Whether a template (of JavaScript, a server or a proxy) is to put something into this word.
fn is_placeholder(word: &str) -> bool {
    word.contains(['$', '{', '}', '<', '>'])
}

fn quoted(word: &str, lower: &str) -> Source {
    let inner = word.trim_matches(['\'', '"', '`']);
    let is_base64 = |text: &str| {
        let body = text.trim_end_matches('=');
        !body.is_empty() && body.chars().all(|c| c.is_ascii_alphanumeric() || "+/-_".contains(c))
    };
    let single = word.len() > 2 && word.starts_with('\'') && word.ends_with('\'');
    if single && lower.starts_with("'nonce-") {
        let nonce = inner.split_once('-').map_or("", |(_, nonce)| nonce);
        return if is_base64(nonce) { Source::Nonce(nonce.to_owned()) } else { Source::Invalid(Wrong::UnknownKeyword) };
    }
    if single && ["'sha256-", "'sha384-", "'sha512-"].iter().any(|start| lower.starts_with(start)) {
        let hash = inner.split_once('-').map_or("", |(_, hash)| hash);
        return if is_base64(hash) { Source::Hash } else { Source::Invalid(Wrong::UnknownKeyword) };
    }
    let host = inner.contains(['.', ':', '*', '/']);
    Source::Invalid(if host { Wrong::Quoted } else { Wrong::UnknownKeyword })
}

fn unquoted(word: &str, lower: &str) -> Source {
    let invalid = Source::Invalid;
    if let Some(scheme) = lower.strip_suffix(':').filter(|scheme| is_scheme(scheme)) {
        return Source::Scheme(scheme.to_owned());
    }
    let (scheme, rest) = match word.split_once("://") {
        Some((scheme, _)) if !is_scheme(scheme) => return invalid(Wrong::Scheme),
        Some((scheme, rest)) => (Some(scheme.to_ascii_lowercase()), rest),
        None => (None, word),
    };
    if rest.starts_with('[') {
        return invalid(Wrong::Ipv6);
    }
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at_checked(end).unwrap_or((rest, ""));
    let (host, port) = authority.split_once(':').map_or((authority, None), |(host, port)| (host, Some(port)));
    if host.is_empty() {
        return invalid(if scheme.is_some() && rest.is_empty() { Wrong::NoHost } else { Wrong::Scheme });
    }
    let port = match port {
        None => Port::Default,
        Some("*") => Port::Any,
        Some(digits) if !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit()) => match digits.parse() {
            Ok(number @ 0..=65_535) => Port::Number(number),
            _ => return invalid(Wrong::Port),
        },
        Some(other) if scheme.is_none() && (other.is_empty() || is_known_scheme(host)) => {
            return invalid(Wrong::Scheme);
        }
        Some(_) => return invalid(Wrong::Port),
    };
    if scheme.is_none() && path.starts_with("//") && is_known_scheme(host) {
        return invalid(Wrong::Scheme);
    }
    // Browsers cut a query off; where no path stands before it, they know nothing of the word.
    if !path.is_empty() && !path.starts_with('/') {
        return invalid(Wrong::Host);
    }
    let (host, below) = match host.to_ascii_lowercase() {
        any if any == "*" => (String::new(), false),
        host => match host.strip_prefix("*.") {
            Some(rest) => (rest.to_owned(), true),
            None => (host, false),
        },
    };
    if host.contains('*') {
        return invalid(Wrong::InnerWildcard);
    }
    if (below || !host.is_empty()) && !is_host(&host) {
        return invalid(Wrong::Host);
    }
    let (path, query) = match path.find(['?', '#']) {
        Some(at) => (path.get(..at).unwrap_or_default(), true),
        None => (path, false),
    };
    Source::Host(HostSource { scheme, host, below, port, path: decoded(path), query })
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
}

/// Whether this is a scheme that policies name, rather than a host.
pub fn is_known_scheme(text: &str) -> bool {
    let known = ["http", "https", "ws", "wss", "data", "blob", "filesystem", "mediastream", "about"];
    known.iter().any(|scheme| scheme.eq_ignore_ascii_case(text))
}

/// Labels of letters, digits and hyphens; one dot may end it.
fn is_host(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    host.split('.').all(|label| !label.is_empty() && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'))
}

/// Percent-decoded; what is no escape stays.
pub fn decoded(path: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = path.bytes();
    while let Some(byte) = rest.next() {
        let mut ahead = rest.clone();
        let hex = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
        match (byte, hex(ahead.next()), hex(ahead.next())) {
            (b'%', Some(high), Some(low)) => {
                out.extend(u8::try_from(high * 16 + low));
                rest = ahead;
            }
            _ => out.push(byte),
        }
    }
    out
}
