//! The options of the running client against those that are written in the source.

use serde_json::Value as Json;

use crate::doctor::{
    finding::{At, Finding, Fix, Found, Severity},
    page::Client,
    project::{App, Init, Setting},
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

/// What makes a value another one in a page that a development server made: it is read for a production build.
const CHOOSING: [&str; 7] = ["?", "&&", "||", "PROD", "DEV", "MODE", "NODE_ENV"];

/// Tells each option whose value in the running client cannot be what the source says.
pub(super) fn options(client: &Client, init: &Init, app: &App, found: &mut Found) {
    // What cannot be followed may set any option anew.
    if !init.hidden.is_empty() {
        return;
    }
    for name in COMPARED {
        let Some(written) = init.option(name) else { continue };
        // Tunnel routes are put in by the build.
        if name == "tunnel" && app.plugins.iter().any(|plugin| plugin.option("tunnelRoute").is_some()) {
            continue;
        }
        if is_chosen(app, init, written) {
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

/// Whether the option, or the line that has its value, chooses.
fn is_chosen(app: &App, init: &Init, written: &Setting) -> bool {
    let module = app.modules.get(&init.path).and_then(Result::ok);
    let option =
        written.span.zip(module).and_then(|(span, module)| Some(module.text.get(span.start..span.end)?.to_owned()));
    let line = at(app, &written.value.at.path, written.value.at.span).excerpt;
    option.into_iter().chain(line).any(|text| CHOOSING.iter().any(|word| text.contains(word)))
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
        // It makes an address of its own.
        (Json::Bool(true), Json::String(_)) if matches!(name, "tunnel" | "spotlight") => true,
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
