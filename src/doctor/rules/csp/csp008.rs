//! CSP008: the policy differs from page to page, or only reports.

use crate::doctor::{
    finding::Severity,
    live::judge,
    rules::{Check, Rule},
};

/// The rule.
pub const RULE: Rule = Rule {
    id: "CSP008",
    title: "The policy differs from page to page, or only reports",
    severity: Severity::Info,
    why: "Several layers may each set a Content-Security-Policy, and some set it for some answers only. Then Sentry works on one page and not on another. A policy that only reports blocks nothing.",
    docs: "https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Content-Security-Policy-Report-Only",
    checks: &[Check::Live(judge::differing)],
};
