//! The address guard: which addresses fixloop may fetch from when a page or an event names them.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
};

use url::{Host, Url};

/// Hosts of pages that the browser itself opened: their private addresses may be fetched from. Cheap to clone; bounded.
#[derive(Debug, Clone, Default)]
pub struct Trusted(Arc<Mutex<Vec<String>>>);

/// More hosts than one session ever opens; beyond it the oldest is forgotten.
const MAX_HOSTS: usize = 64;

/// What an address is, for the guard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    Loopback,
    Public,
    Private,
    /// Link-local, cloud metadata, multicast, reserved: never.
    Never,
}

impl Trusted {
    /// Remembers the host of a page that the browser opened.
    pub fn add(&self, page: &Url) {
        let Some(host) = page.host_str() else { return };
        let mut hosts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !hosts.iter().any(|known| known == host) {
            if hosts.len() >= MAX_HOSTS {
                hosts.remove(0);
            }
            hosts.push(host.to_owned());
        }
    }

    /// Whether `url` may be fetched as far as its text tells: http(s), and no literal address that the guard forbids.
    /// The error says why not.
    pub fn permits(&self, url: &Url) -> Result<(), String> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(format!("{}: addresses are not fetched", url.scheme()));
        }
        match url.host() {
            None => Err("the address names no host".to_owned()),
            Some(Host::Domain(_)) => Ok(()),
            Some(Host::Ipv4(ip)) => self.permits_ip(ip.into(), url.host_str().unwrap_or_default()),
            Some(Host::Ipv6(ip)) => self.permits_ip(ip.into(), url.host_str().unwrap_or_default()),
        }
    }

    fn permits_ip(&self, ip: IpAddr, host: &str) -> Result<(), String> {
        match reach(ip) {
            Reach::Loopback | Reach::Public => Ok(()),
            Reach::Private if self.holds(host) => Ok(()),
            Reach::Private => Err(format!("{ip} is a private address, and no page of {host} was opened")),
            Reach::Never => Err(format!("{ip} is a link-local, metadata or reserved address")),
        }
    }

    fn holds(&self, host: &str) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().any(|known| known == host)
    }
}

/// Whether the URL's host is this machine by its very name (`localhost`, `*.localhost`, a loopback address).
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => is_localhost(name),
        Some(Host::Ipv4(ip)) => reach(ip.into()) == Reach::Loopback,
        Some(Host::Ipv6(ip)) => reach(ip.into()) == Reach::Loopback,
        None => false,
    }
}

fn is_localhost(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    name.eq_ignore_ascii_case("localhost") || name.to_ascii_lowercase().ends_with(".localhost")
}

fn reach(ip: IpAddr) -> Reach {
    match ip {
        IpAddr::V4(ip) => reach_v4(ip),
        IpAddr::V6(ip) => reach_v6(ip),
    }
}

fn reach_v4(ip: Ipv4Addr) -> Reach {
    let [a, b, c, _] = ip.octets();
    // 100.100.100.200 is a cloud's metadata service inside the range of carrier-grade NAT.
    if ip == Ipv4Addr::new(100, 100, 100, 200) {
        return Reach::Never;
    }
    match (a, b, c) {
        (127, ..) => Reach::Loopback,
        (10, ..) | (172, 16..=31, _) | (192, 168, _) | (100, 64..=127, _) => Reach::Private,
        (0, ..) | (169, 254, _) | (192, 0, 0) | (224..=255, ..) => Reach::Never,
        _ => Reach::Public,
    }
}

fn reach_v6(ip: Ipv6Addr) -> Reach {
    if ip.is_loopback() {
        return Reach::Loopback;
    }
    if let Some(v4) = embedded_v4(ip) {
        return reach_v4(v4);
    }
    // A cloud's metadata service has an address of its own in the private range.
    if ip == Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254) {
        return Reach::Never;
    }
    let [first, ..] = ip.segments();
    match first {
        0xfc00..=0xfdff => Reach::Private,
        0x2000..=0x3fff => Reach::Public,
        _ => Reach::Never,
    }
}

/// The IPv4 address inside a mapped (`::ffff:0:0/96`), NAT64 (`64:ff9b::/96`) or 6to4 (`2002::/16`) address.
fn embedded_v4(ip: Ipv6Addr) -> Option<Ipv4Addr> {
    let [s0, s1, s2, s3, s4, s5, s6, s7] = ip.segments();
    let v4 = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match (s0, s1, s2, s3, s4, s5) {
        (0, 0, 0, 0, 0, 0xffff) | (0x64, 0xff9b, 0, 0, 0, 0) => Some(v4(s6, s7)),
        (0x2002, ..) => Some(v4(s1, s2)),
        _ => None,
    }
}

/// Resolves names, and leaves only the addresses that the guard permits: so that a name cannot be used to reach what its
/// address could not (DNS rebinding).
pub(super) struct GuardedDns(pub(super) Trusted);

impl reqwest::dns::Resolve for GuardedDns {
    fn resolve(&self, name: reqwest::dns::Name) -> reqwest::dns::Resolving {
        let trusted = self.0.clone();
        let host = name.as_str().to_owned();
        Box::pin(async move {
            if is_localhost(&host) {
                // Not every resolver knows `*.localhost`.
                let both = [IpAddr::from(Ipv4Addr::LOCALHOST), Ipv6Addr::LOCALHOST.into()];
                return Ok(Box::new(both.into_iter().map(|ip| SocketAddr::new(ip, 0))) as reqwest::dns::Addrs);
            }
            let all: Vec<_> = tokio::net::lookup_host((host.as_str(), 0)).await?.collect();
            let mut refused = format!("{host} has no address");
            let mut good = Vec::new();
            for address in all {
                match trusted.permits_ip(address.ip(), &host) {
                    Ok(()) => good.push(address),
                    Err(why) => refused = why,
                }
            }
            match good.is_empty() {
                true => Err(refused.into()),
                false => Ok(Box::new(good.into_iter()) as reqwest::dns::Addrs),
            }
        })
    }
}
