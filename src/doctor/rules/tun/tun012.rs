//! TUN012: the tunnel has a name that ad-blockers know.

use crate::doctor::{
    finding::{Finding, Fix, Found, Severity},
    project::{App, Project},
    rules::{Check, Rule},
    tunnel::way,
};

use super::words::option;

/// The rule.
pub const RULE: Rule = Rule {
    id: "TUN012",
    title: "The tunnel has a name that ad-blockers know",
    severity: Severity::Info,
    why: "A tunnel is there so that ad-blockers do not stop the events. Their lists have paths such as /sentry, /monitoring, /tunnel and /track.",
    docs: "https://docs.sentry.io/platforms/javascript/troubleshooting/#dealing-with-ad-blockers",
    checks: &[Check::Static(check)],
};

fn check(project: &Project, app: &App, found: &mut Found) {
    let Some(way) = way(project, app) else { return };
    let Some(path) = &way.inner else { return };
    let lower = path.to_ascii_lowercase();
    let Some(word) = ["sentry", "monitoring", "tunnel", "track", "telemetry", "analytics"]
        .iter()
        .find(|word| lower.contains(**word))
    else {
        return;
    };
    let message =
        format!("{path} has the word `{word}`, which lists of ad-blockers have: some browsers stop the envelopes.");
    let steps = vec!["Give the tunnel a neutral path, such as /api/ping-x, everywhere that it is named.".to_owned()];
    let fix = Fix { title: "give it a neutral path".to_owned(), edits: Vec::new(), steps };
    found.add(Finding::new(RULE.id, Severity::Info, path.clone(), message).at(option(project, &way)).fix(fix));
}
