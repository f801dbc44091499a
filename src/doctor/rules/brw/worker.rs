//! What the browser proves of CSP003: replay's compression worker is blocked.

use crate::doctor::{
    finding::{Finding, Fix, Found, Severity},
    page::InPage,
    project::App,
};

/// Looks whether the worker was blocked.
pub(super) fn look(page: &InPage, _: Option<&App>, found: &mut Found) {
    if !page.sdk.replay.as_ref().is_some_and(|replay| replay.worker_blocked) {
        return;
    }
    let is_it = |directive: &str| matches!(directive, "worker-src" | "child-src" | "script-src" | "script-src-elem");
    let blocked = page.violations.iter().find(|it| it.enforced && it.blocked == "blob" && is_it(&it.directive));
    let policy = blocked.map(|it| it.policy.clone()).unwrap_or_default();
    let message = "The policy blocks the worker that compresses recordings: replay goes on without it, with larger bodies and on \
                   the page's own thread.";
    let step = "Add `worker-src 'self' blob:` to this policy, and `child-src 'self' blob:` for Safari before 15.5.";
    let fix = Fix { title: "allow blob: workers".to_owned(), edits: Vec::new(), steps: vec![step.to_owned()] };
    found.add(Finding::new("CSP003", Severity::Warning, "worker", message).evidence("policy", policy).fix(fix));
}
