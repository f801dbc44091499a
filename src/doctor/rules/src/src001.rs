//! SRC001: source maps are not uploaded, or public.

use crate::doctor::{
    finding::Severity,
    live::judge,
    rules::{Check, Rule},
};

/// The rule.
pub const RULE: Rule = Rule {
    id: "SRC001",
    title: "Source maps are not uploaded, or public",
    severity: Severity::Warning,
    why: "Without source maps Sentry shows minified code. Uploaded, they help; served to everyone, they give the source code away.",
    docs: "https://docs.sentry.io/platforms/javascript/sourcemaps/",
    checks: &[Check::Live(judge::public_maps)],
};
