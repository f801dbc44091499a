//! TUN004 as it is written: what a handler asks of the DSN before it posts.

use crate::doctor::{
    finding::{Confidence, Finding, Fix, Found, Severity},
    project::{App, Form, Project, Word},
    tunnel::{Checked, way},
};

use super::words::{Handler, handler, of, place, python};

/// Looks at the handler of the tunnel, and at every other endpoint that passes envelopes on.
pub(super) fn check(project: &Project, app: &App, found: &mut Found) {
    let way = way(project, app);
    let tunnel = way.as_ref().and_then(handler);
    let used = tunnel.as_ref().map(|handler| handler.route.address.clone());
    let others = app.routes.iter().filter(|route| {
        route.form != Form::Page
            && project.tree.mentions(&route.path, Word::ENVELOPE)
            && Some(&route.address) != used.as_ref()
    });
    for handler in tunnel.into_iter().chain(others.filter_map(|route| of(app, route))) {
        if let Some(finding) = relay(project, &handler) {
            found.add(finding);
        }
    }
    for route in app
        .routes
        .iter()
        .filter(|route| route.form == Form::Python && project.tree.mentions(&route.path, Word::ENVELOPE))
    {
        let Some(text) = python(project, route) else { continue };
        if open_python(&text, route.span.map_or(0, |span| span.start)) {
            let message = format!(
                "{} posts to the host that the envelope names, and nothing is asked of it before: anyone can make this server send requests to any host.",
                route.address
            );
            let mut finding = Finding::new("TUN004", Severity::Error, route.address.clone(), message);
            finding = finding.at(place(project, route)).fix(steps());
            finding.confidence = Confidence::Likely;
            found.add(finding);
        }
    }
}

fn relay(project: &Project, handler: &Handler<'_>) -> Option<Finding> {
    let relay = &handler.relay;
    let target = relay.targets.iter().find(|target| target.host_of_envelope || target.project_of_envelope)?;
    let by_part = |part: &Option<String>| part.as_ref().is_some_and(|part| part.contains("sentry.io"));
    let strong = |wanted: Checked| {
        let holds = |what: Checked| what == wanted || what == Checked::Both;
        relay.checks.iter().any(|check| holds(check.what) && !by_part(&check.part))
    };
    let address = &handler.route.address;
    let make = |severity: Severity, key: &str, message: String| {
        let at = project.at(&target.at);
        Finding::new("TUN004", severity, format!("{address} {key}"), message).at(at).fix(steps())
    };
    if target.host_of_envelope && !strong(Checked::Host) {
        let weak = relay.checks.iter().find(|check| by_part(&check.part));
        return Some(match weak {
            None => make(
                Severity::Error,
                "host",
                format!(
                    "{address} posts to the host that the envelope names, and nothing is asked of it before: anyone can make this server send requests to any host, its own network too."
                ),
            ),
            Some(check) => {
                let part = check.part.as_deref().unwrap_or_default();
                let finding = if part.starts_with('.') {
                    if strong(Checked::Project) {
                        return None;
                    }
                    make(
                        Severity::Warning,
                        "any project",
                        format!(
                            "{address} lets every host that ends with {part} through: anyone can send events to any project of Sentry through this server."
                        ),
                    )
                } else {
                    make(
                        Severity::Error,
                        "host",
                        format!(
                            "{address} takes a host for Sentry's where `{part}` is a part of it: a host such as evil-{part} (or {part}.evil.example) gets through, and this server posts to it."
                        ),
                    )
                };
                finding.at(project.at(&check.at).noted("the check that is not enough"))
            }
        });
    }
    if target.project_of_envelope && !strong(Checked::Project) {
        return Some(make(
            Severity::Warning,
            "project",
            format!(
                "{address} posts to whichever project the envelope names: anyone can send events to every project of that host through this server."
            ),
        ));
    }
    None
}

fn steps() -> Fix {
    let steps = vec![
        "Before posting, compare the envelope's DSN with the app's own: const own = new URL(DSN), sent = new URL(header.dsn); if (sent.host !== own.host || sent.pathname !== own.pathname) answer 403.".to_owned(),
        "Make the address of the app's own DSN, never of the envelope's: `https://${own.host}/api${own.pathname}/envelope/`.".to_owned(),
        "Follow no redirect: fetch(…, { redirect: 'error' }).".to_owned(),
    ];
    Fix { title: "let the app's own DSN through alone".to_owned(), edits: Vec::new(), steps }
}

/// Whether a function in Python posts to a host of the envelope without any comparison.
fn open_python(text: &str, from: usize) -> bool {
    let rest = text.get(from..).unwrap_or_default();
    // Until the next endpoint.
    let end = rest.get(1..).and_then(|rest| rest.find("\n@")).map_or(rest.len(), |at| at + 1);
    let body = rest.get(..end).unwrap_or_default();
    let sends =
        ["requests.post", "httpx.", "urlopen(", ".post(f", "http.request"].iter().any(|word| body.contains(word));
    let reads = body.contains("\"dsn\"") || body.contains("'dsn'");
    let compares = body.lines().any(|line| {
        let lower = line.to_ascii_lowercase();
        let about = ["host", "dsn", "project", "netloc", "allowed", "known"].iter().any(|word| lower.contains(word));
        about && (["!=", "==", " in ", "not in", "endswith", "startswith"].iter().any(|sign| lower.contains(sign)))
    });
    let named = ["{dsn.hostname", "{dsn.netloc", "{host", "{parsed", "{dsn_"].iter().any(|word| body.contains(word));
    sends && reads && !compares && named
}
