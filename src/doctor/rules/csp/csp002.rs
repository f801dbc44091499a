//! CSP002

use crate::doctor::{
    finding::{Found, Severity},
    live::judge,
    project::{App, Project},
    rules::{Check, Rule},
};

use super::fault;

/// The rule.
pub const RULE: Rule = Rule {
    id: "CSP002",
    title: "One of several policies blocks the address that events go to",
    severity: Severity::Error,
    why: "All policies of a page hold at once: what one of them blocks is blocked, however much the others allow. A source added in one place helps only when it stands in the others too.",
    docs: "https://www.w3.org/TR/CSP3/#multiple-policies",
    checks: &[Check::Static(look), Check::Live(judge::blocked_by_one)],
};

fn look(project: &Project, app: &App, found: &mut Found) {
    fault::report(project, app, RULE.id, found);
}
