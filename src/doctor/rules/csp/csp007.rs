//! CSP007

use crate::doctor::{
    finding::{Found, Severity},
    project::{App, Project},
    rules::{Check, Rule},
};

use super::fault;

/// The rule.
pub const RULE: Rule = Rule {
    id: "CSP007",
    title: "A default policy without connect-src blocks Sentry",
    severity: Severity::Error,
    why: "The defaults of helmet, and the sample of Next.js's guide, have default-src 'self' and no connect-src. Requests to other hosts, those of Sentry too, fall back to default-src and are blocked.",
    docs: "https://helmetjs.github.io/#content-security-policy",
    checks: &[Check::Static(look)],
};

fn look(project: &Project, app: &App, found: &mut Found) {
    fault::report(project, app, RULE.id, found);
}
