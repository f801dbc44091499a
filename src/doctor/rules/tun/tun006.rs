//! TUN006: the handler of the tunnel lacks something.

use crate::doctor::{
    finding::{At, Finding, Fix, Found, Severity},
    project::{Answer, App, Project},
    rules::{Check, Rule},
    tunnel::{Serves, way},
};

use super::words::{function, handler, place};

/// The rule.
pub const RULE: Rule = Rule {
    id: "TUN006",
    title: "The tunnel's handler lacks something",
    severity: Severity::Error,
    why: "A handler must answer POST. It must hand Sentry's status, `Retry-After` and `X-Sentry-Rate-Limits` back, or the SDK goes on sending what is refused. Without `X-Sentry-Forwarded-For` all users have the server's address; without a limit anyone can fill its memory; and cookies are nobody else's business.",
    docs: "https://docs.sentry.io/platforms/javascript/troubleshooting/#using-the-tunnel-option",
    checks: &[Check::Static(check)],
};

fn check(project: &Project, app: &App, found: &mut Found) {
    let Some(way) = way(project, app) else { return };
    let Serves::Endpoint(owner, route) = way.serves else { return };
    if let Answer::NoPost(methods) = route.answer(&owner.modules) {
        let has = if methods.is_empty() { "no method at all".to_owned() } else { methods.join(", ") };
        let message = format!(
            "{} has {has}, but no POST: the answer to every envelope is 405, and the events are lost.",
            route.address
        );
        let steps = vec![format!("Have {} answer POST: export the handler as `POST` (Remix: `action`).", route.path)];
        let fix = Fix { title: "answer POST".to_owned(), edits: Vec::new(), steps };
        let at = if route.span.is_some() { place(project, route) } else { At::whole(&route.path) };
        return found.add(Finding::new(RULE.id, Severity::Error, route.address.clone(), message).at(at).fix(fix));
    }
    let Some(handler) = handler(&way) else { return };
    if handler.relay.targets.is_empty() {
        return;
    }
    // Names of headers and limits are often constants of the file.
    let texts = handler.relay.functions.iter().map(|(module, _)| module.text.to_ascii_lowercase());
    let file = owner.modules.get(&route.path).and_then(Result::ok);
    let text: String = texts.chain(file.map(|module| module.text.to_ascii_lowercase())).collect();
    let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
    let mut lacks: Vec<(&str, &str)> = Vec::new();
    let mut severity = Severity::Info;
    if handler.relay.all_headers.is_some() {
        severity = Severity::Warning;
        lacks.push((
            "it posts the visitor's cookies and login on to Sentry",
            "Send Content-Type and X-Sentry-Forwarded-For alone, not the headers of the request.",
        ));
    }
    if !handler.relay.returns_answer && !says(&[".status", "statuscode"]) {
        severity = Severity::Warning;
        lacks.push((
            "it does not hand Sentry's status back",
            "Answer with the status of Sentry's answer: the SDK waits after a 429.",
        ));
    }
    if !handler.relay.returns_answer
        && !says(&[
            "rate-limits",
            "retry-after",
            ".headers)",
            "headers: response.headers",
            "headers: answer.headers",
            "headers: res.headers",
            "headers: upstream.headers",
            "headers: r.headers",
            "headers: result.headers",
            "headers: resp.headers",
            "headers: reply.headers",
            "headers: sentryresponse.headers",
            "headers: sentryres.headers",
        ])
    {
        lacks.push((
            "it does not hand `Retry-After` and `X-Sentry-Rate-Limits` back",
            "Copy both headers into the answer.",
        ));
    }
    if !says(&["forwarded-for", "forwarded_for"]) {
        lacks.push((
            "it does not say the client's address",
            "Set X-Sentry-Forwarded-For to the address of the client (the first of X-Forwarded-For).",
        ));
    }
    let limits =
        ["content-length", "bytelength", "413", "limit", "max_", "maxsize", "maxbytes", ".size >", ".length >"];
    if !says(&limits) {
        lacks.push(("it takes envelopes of any size", "Answer 413 to more than 20 MB, before the body is read."));
    }
    if lacks.is_empty() {
        return;
    }
    let said: Vec<&str> = lacks.iter().map(|(what, _)| *what).collect();
    let message = format!("The handler of {} works, but {}.", route.address, said.join("; "));
    let steps = lacks.iter().map(|(_, step)| (*step).to_owned()).collect();
    let fix = Fix { title: "complete the handler".to_owned(), edits: Vec::new(), steps };
    let at = match &handler.relay.all_headers {
        Some(at) => project.at(at),
        None => function(project, &handler),
    };
    found.add(Finding::new(RULE.id, severity, route.address.clone(), message).at(at).fix(fix));
}
