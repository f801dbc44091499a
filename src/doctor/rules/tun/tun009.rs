//! TUN009: the tunnel answers only behind a redirect.

use crate::doctor::{
    finding::Severity,
    live::judge,
    rules::{Check, Rule},
};

use super::static009;

/// The rule.
pub const RULE: Rule = Rule {
    id: "TUN009",
    title: "The tunnel answers only behind a redirect",
    severity: Severity::Warning,
    why: "A redirect costs each envelope a second request, and one that a page sends while it is closed does not make it. A slash too many, a missing base path or a locale is enough for it.",
    docs: "https://nextjs.org/docs/app/api-reference/config/next-config-js/trailingSlash",
    checks: &[Check::Static(static009::check), Check::Live(judge::redirected)],
};
