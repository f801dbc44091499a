//! CSP006

use crate::doctor::{
    finding::{Found, Severity},
    project::{App, Project},
    rules::{Check, Rule},
};

use super::mistake;

/// The rule.
pub const RULE: Rule = Rule {
    id: "CSP006",
    title: "The policy lets the page reach any host",
    severity: Severity::Info,
    why: "A connect-src of * or https: keeps nobody who runs a script in the page from sending data away. Sentry needs one host only.",
    docs: "https://www.w3.org/TR/CSP3/#directive-connect-src",
    checks: &[Check::Static(look)],
};

fn look(project: &Project, app: &App, found: &mut Found) {
    mistake::report_broad(project, app, found);
}
