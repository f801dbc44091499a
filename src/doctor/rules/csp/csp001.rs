//! CSP001

use crate::doctor::{
    finding::{Found, Severity},
    live::judge,
    project::{App, Project},
    rules::{Check, Rule},
};

use super::fault;

/// The rule.
pub const RULE: Rule = Rule {
    id: "CSP001",
    title: "The policy blocks the address that events go to",
    severity: Severity::Error,
    why: "The browser refuses each request of the SDK before it leaves the page. connect-src decides, or default-src where there is none. The SDK sees a failed request and drops the events; nothing on the server tells of it.",
    docs: "https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Content-Security-Policy/connect-src",
    checks: &[Check::Static(look), Check::Live(judge::blocked)],
};

fn look(project: &Project, app: &App, found: &mut Found) {
    fault::report(project, app, RULE.id, found);
}
