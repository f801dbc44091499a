//! What Sentry needs of a policy: targets that follow from a DSN.

use url::Url;

use super::{Delivery, Dsn, Kind, Page, Policy, Role, Target};

/// What is known of the set-up.
#[derive(Debug, Clone, Copy)]
pub struct Needs<'a> {
    /// The DSN of the browser SDK.
    pub dsn: &'a Dsn,
    /// Address of the tunnel, where the SDK has one.
    pub tunnel: Option<&'a Url>,
    /// Address of the local sink.
    pub sink: Option<&'a Url>,
}

/// Where violation reports go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reporting {
    /// To the project of the DSN.
    Here,
    /// To a project of Sentry that is not the one of the DSN.
    OtherProject,
    /// Somewhere else, or by `report-to`, whose endpoint a header of its own names.
    Elsewhere,
    /// Only by a directive that browsers leave out.
    Ignored,
    /// Nowhere.
    Nowhere,
}

/// The targets that follow from a DSN.
pub fn needs(needs: &Needs<'_>, page: &Page) -> Vec<Target> {
    let mut targets = Vec::new();
    let mut push = |label, kind, url: Option<Url>, role, note| {
        targets.extend(url.map(|url| Target { label, kind, url, role, note }));
    };
    let (direct, note) = match needs.tunnel {
        Some(_) => (Role::Optional, "not needed with the tunnel"),
        None => (Role::Needed, ""),
    };
    push("events to the ingest host", Kind::Connect, needs.dsn.envelope(), direct, note);
    push("events through the tunnel", Kind::Connect, needs.tunnel.cloned(), Role::Needed, "");
    let worker = "where Replay is used; blocked, it goes on uncompressed in the main thread";
    push("worker of Replay", Kind::Worker, Url::parse("blob:").ok(), Role::Useful, worker);
    if needs.dsn.is_saas() {
        let loader = Url::parse(&format!("https://js.sentry-cdn.com/{}.min.js", needs.dsn.key)).ok();
        push("loader script", Kind::Script, loader, Role::Optional, "only where the page uses the loader");
        let bundle = Url::parse("https://browser.sentry-cdn.com/bundle.min.js").ok();
        let note = "only where the loader or a tag takes the SDK from the CDN";
        push("SDK from the CDN", Kind::DynamicScript, bundle, Role::Optional, note);
    }
    let note = "only where Sentry.init stands in an inline script";
    push("inline Sentry.init", Kind::Inline, Some(page.url().clone()), Role::Optional, note);
    push("events to the local sink", Kind::Connect, needs.sink.cloned(), Role::Optional, "only for local runs");
    targets
}

/// Whether violations are reported to the project of a DSN. No `connect-src` is needed for that.
pub fn reporting(policies: &[Policy], dsn: &Dsn) -> Reporting {
    let mut best = Reporting::Nowhere;
    for policy in policies {
        for directive in policy.directives.iter().filter(|directive| directive.name == "report-uri") {
            if directive.ignored.is_some() || policy.is_void() {
                best = if best == Reporting::Nowhere { Reporting::Ignored } else { best };
                continue;
            }
            for value in &directive.values {
                match destination(&value.text, dsn) {
                    Reporting::Here => return Reporting::Here,
                    Reporting::OtherProject => best = Reporting::OtherProject,
                    _ if best != Reporting::OtherProject => best = Reporting::Elsewhere,
                    _ => {}
                }
            }
        }
        let by_name = policy.directive("report-to").is_some() && policy.delivery == Delivery::Header;
        if by_name && matches!(best, Reporting::Nowhere | Reporting::Ignored) {
            best = Reporting::Elsewhere;
        }
    }
    best
}

fn destination(value: &str, dsn: &Dsn) -> Reporting {
    let Ok(url) = Url::parse(value) else { return Reporting::Elsewhere };
    let Ok(wanted) = Url::parse(&dsn.security()) else { return Reporting::Elsewhere };
    let security = url.path().trim_end_matches('/').ends_with("/security");
    if !security {
        return Reporting::Elsewhere;
    }
    let key = |url: &Url| url.query_pairs().find(|(name, _)| name == "sentry_key").map(|(_, key)| key.into_owned());
    let path = |url: &Url| url.path().trim_end_matches('/').to_owned();
    let same = url.origin() == wanted.origin() && path(&url) == path(&wanted) && key(&url) == key(&wanted);
    if same { Reporting::Here } else { Reporting::OtherProject }
}
