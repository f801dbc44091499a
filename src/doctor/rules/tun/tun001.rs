//! TUN001: nothing answers at the tunnel.

use crate::doctor::{
    finding::{Confidence, Finding, Fix, Found, Severity, Undecided},
    project::{App, Form, Kind, Project},
    rules::{Check, Rule},
    tunnel::{Missing, Serves, Way, create, way},
};

use super::words::{option, rewritten};

/// The rule.
pub const RULE: Rule = Rule {
    id: "TUN001",
    title: "Nothing answers at the tunnel",
    severity: Severity::Error,
    why: "The browser posts every event to the path of `tunnel`. Where the app has no endpoint there, the answer is 404 or a page, and the SDK says nothing: it heeds only network failures, 413 and rate limits. All events of the browser are lost.",
    docs: "https://docs.sentry.io/platforms/javascript/troubleshooting/#using-the-tunnel-option",
    checks: &[Check::Static(check)],
};

fn check(project: &Project, app: &App, found: &mut Found) {
    let Some(way) = way(project, app) else { return };
    let path = way.path.clone().or_else(|| way.tunnel.address.clone()).unwrap_or_default();
    let finding =
        |message: String| Finding::new(RULE.id, Severity::Error, path.clone(), message).at(option(project, &way));
    match &way.serves {
        Serves::Nothing(Missing::Endpoint) => {
            let message = format!(
                "The browser posts every envelope to {path}, and nothing in the app answers there. The events are lost."
            );
            found.add(finding(message).fix(handler(project, app, &way)));
        }
        Serves::Page(route) => {
            let message = format!(
                "{path} is a page ({}): it answers a POST with HTML and 200, so the SDK takes every event for sent, and all are lost.",
                route.path
            );
            let steps = vec![
                format!(
                    "Choose a path without a page, such as /api/{}, and set `tunnel` to it.",
                    path.trim_matches('/').replace('/', "-")
                ),
                "Then check again: the fix of what is found then makes the handler.".to_owned(),
            ];
            let title = "give the tunnel a path of its own".to_owned();
            found.add(finding(message).fix(Fix { title, edits: Vec::new(), steps }));
        }
        Serves::Nothing(Missing::BasePath(base)) => {
            let message = format!(
                "The browser posts every envelope to {path}, but the app lives under {base}: `tunnel` is taken as it is written, without the base path."
            );
            let full = format!("{base}{path}");
            let edits: Vec<_> = rewritten(project, &way.tunnel.value, &full).into_iter().collect();
            let steps = if edits.is_empty() { vec![format!("Set `tunnel` to '{full}'.")] } else { Vec::new() };
            found.add(finding(message).fix(Fix { title: format!("post to {full}"), edits, steps }));
        }
        Serves::Nothing(Missing::Relative) => {
            let message = format!(
                "`tunnel` is {path}, without a slash at its beginning: the browser takes it relative to the page that is shown, so it is right on pages at the top alone."
            );
            let full = format!("/{}", path.trim_start_matches("./"));
            let edits: Vec<_> = rewritten(project, &way.tunnel.value, &full).into_iter().collect();
            let steps = if edits.is_empty() { vec![format!("Set `tunnel` to '{full}'.")] } else { Vec::new() };
            found.add(finding(message).fix(Fix { title: format!("post to {full}"), edits, steps }));
        }
        Serves::Unknown(hidden) => {
            let at = hidden.first().map_or_else(|| option(project, &way), |hidden| project.at(&hidden.at));
            let what = if path.is_empty() {
                "the path of the tunnel".to_owned()
            } else {
                format!("whether anything answers at {path}")
            };
            let ask = match app.framework.kind {
                Kind::Next => "give url, or build the app: .next/routes-manifest.json has its rewrites",
                _ => "give url: the live check posts to it",
            };
            found.undecided.push(Undecided { rule: RULE.id, what, at, ask });
        }
        _ => {}
    }
    // A server whose endpoints are found by patterns may have others.
    let last = found.findings.last_mut().filter(|finding| finding.rule == RULE.id);
    let sure = matches!(app.framework.kind, Kind::Next | Kind::SvelteKit | Kind::Nuxt | Kind::Remix | Kind::Astro);
    if let (Some(last), false) = (last, sure) {
        last.confidence = Confidence::Likely;
    }
}

/// Makes the handler, or says how.
fn handler(project: &Project, app: &App, way: &Way<'_>) -> Fix {
    let path = way.inner.as_deref().unwrap_or_default();
    if let Some(edit) = create(project, app, path) {
        let title = format!("add a handler at {path} that passes envelopes of this project on");
        return Fix { title, edits: vec![edit], steps: Vec::new() };
    }
    let pages_only = app.next.as_ref().is_some_and(|next| next.app_folder.is_none() && next.pages_folder.is_some());
    // The pages router has endpoints below /api alone.
    if pages_only && !path.starts_with("/api/") {
        let other = format!("/api{path}");
        let base = way.path.as_deref().and_then(|full| full.strip_suffix(path)).unwrap_or_default();
        if let (Some(made), Some(moved)) =
            (create(project, app, &other), rewritten(project, &way.tunnel.value, &format!("{base}{other}")))
        {
            let title = format!("add a handler at {other}, where the pages router has endpoints, and post there");
            return Fix { title, edits: vec![made, moved], steps: Vec::new() };
        }
    }
    let node = app.routes.iter().any(|route| route.form == Form::Node);
    let place = if node { "Before the parsers of bodies, add" } else { "Add" };
    let steps = vec![
        format!("{place} an endpoint for POST {path} that reads the body as bytes (never as text), at most 20 MB."),
        "Parse the first line as JSON; answer 403 unless host, path and key of its `dsn` are those of the app's own DSN.".to_owned(),
        "Post the bytes to https://HOST/api/PROJECT/envelope/ of the app's own DSN, with Content-Type application/x-sentry-envelope and the client's address in X-Sentry-Forwarded-For, without its cookies, following no redirect.".to_owned(),
        "Answer with Sentry's status, Retry-After and X-Sentry-Rate-Limits.".to_owned(),
    ];
    Fix { title: format!("add a handler at {path}"), edits: Vec::new(), steps }
}
