//! Why the source that comes nearest does not cover an address.

use url::Url;

use super::{Miss, Page, matching::covers, source::Source};

/// A source that looks as if it covered the address.
#[derive(Debug, Clone)]
pub struct Near {
    /// The source.
    pub source: String,
    /// Why it does not, in our words.
    pub why: &'static str,
}

/// The source that comes nearest to an address, if any comes near.
pub(super) fn nearest(sources: &[(Source, &str)], url: &Url, page: &Page) -> Option<Near> {
    let ranked = sources.iter().filter_map(|(source, text)| {
        let miss = covers(source, url, page).err()?;
        let (rank, why) = explain(source, miss, url, page)?;
        Some((rank, Near { source: (*text).to_owned(), why }))
    });
    ranked.min_by_key(|(rank, _)| *rank).map(|(_, near)| near)
}

/// How near a source comes (less is nearer), and why it does not match.
fn explain(source: &Source, miss: Miss, url: &Url, page: &Page) -> Option<(u8, &'static str)> {
    let host = url.host_str().unwrap_or_default();
    match (source, miss) {
        (Source::Star, _) => Some((3, "* covers http, https and sockets only, no blob: and no data:")),
        (Source::Own, _) if Some(host) == page.url().host_str() => {
            Some((2, "'self' is the page's own scheme, host and port, and here one of them differs"))
        }
        (Source::Own, _) if url.scheme() == "blob" => Some((4, "'self' does not cover blob:")),
        (Source::Scheme(scheme), _) if scheme.starts_with("ws") && url.scheme().starts_with("http") => {
            Some((4, "ws: and wss: cover sockets, not fetch or XHR"))
        }
        (Source::Host(listed), _) => {
            let same = listed.host == host || (listed.below && host.ends_with(&format!(".{}", listed.host)));
            match miss {
                Miss::Port => Some((1, "the host matches and the port does not")),
                Miss::Path if listed.path.ends_with(b"*") => Some((1, "* is a plain character in a path")),
                Miss::Path if listed.path.ends_with(b"/") => Some((1, "the host matches and the path does not")),
                Miss::Path => Some((1, "a path that does not end with / covers that one path only")),
                Miss::Scheme if same => Some((1, "the host matches and the scheme does not")),
                Miss::Host if listed.below && listed.host == host => {
                    Some((1, "*. covers what is below the host and not the host itself"))
                }
                Miss::Host if is_region(&listed.host, host) => {
                    Some((1, "it is of another region: the region stands between ingest and sentry.io"))
                }
                Miss::Host if host.ends_with(&format!(".{}", listed.host)) => {
                    Some((2, "it covers that one host and nothing below it"))
                }
                Miss::Host if is_loopback(&listed.host) && is_loopback(host) => {
                    Some((2, "localhost and 127.0.0.1 are two hosts to a browser"))
                }
                Miss::Host if last_labels(&listed.host) == last_labels(host) => Some((3, "it is another host")),
                _ => None,
            }
        }
        _ => None,
    }
}

fn is_region(listed: &str, host: &str) -> bool {
    let ours = |host: &str| host.ends_with(".sentry.io") && host.split('.').any(|label| label == "ingest");
    (ours(listed) || listed == "ingest.sentry.io") && ours(host) && tail(listed) != tail(host)
}

/// What follows `ingest`.
fn tail(host: &str) -> &str {
    host.split_once("ingest.").map_or(host, |(_, tail)| tail)
}

fn is_loopback(host: &str) -> bool {
    matches!(host, "localhost" | "127.0.0.1")
}

/// The last two labels, the site as far as can be said without a list of public suffixes.
fn last_labels(host: &str) -> Option<(&str, &str)> {
    let mut labels = host.rsplit('.');
    let last = labels.next()?;
    Some((labels.next()?, last))
}
