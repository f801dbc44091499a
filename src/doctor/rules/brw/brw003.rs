//! BRW003: the SDK that runs is not the one that is written down.

use super::{brw002::copies, compare};
use crate::doctor::{
    finding::{At, Finding, Fix, Found, Severity},
    page::{Client, InPage},
    project::{App, Init, Runtime},
    rules::{Check, Rule},
};

/// The rule.
pub const RULE: Rule = Rule {
    id: "BRW003",
    title: "The running SDK is missing, off, or other than written",
    severity: Severity::Error,
    why: "What the source says counts only if it runs: a config file that no bundler loads, a variable that is empty in the \
          build, a plugin that overrides an option or a second copy of the SDK make the running client another one.",
    docs: "https://docs.sentry.io/platforms/javascript/configuration/options/",
    checks: &[Check::InPage(look)],
};

fn look(page: &InPage, app: Option<&App>, found: &mut Found) {
    if page.document.problem.is_some() {
        return;
    }
    let inits: Vec<&Init> =
        app.into_iter().flat_map(|app| &app.inits).filter(|it| it.runtime == Runtime::Client && it.sure).collect();
    if page.sdk.clients.is_empty() {
        // An app that has no SDK for browsers needs none in its pages.
        if page.sdk.loader.is_none() && (app.is_none() || !inits.is_empty()) {
            found.add(missing(page, app, &inits));
        }
        return;
    }
    for client in &page.sdk.clients {
        found.findings.extend(off(client));
    }
    if page.sdk.clients.len() > 1 {
        let message = format!(
            "Several copies of the SDK run in this page: {}. They know nothing of each other: user, tags and breadcrumbs that \
             one was given are missing in the events of the other.",
            copies(&page.sdk.clients)
        );
        let fix = steps("keep one copy", "Bring all @sentry packages to one version, and start the SDK in one place.");
        found.add(Finding::new(RULE.id, Severity::Warning, "copies", message).fix(fix));
    }
    if let (Some(app), [client], [init]) = (app, page.sdk.clients.as_slice(), inits.as_slice()) {
        compare::options(client, init, app, found);
    }
}

fn missing(page: &InPage, app: Option<&App>, inits: &[&Init]) -> Finding {
    let idle = page.sdk.idle.first();
    let is_other = page.url.trim_end_matches('/') != page.document.url.trim_end_matches('/');
    let message = match idle {
        Some(version) => {
            format!("The SDK {version} is loaded in this page, but nobody started it: Sentry.init was not called.")
        }
        None if is_other => format!("No Sentry SDK runs in {}, where {} led to.", page.document.url, page.url),
        None => "No Sentry SDK runs in this page.".to_owned(),
    };
    let mut finding = Finding::new(RULE.id, Severity::Error, "missing", message);
    for (init, app) in inits.iter().zip(app.into_iter().cycle()).take(3) {
        finding = finding.at(compare::at(app, &init.path, init.span).noted("it is to be started here"));
    }
    if finding.at.is_empty() {
        finding = finding.at(At::whole(page.document.url.clone()));
    }
    let scripts: Vec<String> = page.scripts.iter().map(|(url, why)| format!("{url}: {why}")).collect();
    if !scripts.is_empty() {
        finding = finding.evidence("scripts that did not load", scripts.join("; "));
    }
    let step = if idle.is_some() {
        "Call Sentry.init before the app starts; look for a condition around it, or an error before it in the console."
    } else {
        "See that the file with Sentry.init is part of the build of this page, and that its scripts load."
    };
    let finding = finding.fix(steps("start the SDK in the page", step));
    let conditions: Vec<&str> =
        inits.iter().flat_map(|init| init.conditions.iter().map(|condition| condition.text.as_str())).collect();
    match (conditions.is_empty(), is_other) {
        (true, false) => finding,
        (true, true) => finding.likely(),
        (false, _) => finding.evidence("only where", conditions.join(", ")).likely(),
    }
}

/// A client that sends nothing.
fn off(client: &Client) -> Option<Finding> {
    if client.enabled {
        return None;
    }
    let is_off = client.option("enabled") == Some(&serde_json::Value::Bool(false));
    let (key, message, step) = match (is_off, &client.dsn) {
        (true, _) => (
            "disabled",
            "The SDK runs but is switched off: `enabled` is false. It sends nothing.",
            "Set `enabled` to true where errors are wanted, or leave it out; look at the condition that it is made of.",
        ),
        (false, None) => (
            "dsn",
            "The SDK runs without a DSN: the option is empty in this build, or is no DSN. It sends nothing.",
            "See that the variable that the DSN is read from is set when the app is built, and visible to the browser.",
        ),
        (false, Some(_)) => (
            "transport",
            "The SDK runs without a transport: it sends nothing.",
            "Leave the `transport` option out, or give one that works in browsers.",
        ),
    };
    let finding = Finding::new(RULE.id, Severity::Error, key, message);
    Some(finding.fix(steps("switch the SDK on", step)))
}

fn steps(title: &str, step: &str) -> Fix {
    Fix { title: title.to_owned(), edits: Vec::new(), steps: vec![step.to_owned()] }
}
