//! TUN007: the tunnel does not allow the app's own DSN.

use crate::doctor::{
    finding::Severity,
    live::judge,
    rules::{Check, Rule},
};

use super::static007;

/// The rule.
pub const RULE: Rule = Rule {
    id: "TUN007",
    title: "The tunnel does not allow the app's own DSN",
    severity: Severity::Error,
    why: "The tunnel's list of allowed hosts or DSNs has another one than the browser's SDK uses: often the region is missing (`o1.ingest.sentry.io` for `o1.ingest.de.sentry.io`). Then it refuses every envelope, and the SDK says nothing.",
    docs: "https://docs.sentry.io/platforms/javascript/troubleshooting/#using-the-tunnel-option",
    checks: &[Check::Static(static007::check), Check::Live(judge::not_allowed)],
};
