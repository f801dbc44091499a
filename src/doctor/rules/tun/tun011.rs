//! TUN011: `tunnel: true` without the server's half.

use crate::doctor::{
    finding::{Finding, Fix, Found, Severity},
    project::{App, Project, Word},
    rules::{Check, Rule},
    tunnel::{Serves, way},
};

use super::words::option;

/// The rule.
pub const RULE: Rule = Rule {
    id: "TUN011",
    title: "tunnel: true without serveTunnelIntegration",
    severity: Severity::Error,
    why: "`tunnel: true` (SDK 11.13 and later) posts to a path that is made of the DSN. The server's SDK answers there only with `serveTunnelIntegration()`, on the server and at the edge.",
    docs: "https://docs.sentry.io/platforms/javascript/guides/nextjs/configuration/integrations/servetunnel/",
    checks: &[Check::Static(check)],
};

fn check(project: &Project, app: &App, found: &mut Found) {
    let Some(way) = way(project, app).filter(|way| matches!(way.serves, Serves::Integration)) else { return };
    let path = way.path.clone().unwrap_or_else(|| "a path made of the DSN".to_owned());
    let sdk = app.package.exact.iter().find(|(name, _)| name.starts_with("@sentry/")).map(|(_, version)| version);
    if let Some(old) = sdk.filter(|version| !version.is_at_least(11, 13, 0)) {
        let message =
            format!("`tunnel: true` is known from SDK 11.13 on; {old} is installed, and takes it for an address.");
        let steps = vec![
            "Update all packages of Sentry to 11.13 or later, or set `tunnel` to the path of a handler.".to_owned(),
        ];
        let fix = Fix { title: "update the SDK".to_owned(), edits: Vec::new(), steps };
        return found
            .add(Finding::new(RULE.id, Severity::Error, "version", message).at(option(project, &way)).fix(fix));
    }
    let serves = app
        .mentioning(&project.tree, Word::SENTRY)
        .any(|path| matches!(project.files.read(path), Ok(Some(text)) if text.contains("serveTunnelIntegration")));
    if serves {
        return;
    }
    let message = format!(
        "The browser posts every envelope to {path}, and no start of Sentry on the server has serveTunnelIntegration(): nothing answers there."
    );
    let steps = vec![
        "Add Sentry.serveTunnelIntegration() to `integrations` of the Sentry.init of the server, and of the edge."
            .to_owned(),
        format!("Leave {path} out of the middleware's matcher, and let it through CDN and firewall."),
    ];
    let fix = Fix { title: "serve the tunnel".to_owned(), edits: Vec::new(), steps };
    found.add(Finding::new(RULE.id, Severity::Error, "integration", message).at(option(project, &way)).fix(fix));
}
