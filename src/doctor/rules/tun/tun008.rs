//! TUN008: the tunnel does not take envelopes.

use crate::doctor::{
    finding::Severity,
    live::judge,
    rules::{Check, Rule},
};

/// The rule.
pub const RULE: Rule = Rule {
    id: "TUN008",
    title: "The tunnel does not take envelopes",
    severity: Severity::Error,
    why: "The browser posts every event to the tunnel. Where that path redirects, asks for a login, is a page, or refuses the body, the events are lost, and the SDK says nothing: it heeds only network failures, 413 and rate limits.",
    docs: "https://docs.sentry.io/platforms/javascript/troubleshooting/#using-the-tunnel-option",
    checks: &[Check::Live(judge::broken)],
};
