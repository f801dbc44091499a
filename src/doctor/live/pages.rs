//! Pages: what each one's headers and HTML say.

use std::fmt;

use futures_util::future::join_all;
use url::Url;

use super::{
    answer::{Answer, Exchange},
    envelope,
    fetch::{PAGE, Prober, SMALL, Sent},
    html,
};
use crate::doctor::csp::Delivery;

pub use super::html::ScriptSeen;

/// What a page was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// A page of the app.
    Route,
    /// A file that a page loads.
    Asset,
    /// A page that is not there.
    Missing,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Route => "page",
            Self::Asset => "static file",
            Self::Missing => "missing page",
        })
    }
}

/// A policy that came with a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicySeen {
    /// Header or `<meta>`.
    pub delivery: Delivery,
    /// It reports only.
    pub report_only: bool,
    /// Its text.
    pub text: String,
}

/// A page, with the policies that hold for it.
#[derive(Debug, Clone)]
pub struct PageSeen {
    /// What it was asked for.
    pub role: Role,
    /// The address that was asked for.
    pub asked: Url,
    /// What was answered.
    pub exchange: Exchange,
    /// Its policies: those of all headers, then those of `<meta>`.
    pub policies: Vec<PolicySeen>,
    /// Scripts that its HTML loads.
    pub scripts: Vec<ScriptSeen>,
}

impl PageSeen {
    fn of(role: Role, asked: Url, exchange: Exchange) -> Self {
        let mut page = Self { role, asked, exchange, policies: Vec::new(), scripts: Vec::new() };
        let Some(answer) = page.exchange.answer() else { return page };
        let mut policies: Vec<PolicySeen> =
            answer.headers.iter().filter_map(|(name, value)| header(name, value)).collect();
        if answer.is_html() && role != Role::Asset {
            let html = html::read(&answer.body);
            let meta = html.policies.into_iter();
            policies.extend(meta.map(|text| PolicySeen { delivery: Delivery::Meta, report_only: false, text }));
            page.scripts = html.scripts;
        }
        page.policies = policies;
        page
    }

    /// The answer, where it is the page and no redirect that was not followed.
    pub fn answer(&self) -> Option<&Answer> {
        self.exchange.answer().filter(|_| self.exchange.stopped.is_none())
    }

    /// Its policies as [`crate::doctor::csp::check`] reads them.
    pub fn texts(&self) -> Vec<String> {
        let text = |policy: &PolicySeen| match policy.delivery {
            Delivery::Header if policy.report_only => format!("Content-Security-Policy-Report-Only: {}", policy.text),
            Delivery::Header => format!("Content-Security-Policy: {}", policy.text),
            Delivery::Meta => {
                let content = policy.text.replace('&', "&amp;").replace('"', "&quot;");
                format!("<meta http-equiv=\"Content-Security-Policy\" content=\"{content}\">")
            }
        };
        self.policies.iter().map(text).collect()
    }
}

fn header(name: &str, value: &str) -> Option<PolicySeen> {
    let report_only = match name {
        "content-security-policy" => false,
        "content-security-policy-report-only" => true,
        _ => return None,
    };
    Some(PolicySeen { delivery: Delivery::Header, report_only, text: value.to_owned() })
}

/// The routes, a page that is not there, and a file that one of them loads.
pub(super) async fn look(prober: &Prober, routes: Vec<Url>) -> Vec<PageSeen> {
    let missing = routes.first().and_then(|url| url.join(&format!("/fixloop-no-such-page-{}", envelope::id())).ok());
    let routes = routes.into_iter().map(|url| (Role::Route, url));
    let asked = routes.chain(missing.map(|url| (Role::Missing, url)));
    let mut pages = join_all(asked.map(|(role, url)| page(prober, role, url, PAGE))).await;
    let first = pages.iter().find_map(|page| {
        let base = &page.answer()?.url;
        let mut own = page.scripts.iter().filter_map(|script| base.join(&script.src).ok());
        own.find(|url| url.origin() == base.origin())
    });
    if let Some(url) = first {
        pages.push(page(prober, Role::Asset, url, SMALL).await);
    }
    pages
}

async fn page(prober: &Prober, role: Role, url: Url, most: usize) -> PageSeen {
    let exchange = prober.send(Sent::get(url.clone(), most)).await;
    PageSeen::of(role, url, exchange)
}
