//! CSP008: the policy is not the same everywhere, or blocks nothing.

use std::sync::LazyLock;

use regex::Regex;

use crate::doctor::{
    finding::{At, Finding, Fix, Found, Severity},
    live::{Live, PageSeen, Role, answer::shown},
    project::App,
};

const ID: &str = "CSP008";

/// Pages with different policies, and pages whose policies only report.
pub fn differing(live: &Live, _app: Option<&App>, found: &mut Found) {
    let pages: Vec<&PageSeen> = live.pages.iter().filter(|page| page.answer().is_some()).collect();
    let routes: Vec<&PageSeen> =
        pages.iter().copied().filter(|page| page.role == Role::Route && is_page(page)).collect();
    let Some(first) = routes.first() else { return };
    report_only(&routes, found);
    let odd: Vec<&&PageSeen> = pages
        .iter()
        .filter(|page| matches!(page.role, Role::Route | Role::Missing) && is_page(page) && shape(page) != shape(first))
        .collect();
    if odd.is_empty() {
        return;
    }
    let names: Vec<String> = odd.iter().map(|page| format!("{} ({})", path(page), has(page))).collect();
    let message = format!(
        "The policy is not the same everywhere: {} has {}, unlike {}. What Sentry may do differs from page to page.",
        path(first),
        has(first),
        names.join(", ")
    );
    let mut finding = Finding::new(ID, Severity::Info, "differs", message).at(At::whole(shown(&first.asked)));
    for page in &odd {
        finding = finding.at(At::whole(shown(&page.asked)));
    }
    for page in pages {
        finding = finding.evidence(label(page.role), format!("{}: {}", path(page), texts(page)));
    }
    found.add(finding.fix(Fix {
        title: "Set it in one place, for every answer".to_owned(),
        edits: Vec::new(),
        steps: vec![
            "Find the layer that sets it for some answers only. nginx drops inherited `add_header` lines in a block that has its own, and adds none to errors without `always`.".to_owned(),
        ],
    }));
}

fn report_only(routes: &[&PageSeen], found: &mut Found) {
    let only: Vec<&&PageSeen> = routes
        .iter()
        .filter(|page| !page.policies.is_empty() && page.policies.iter().all(|policy| policy.report_only))
        .collect();
    let Some(first) = only.first() else { return };
    let message =
        format!("{} has a policy that only reports: it blocks nothing yet, neither Sentry nor an attack.", path(first));
    let finding = Finding::new(ID, Severity::Info, "report-only", message)
        .at(At::whole(shown(&first.asked)))
        .evidence("policy", texts(first));
    found.add(finding.fix(Fix {
        title: "Enforce it once its reports are clean".to_owned(),
        edits: Vec::new(),
        steps: vec!["Send it as Content-Security-Policy; check_csp says what it would block of Sentry.".to_owned()],
    }));
}

/// Files and data have no policy that matters.
fn is_page(page: &PageSeen) -> bool {
    page.answer().is_some_and(super::super::Answer::is_html)
}

static NONCE: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"'(nonce|sha256|sha384|sha512)-[^']*'").ok());

/// The policies without what is new in each answer.
fn shape(page: &PageSeen) -> Vec<(bool, String)> {
    let plain = |text: &str| {
        let text = NONCE.as_ref().map_or_else(|| text.into(), |nonce| nonce.replace_all(text, "'$1'"));
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let mut shape: Vec<_> = page.policies.iter().map(|policy| (policy.report_only, plain(&policy.text))).collect();
    shape.sort();
    shape
}

fn path(page: &PageSeen) -> String {
    match page.role {
        Role::Missing => "a page that is not there".to_owned(),
        _ => page.asked.path().to_owned(),
    }
}

fn has(page: &PageSeen) -> &'static str {
    match (page.policies.len(), page.policies.iter().any(|policy| !policy.report_only)) {
        (0, _) => "none",
        (_, false) => "one that only reports",
        (1, true) => "a policy",
        (_, true) => "several policies",
    }
}

fn label(role: Role) -> &'static str {
    match role {
        Role::Route => "page",
        Role::Asset => "static file",
        Role::Missing => "missing page",
    }
}

fn texts(page: &PageSeen) -> String {
    let texts = page.texts();
    if texts.is_empty() {
        return "no policy".to_owned();
    }
    texts.join("\n").chars().take(600).collect()
}
