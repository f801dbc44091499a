//! TUN007 as it is written: the handler's list against the browser's DSN.

use std::sync::LazyLock;

use regex::Regex;

use crate::doctor::{
    csp::Dsn,
    finding::{Confidence, Edit, Finding, Fix, Found, Severity},
    project::{App, Project, Runtime},
    script::{Span, Value, What},
    tunnel::{Check, Checked, Serves, way},
};

use super::words::{handler, literal, python};

static HOST: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"["'](o\d+\.ingest(?:\.[a-z]{2})?\.sentry\.io)["']"#).ok());

/// Compares what the handler allows with the DSN that the browser sends.
pub(super) fn check(project: &Project, app: &App, found: &mut Found) {
    let Some(way) = way(project, app) else { return };
    let Some(dsn) = app.dsn(Runtime::Client).and_then(|dsn| dsn.dsn) else { return };
    if let Some(handler) = handler(&way) {
        for check in &handler.relay.checks {
            if let Some(finding) = compared(project, check, &dsn, &handler.route.address) {
                return found.add(finding);
            }
        }
        return;
    }
    let Serves::Endpoint(_, route) = way.serves else { return };
    let Some(text) = python(project, route) else { return };
    let Some(regex) = &*HOST else { return };
    let hosts: Vec<regex::Match<'_>> = regex.captures_iter(&text).filter_map(|found| found.get(1)).collect();
    if let Some(first) = hosts.first()
        && !hosts.iter().any(|host| host.as_str() == dsn.host)
    {
        let span = Span { start: first.start(), end: first.end() };
        let mut finding = made(&route.address, "host", first.as_str(), &dsn.host);
        finding.confidence = Confidence::Likely;
        let at = project.at(&crate::doctor::script::Origin { path: route.path.as_str().into(), span });
        let edit = Edit::Replace { path: route.path.clone(), span, with: dsn.host.clone() };
        let edits = if hosts.len() == 1 { vec![edit] } else { Vec::new() };
        found.add(finding.at(at).fix(fix(edits, &dsn.host)));
    }
}

fn made(address: &str, what: &str, allowed: &str, own: &str) -> Finding {
    let message = format!(
        "{address} allows the {what} {allowed}, but the browser's DSN has {own}: every envelope is refused, and the SDK does not tell."
    );
    Finding::new("TUN007", Severity::Error, format!("{address} {what}"), message)
}

fn fix(edits: Vec<Edit>, own: &str) -> Fix {
    let steps = if edits.is_empty() { vec![format!("Allow {own} in the handler.")] } else { Vec::new() };
    Fix { title: format!("allow {own}"), edits, steps }
}

fn compared(project: &Project, check: &Check, dsn: &Dsn, address: &str) -> Option<Finding> {
    if check.part.is_some() {
        return None;
    }
    let mut allowed: Vec<(&Value, String)> = Vec::new();
    for value in &check.allowed {
        for value in value.choices() {
            let all = if let What::List(items) = &value.what { items.iter().collect() } else { vec![value] };
            for each in all {
                allowed.push((each, each.text()?));
            }
        }
    }
    let (what, own) = match check.what {
        Checked::Host => ("host", dsn.host.clone()),
        Checked::Project => ("project", dsn.project.clone()),
        Checked::Both => return None,
    };
    let is_own = |text: &str| match check.what {
        Checked::Host => text.to_ascii_lowercase().contains(&own),
        _ => text.contains(&own),
    };
    // Another kind of text is compared with something else: a path, a scheme.
    let is_one = |text: &str| match check.what {
        Checked::Host => text.contains('.') || text.starts_with("localhost"),
        _ => !text.trim_matches('/').is_empty() && text.trim_matches('/').bytes().all(|byte| byte.is_ascii_digit()),
    };
    if allowed.is_empty() || allowed.iter().any(|(_, text)| is_own(text) || !is_one(text)) {
        return None;
    }
    let shown: Vec<&str> = allowed.iter().map(|(_, text)| text.as_str()).collect();
    let finding = made(address, what, &shown.join(", "), &own).at(project.at(&check.at));
    let edit = match allowed.as_slice() {
        [(value, text)] => {
            let with = match text.strip_prefix('/') {
                Some(_) if check.what == Checked::Project => format!("/{own}"),
                _ => own.clone(),
            };
            match &value.what {
                What::Text(pieces) => pieces.first().and_then(|piece| literal(project, &piece.at, &with)),
                _ => None,
            }
        }
        _ => None,
    };
    Some(finding.fix(fix(edit.into_iter().collect(), &own)))
}
