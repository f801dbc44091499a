//! Whether a source covers an address: the rules of Chromium.

use url::Url;

use super::source::{HostSource, Port, Source, decoded};

/// The page that the policies hold for.
#[derive(Debug, Clone)]
pub struct Page {
    url: Url,
}

/// What of an address a source does not cover.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Miss {
    /// It is no address at all, or of another kind.
    Kind,
    /// The scheme.
    Scheme,
    /// The host.
    Host,
    /// The port.
    Port,
    /// The path.
    Path,
}

impl Page {
    /// A page with this address; `None` where it is none of http or https.
    pub fn new(address: &str) -> Option<Self> {
        let url = Url::parse(address.trim()).ok()?;
        (matches!(url.scheme(), "http" | "https") && url.host_str().is_some()).then_some(Self { url })
    }

    /// Its address.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// Whether an address is of the page's own origin.
    pub fn owns(&self, url: &Url) -> bool {
        self.url.origin() == url.origin()
    }
}

/// How far a scheme or a port agrees.
#[derive(PartialEq, Eq)]
enum Fit {
    No,
    /// http is listed and https meant: allowed, where the other one can be upgraded too.
    Upgrade,
    Loose,
    Exact,
}

/// Whether `source` covers `url` for a page, by address alone; where not, what is different.
///
/// # Errors
///
/// What of the address the source does not cover.
pub fn covers(source: &Source, url: &Url, page: &Page) -> Result<(), Miss> {
    match source {
        Source::Star => {
            let network = matches!(url.scheme(), "http" | "https" | "ws" | "wss");
            if network { Ok(()) } else { Err(Miss::Scheme) }
        }
        Source::Own => own(url, page),
        Source::Scheme(scheme) => {
            if scheme_fit(scheme, url.scheme()) == Fit::No {
                Err(Miss::Scheme)
            } else {
                Ok(())
            }
        }
        Source::Host(host) => host_covers(host, url, page),
        _ => Err(Miss::Kind),
    }
}

fn host_covers(source: &HostSource, url: &Url, page: &Page) -> Result<(), Miss> {
    let Some(host) = url.host_str() else { return Err(Miss::Kind) };
    let scheme = scheme_fit(source.scheme.as_deref().unwrap_or(page.url.scheme()), url.scheme());
    if scheme == Fit::No {
        return Err(Miss::Scheme);
    }
    let host = host.to_ascii_lowercase();
    let same = if source.below {
        host.strip_suffix(&*source.host).is_some_and(|before| before.ends_with('.'))
    } else {
        source.host.is_empty() || host == source.host
    };
    if !same {
        return Err(Miss::Host);
    }
    let port = port_fit(source, url);
    let upgrades_port = matches!(port, Fit::Upgrade | Fit::Loose);
    if port == Fit::No || (scheme == Fit::Upgrade && !upgrades_port) {
        return Err(Miss::Port);
    }
    if port == Fit::Upgrade && scheme != Fit::Upgrade {
        return Err(Miss::Port);
    }
    let path = decoded(url.path());
    let covered = match source.path.as_slice() {
        [] => true,
        folder if folder.ends_with(b"/") => path.starts_with(folder),
        file => path == file,
    };
    if covered { Ok(()) } else { Err(Miss::Path) }
}

/// A less safe scheme stands for its safe twin, and never the other way round; `ws:` does not stand for https, as CSP3 has it.
fn scheme_fit(listed: &str, meant: &str) -> Fit {
    match (listed, meant) {
        _ if listed == meant => Fit::Exact,
        ("http", "https") | ("ws", "wss") => Fit::Upgrade,
        _ => Fit::No,
    }
}

fn port_fit(source: &HostSource, url: &Url) -> Fit {
    let default = url.port_or_known_default().map(u32::from);
    match source.port {
        Port::Any => Fit::Loose,
        Port::Default if url.port().is_none() => Fit::Loose,
        Port::Default => Fit::No,
        Port::Number(port) if url.port().is_none() && Some(port) == default => Fit::Loose,
        Port::Number(port) if url.port().map(u32::from) == Some(port) => Fit::Exact,
        Port::Number(80) if default == Some(443) => Fit::Upgrade,
        Port::Number(_) => Fit::No,
    }
}

/// `'self'`: the own origin, its safe twin, and its sockets.
fn own(url: &Url, page: &Page) -> Result<(), Miss> {
    if page.owns(url) {
        return Ok(());
    }
    let Some(host) = url.host_str() else { return Err(Miss::Kind) };
    let allowed = matches!((page.url.scheme(), url.scheme()), (_, "https" | "wss") | ("http", "http" | "ws"));
    if !allowed {
        return Err(Miss::Scheme);
    }
    if Some(host) != page.url.host_str() {
        return Err(Miss::Host);
    }
    let both_default = page.url.port().is_none() && url.port().is_none();
    if both_default || (url.port().is_some() && url.port() == page.url.port()) { Ok(()) } else { Err(Miss::Port) }
}
