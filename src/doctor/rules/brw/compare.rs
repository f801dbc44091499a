//! The options of the running client against those that are written in the source.

use serde_json::Value as Json;

use crate::doctor::{
    finding::{At, Finding, Fix, Found, Severity},
    page::Client,
    project::{App, Init},
    script::{Span, Value, What},
};

/// Options that are compared. `environment` and `release` have other sources than the init where it does not name them.
const COMPARED: [&str; 13] = [
    "dsn",
    "tunnel",
    "release",
    "environment",
    "enabled",
    "sampleRate",
    "tracesSampleRate",
    "replaysSessionSampleRate",
    "replaysOnErrorSampleRate",
    "sendDefaultPii",
    "enableLogs",
    "debug",
    "spotlight",
];

/// Variables that say how the page was built.
const MODES: [&str; 8] =
    ["NODE_ENV", "MODE", "DEV", "PROD", "VERCEL_ENV", "NEXT_PUBLIC_VERCEL_ENV", "CONTEXT", "APP_ENV"];

/// Tells each option whose value in the running client cannot be what the source says.
pub(super) fn options(client: &Client, init: &Init, app: &App, found: &mut Found) {
    for name in COMPARED {
        let Some(written) = init.option(name) else { continue };
        // Tunnel routes are put in by the build.
        if name == "tunnel" && app.plugins.iter().any(|plugin| plugin.option("tunnelRoute").is_some()) {
            continue;
        }
        // What is read for a production build says nothing of a page that a development server made.
        if written.value.env.iter().any(|name| MODES.contains(&name.as_str())) {
            continue;
        }
        let runs = if name == "dsn" { client.dsn.clone().map(Json::String) } else { client.option(name).cloned() };
        let possible: Option<Vec<Json>> = written.value.choices().into_iter().map(json).collect();
        let Some(possible) = possible else { continue };
        let runs = runs.unwrap_or(Json::Null);
        if possible.iter().any(|it| same(name, it, &runs)) {
            continue;
        }
        let says = possible.iter().map(|it| shown(name, it)).collect::<Vec<_>>().join(" or ");
        let message = format!(
            "`{name}` runs with {}, but the source says {says}: the page was built from other code, or something overrides it.",
            shown(name, &runs)
        );
        let is_vital = matches!(name, "dsn" | "tunnel" | "enabled");
        let severity = match (written.value.env.is_empty(), is_vital) {
            // The environment of the build may have said otherwise on purpose.
            (false, _) => Severity::Info,
            (true, true) => Severity::Error,
            (true, false) => Severity::Warning,
        };
        let place = at(app, &written.value.at.path, written.value.at.span);
        let step = "Build and deploy again, and see that no other Sentry.init or plugin sets this option.";
        let fix =
            Fix { title: format!("make `{name}` run as written"), edits: Vec::new(), steps: vec![step.to_owned()] };
        found.add(Finding::new("BRW003", severity, format!("option {name}"), message).at(place).fix(fix).likely());
    }
}

/// A place in a file of the app, with its line where the file is parsed.
pub(super) fn at(app: &App, path: &str, span: Span) -> At {
    match app.modules.get(path) {
        Some(Ok(module)) => At::span(path, &module.text, span),
        _ => At::whole(path),
    }
}

/// A value whose truth does not depend on how the app is built; none = it does.
fn json(value: &Value) -> Option<Json> {
    match &value.what {
        What::Undefined | What::Null => Some(Json::Null),
        What::Bool(bool) => Some(Json::Bool(*bool)),
        What::Number(number) => Some(Json::from(*number)),
        What::Text(_) => value.text().map(Json::String),
        _ => None,
    }
}

fn same(name: &str, written: &Json, runs: &Json) -> bool {
    match (written, runs) {
        (Json::Number(written), Json::Number(runs)) => written.as_f64() == runs.as_f64(),
        (Json::String(written), Json::String(runs)) if name == "dsn" => public(written) == public(runs),
        // What the source leaves empty, the SDK or the build may fill in.
        (Json::Null, _) => true,
        (Json::String(written), _) if written.is_empty() => true,
        (Json::Bool(false), Json::Null) => true,
        _ => written == runs,
    }
}

/// A DSN without its secret part.
fn public(dsn: &str) -> String {
    match (dsn.split_once("://"), dsn.rsplit_once('@')) {
        (Some((scheme, rest)), Some((_, host))) => {
            let key = rest.split(['@', ':']).next().unwrap_or_default();
            format!("{scheme}://{key}@{host}")
        }
        _ => dsn.trim().to_owned(),
    }
}

fn shown(name: &str, value: &Json) -> String {
    match value {
        Json::Null => "no value".to_owned(),
        Json::String(text) if name == "dsn" => public(text),
        Json::String(text) => format!("`{text}`"),
        other => other.to_string(),
    }
}
