//! CSP004

use crate::doctor::{
    finding::{Found, Severity},
    live::judge,
    project::{App, Project},
    rules::{Check, Rule},
};

use super::fault;

/// The rule.
pub const RULE: Rule = Rule {
    id: "CSP004",
    title: "The policy blocks the script that brings the SDK",
    severity: Severity::Error,
    why: "The loader comes from js.sentry-cdn.com and fetches the SDK from browser.sentry-cdn.com. script-src must let both through, or the SDK never starts.",
    docs: "https://docs.sentry.io/platforms/javascript/install/loader/#content-security-policy",
    checks: &[Check::Static(look), Check::Live(judge::blocked_scripts)],
};

fn look(project: &Project, app: &App, found: &mut Found) {
    fault::report(project, app, RULE.id, found);
}
