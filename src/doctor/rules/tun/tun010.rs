//! TUN010: the tunnel hands the visitor's credentials on.

use crate::doctor::{
    finding::Severity,
    live::judge,
    rules::{Check, Rule},
};

use super::static010;

/// The rule.
pub const RULE: Rule = Rule {
    id: "TUN010",
    title: "The tunnel hands the visitor's credentials on",
    severity: Severity::Warning,
    why: "A rewrite forwards all headers, `Cookie` and `Authorization` among them, to Sentry. That gives sessions away, and where a password guards the site, Relay takes it for a key and refuses the events.",
    docs: "https://github.com/getsentry/sentry-javascript/issues/8341",
    checks: &[Check::Static(static010::check), Check::Live(judge::hands_on)],
};
