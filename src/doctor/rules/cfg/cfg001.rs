//! CFG001: Turbopack does not load sentry.client.config.

use crate::doctor::{
    finding::{Edit, Finding, Fix, Found, Severity},
    project::{App, Kind, Project, Runtime},
    rules::{Check, Rule, edit},
};

/// The rule.
pub const RULE: Rule = Rule {
    id: "CFG001",
    title: "Turbopack does not load sentry.client.config",
    severity: Severity::Error,
    why: "The SDK puts sentry.client.config into the browser's code with webpack only. Next.js 16 builds with Turbopack by default, which knows nothing of that file: Sentry never starts in the browser. instrumentation-client is the file that Next.js itself loads.",
    docs: "https://docs.sentry.io/platforms/javascript/guides/nextjs/manual-setup/",
    checks: &[Check::Static(look)],
};

fn look(project: &Project, app: &App, found: &mut Found) {
    if app.framework.kind != Kind::Next || app.next.as_ref().and_then(|next| next.turbopack) != Some(true) {
        return;
    }
    if super::file_named(project, app, "instrumentation-client").is_some() {
        return;
    }
    let Some(old) = super::file_named(project, app, "sentry.client.config") else { return };
    // Something else may start it: a component.
    if !app.starts(Runtime::Client).is_empty() {
        return;
    }
    let to = old.replace("sentry.client.config.", "instrumentation-client.");
    let version = app.framework.version.as_ref().map(|version| format!(" {version}")).unwrap_or_default();
    let message = format!(
        "Next.js{version} builds this app with Turbopack, which does not load {old}: Sentry never starts in the browser."
    );
    let start = app.inits.iter().find(|init| init.entry == old);
    let at = start.map_or_else(|| crate::doctor::finding::At::whole(old.clone()), |init| edit::at_start(project, init));
    let mut edits = vec![Edit::Rename { from: old.clone(), to: to.clone() }];
    if let Some(text) = edit::text(project, &old)
        && !text.contains("onRouterTransitionStart")
        && text.contains("import * as Sentry from")
        && app.package.version("@sentry/nextjs").is_some_and(|sdk| sdk.is_at_least(9, 12, 0))
    {
        let line = "export const onRouterTransitionStart = Sentry.captureRouterTransitionStart;";
        edits.push(edit::append(&text, &old, line));
    }
    let fits = app.framework.version.as_ref().is_none_or(|next| next.is_at_least(15, 3, 0));
    let fix = if fits {
        Fix { title: format!("name it {to}"), edits, steps: Vec::new() }
    } else {
        let step = "Update Next.js to 15.4.1 or later, then rename the file; or build without --turbo.".to_owned();
        Fix { title: "build with webpack, or update Next.js".to_owned(), edits: Vec::new(), steps: vec![step] }
    };
    found.add(Finding::new(RULE.id, Severity::Error, "client", message).at(at).fix(fix));
}
