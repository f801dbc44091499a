//! CSP003

use crate::doctor::{
    finding::{Found, Severity},
    live::judge,
    project::{App, Project},
    rules::{Check, Rule},
};

use super::fault;

/// The rule.
pub const RULE: Rule = Rule {
    id: "CSP003",
    title: "The policy blocks the worker of Replay",
    severity: Severity::Warning,
    why: "Replay compresses recordings in a worker that is made from a blob:. Blocked, it goes on in the main thread, uncompressed: pages get slower and recordings larger. worker-src decides, then child-src, script-src and default-src.",
    docs: "https://docs.sentry.io/platforms/javascript/session-replay/#content-security-policy-csp",
    checks: &[Check::Static(look), Check::Live(judge::blocked_worker)],
};

fn look(project: &Project, app: &App, found: &mut Found) {
    fault::report(project, app, RULE.id, found);
}
