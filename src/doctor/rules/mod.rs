//! The rules: one file each, declared as data. A rule only looks at what was read; it reads nothing itself.

mod brw;
mod cfg;
mod csp;
mod dsn;
pub mod edit;
mod sec;
mod spt;
mod src;
mod tun;

use super::{
    finding::{Found, Severity},
    live::Live,
    page::InPage,
    project::{App, Project},
};

/// A rule.
#[derive(Debug)]
pub struct Rule {
    /// `TUN002`
    pub id: &'static str,
    /// What it looks for, as a headline: `The middleware catches the tunnel`.
    pub title: &'static str,
    /// The worst that it says.
    pub severity: Severity,
    /// Why this breaks Sentry, in two or three sentences, for someone who does not know.
    pub why: &'static str,
    /// The page of Sentry, Next.js or the standard that says so.
    pub docs: &'static str,
    /// How it looks.
    pub checks: &'static [Check],
}

/// One way of looking.
#[derive(Debug, Clone, Copy)]
pub enum Check {
    /// At what is written, app by app.
    Static(fn(&Project, &App, &mut Found)),
    /// At what came over HTTP; the app where the workspace has it.
    Live(fn(&Live, Option<&App>, &mut Found)),
    /// At what the browser did; the app where the workspace has it.
    InPage(fn(&InPage, Option<&App>, &mut Found)),
}

/// All rules, in the order of their ids.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    let groups = [brw::RULES, cfg::RULES, csp::RULES, dsn::RULES, sec::RULES, spt::RULES, src::RULES, tun::RULES];
    groups.into_iter().flatten().copied()
}

/// The rule with an id, in either case.
pub fn by_id(id: &str) -> Option<&'static Rule> {
    all().find(|rule| rule.id.eq_ignore_ascii_case(id))
}

/// What the rules find in what came over HTTP; `app` is the app of the workspace that answered, where it is known.
pub fn live(live: &Live, app: Option<&App>) -> Found {
    let mut found = Found::default();
    for check in all().flat_map(|rule| rule.checks) {
        if let Check::Live(look) = check {
            look(live, app, &mut found);
        }
    }
    found
}

/// What the rules find in what the browser did; `app` is the app of the workspace that the page belongs to, where it is known.
pub fn in_page(page: &InPage, app: Option<&App>) -> Found {
    let mut found = Found::default();
    for check in all().flat_map(|rule| rule.checks) {
        if let Check::InPage(look) = check {
            look(page, app, &mut found);
        }
    }
    found
}
