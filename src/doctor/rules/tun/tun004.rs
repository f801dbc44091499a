//! TUN004: the tunnel posts to whoever an envelope names.

use crate::doctor::{
    finding::Severity,
    live::judge,
    rules::{Check, Rule},
};

use super::static004;

/// The rule.
pub const RULE: Rule = Rule {
    id: "TUN004",
    title: "The tunnel posts to whoever an envelope names",
    severity: Severity::Error,
    why: "A tunnel that takes the address to post to from the envelope lets anyone send requests from the server: to hosts of their choice, and into the server's own network (SSRF). Only the app's own DSN may get through.",
    docs: "https://docs.sentry.io/platforms/javascript/troubleshooting/#using-the-tunnel-option",
    checks: &[Check::Static(static004::check), Check::Live(judge::open_relay)],
};
