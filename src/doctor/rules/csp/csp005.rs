//! CSP005

use crate::doctor::{
    finding::{Found, Severity},
    project::{App, Project},
    rules::{Check, Rule},
};

use super::mistake;

/// The rule.
pub const RULE: Rule = Rule {
    id: "CSP005",
    title: "A mistake in the text of a policy",
    severity: Severity::Error,
    why: "Browsers leave out what they cannot read in a policy, or read it as something else, and say so only in the console. What was meant to be allowed is not.",
    docs: "https://www.w3.org/TR/CSP3/#framework-directive-source-list",
    checks: &[Check::Static(look)],
};

fn look(project: &Project, app: &App, found: &mut Found) {
    mistake::report(project, app, found);
}
