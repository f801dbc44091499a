//! DSN007: sentry does not take events of this DSN.

use crate::doctor::{
    finding::Severity,
    live::judge,
    rules::{Check, Rule},
};

/// The rule.
pub const RULE: Rule = Rule {
    id: "DSN007",
    title: "Sentry does not take events of this DSN",
    severity: Severity::Error,
    why: "A DSN can be well written and still be of no use: the key was revoked, the project is disabled, its quota is used up, or the host is no Sentry. The answer to one real event tells.",
    docs: "https://docs.sentry.io/concepts/key-terms/dsn-explainer/",
    checks: &[Check::Live(judge::ingest)],
};
