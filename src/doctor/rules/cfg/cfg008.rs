//! CFG008: a tunnel with a path, on the server.

use crate::doctor::{
    finding::{Edit, Finding, Fix, Found, Severity},
    project::{App, Init, Project, Runtime},
    rules::{Check, Rule, edit},
};

/// The rule.
pub const RULE: Rule = Rule {
    id: "CFG008",
    title: "The server has the tunnel of the browser",
    severity: Severity::Error,
    why: "A tunnel is for browsers, where ad blockers stop requests to Sentry. On the server a path has no host: the SDK cannot send there, logs it once and loses every event.",
    docs: "https://docs.sentry.io/platforms/javascript/troubleshooting/#using-the-tunnel-option",
    checks: &[Check::Static(look)],
};

fn look(project: &Project, app: &App, found: &mut Found) {
    let wrong = |init: &&Init| {
        init.runtime != Runtime::Client
            && init.reachable
            && init.sure
            && init
                .option("tunnel")
                .and_then(|tunnel| tunnel.value.text())
                .is_some_and(|tunnel| tunnel.starts_with('/'))
    };
    let mut all: Vec<&Init> = app.inits.iter().filter(wrong).collect();
    all.dedup_by(|a, b| a.path == b.path && a.span == b.span);
    let Some(tunnel) = all.first().and_then(|init| init.option("tunnel")).and_then(|tunnel| tunnel.value.text()) else {
        return;
    };
    let mut places: Vec<&str> = all.iter().map(|init| init.path.as_str()).collect();
    places.dedup();
    let message = format!(
        "{} {} the tunnel {tunnel}, a path without a host: the SDK on the server cannot send there and loses every event.",
        places.join(" and "),
        if places.len() == 1 { "sets" } else { "set" }
    );
    let mut finding = Finding::new(RULE.id, Severity::Error, "tunnel", message);
    let mut edits: Vec<Edit> = Vec::new();
    let mut whole = true;
    for init in &all {
        let Some(setting) = init.option("tunnel") else { continue };
        let at = edit::at_option(project, init, setting);
        if !finding.at.contains(&at) {
            finding.at.push(at);
        }
        match without(project, app, init) {
            Some(edit) if edits.contains(&edit) => {}
            Some(edit) => edits.push(edit),
            None => whole = false,
        }
    }
    if !whole {
        edits.clear();
    }
    let steps = match edits.is_empty() {
        true => {
            vec!["Set `tunnel` in the browser's Sentry.init only, not in what the server shares with it.".to_owned()]
        }
        false => Vec::new(),
    };
    found.add(finding.fix(Fix { title: "leave the tunnel to the browser".to_owned(), edits, steps }));
}

/// Takes the option out, or undoes the one that a spread brings. A call that the browser makes too needs a person.
fn without(project: &Project, app: &App, init: &Init) -> Option<Edit> {
    let shared = |other: &Init| other.runtime == Runtime::Client && other.path == init.path && other.span == init.span;
    if app.inits.iter().any(shared) {
        return None;
    }
    let text = edit::text(project, &init.path)?;
    match init.option("tunnel")?.span {
        Some(span) => Some(edit::remove(&text, &init.path, span)),
        None => edit::add(&text, &init.path, init.argument?, "tunnel: undefined"),
    }
}
