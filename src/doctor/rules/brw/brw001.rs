//! BRW001: envelopes that do not arrive, as the browser saw it.

use super::{answers, worker};
use crate::doctor::{
    finding::{Finding, Fix, Found, Severity},
    page::{Barrier, InPage, Outcome, Sending, Violation},
    project::App,
    rules::{Check, Rule},
};

/// The rule.
pub const RULE: Rule = Rule {
    id: "BRW001",
    title: "What the SDK sends does not arrive",
    severity: Severity::Error,
    why: "The SDK sends its envelopes with fetch, and says nothing where they do not arrive: a policy, an extension, a redirect \
          or a page in place of the endpoint swallows them silently.",
    docs: "https://docs.sentry.io/platforms/javascript/troubleshooting/",
    checks: &[Check::InPage(look), Check::InPage(worker::look)],
};

/// One cause that keeps envelopes from arriving, with all that it stopped.
struct Loss<'a> {
    key: String,
    first: &'a Sending,
    items: Vec<&'a str>,
    count: usize,
}

fn look(page: &InPage, _: Option<&App>, found: &mut Found) {
    for loss in losses(page) {
        found.findings.extend(finding(page, &loss));
    }
    for violation in page.violations.iter().filter(|violation| !violation.enforced) {
        if page.sendings.iter().any(|sending| same(page, sending, violation)) {
            let message = format!(
                "A policy that only reports would block what the SDK sends to {}: its `{}` does not allow it.",
                violation.blocked, violation.directive
            );
            let finding = Finding::new(RULE.id, Severity::Info, format!("report {}", violation.directive), message);
            found.add(finding.evidence("policy", violation.policy.clone()));
        }
    }
}

fn losses(page: &InPage) -> Vec<Loss<'_>> {
    let mut losses: Vec<Loss<'_>> = Vec::new();
    for sending in &page.sendings {
        let Some(cause) = cause(page, sending) else { continue };
        let key = format!("{cause} {}", sending.to);
        let items = sending.items.iter().map(String::as_str);
        match losses.iter_mut().find(|loss| loss.key == key) {
            Some(loss) => {
                loss.items.extend(items);
                loss.count += 1;
            }
            None => losses.push(Loss { key, first: sending, items: items.collect(), count: 1 }),
        }
    }
    losses
}

fn cause(page: &InPage, sending: &Sending) -> Option<String> {
    match &sending.outcome {
        Outcome::Stopped(Barrier::Csp(violation)) => Some(format!("csp {}", violation.directive)),
        Outcome::Stopped(Barrier::Blocker) => Some("blocker".to_owned()),
        Outcome::Stopped(Barrier::Cors) => Some("cors".to_owned()),
        Outcome::Stopped(Barrier::Network(_)) => Some("network".to_owned()),
        Outcome::Refused(answer) => Some(answers::meaning(answer).key.to_owned()),
        // Others may have begun a moment ago.
        Outcome::Unanswered => {
            let tests = [&page.delivery, &page.handed].into_iter().flatten();
            let mut waited = tests.filter(|test| test.outcome == Outcome::Unanswered);
            waited.any(|test| test.event_id == sending.event_id).then(|| "unanswered".to_owned())
        }
        _ => None,
    }
}

fn finding(page: &InPage, loss: &Loss<'_>) -> Option<Finding> {
    let to = &loss.first.to;
    let (severity, message, fix) = match &loss.first.outcome {
        Outcome::Stopped(Barrier::Csp(violation)) => {
            let message = format!(
                "A Content-Security-Policy keeps the browser from sending to {to}: its `{}` does not allow it.",
                violation.directive
            );
            (Severity::Error, message, allow(violation, to, &loss.first.host))
        }
        Outcome::Stopped(Barrier::Blocker) => {
            let message =
                format!("The browser itself blocks what is sent to {to}: an ad blocker or tracking protection.");
            let step = if to.starts_with('/') {
                "Give the tunnel a path that no filter list knows: not `sentry`, `monitoring`, `tunnel` or `track`."
            } else {
                "Send through a tunnel of the app's own host (`tunnel`), under a path that no filter list knows."
            };
            (Severity::Error, message, steps("send where no filter list looks", step))
        }
        Outcome::Stopped(Barrier::Cors) => {
            let arrived = page.delivery.as_ref().and_then(|test| test.issue.as_ref());
            let arrived = arrived.map(|issue| format!(" (the test error arrived nevertheless, as {issue})"));
            let message = format!(
                "The answer of {to} is hidden from the page by CORS: it lacks Access-Control-Allow-Origin, or a redirect led \
                 to another origin. The SDK counts what it sent as lost{}.",
                arrived.unwrap_or_default()
            );
            let step = "Answer every POST with `Access-Control-Allow-Origin: *`, errors too; or use a tunnel on the page's own host.";
            (Severity::Error, message, steps("allow the page's origin", step))
        }
        Outcome::Stopped(Barrier::Network(error)) => {
            let message = format!("No connection to {to}: {error}.");
            let step = "Start what listens there, or correct host and port of the DSN (or of `tunnel`).";
            (Severity::Error, message, steps("make the address reachable", step))
        }
        Outcome::Refused(answer) => {
            let meaning = answers::meaning(answer);
            let is_event_lost = loss.items.is_empty() || loss.items.contains(&"event");
            let is_partial = meaning.partial && (meaning.key == "429" || !is_event_lost);
            let severity = if is_partial { Severity::Warning } else { Severity::Error };
            (severity, format!("{to} {}.", meaning.what), steps("let envelopes through", meaning.step))
        }
        Outcome::Unanswered => {
            let step = "Look why the handler does not answer: it may wait for Sentry without a time limit.";
            (Severity::Error, format!("{to} does not answer in time."), steps("answer envelopes", step))
        }
        _ => return None,
    };
    let message = format!("{message} Lost: {}.", lost(page, loss));
    let mut finding = Finding::new(RULE.id, severity, loss.key.clone(), message).fix(fix);
    if let Outcome::Stopped(Barrier::Csp(violation)) = &loss.first.outcome {
        finding = finding.evidence("policy", violation.policy.clone());
    }
    if let Some(answer) = &loss.first.answer {
        finding = finding.evidence("answer", answers::shown(answer));
    }
    Some(finding)
}

/// What was lost: `the test error, session`.
fn lost(page: &InPage, loss: &Loss<'_>) -> String {
    let mut items = loss.items.clone();
    items.sort_unstable();
    items.dedup();
    let mut tests = [&page.delivery, &page.handed].into_iter().flatten();
    let is_test = tests.any(|test| {
        let is_lost = matches!(test.outcome, Outcome::Stopped(_) | Outcome::Refused(_) | Outcome::Unanswered);
        is_lost && test.via.as_ref() == Some(&loss.first.to)
    });
    let others = loss.count.saturating_sub(usize::from(is_test));
    let count = match (is_test, others) {
        (true, 0) => "the test error".to_owned(),
        (true, 1) => "the test error and another envelope".to_owned(),
        (true, more) => format!("the test error and {more} more envelopes"),
        (false, 1) => "one envelope".to_owned(),
        (false, more) => format!("{more} envelopes"),
    };
    if items.is_empty() { count } else { format!("{count} (items: {})", items.join(", ")) }
}

fn same(page: &InPage, sending: &Sending, violation: &Violation) -> bool {
    violation.blocked == sending.to || violation.blocked == absolute(&page.document.url, &sending.to)
}

fn absolute(document: &str, to: &str) -> String {
    let joined = url::Url::parse(document).ok().and_then(|document| document.join(to).ok());
    joined.map(String::from).unwrap_or_default()
}

fn allow(violation: &Violation, to: &str, host: &str) -> Fix {
    let source = if to.starts_with('/') { "'self'".to_owned() } else { origin(to).unwrap_or_else(|| host.to_owned()) };
    let directive = &violation.directive;
    let is_there = violation
        .policy
        .split(';')
        .any(|part| part.split_whitespace().next().is_some_and(|name| name.eq_ignore_ascii_case(directive)));
    let step = if is_there {
        format!("Add `{source}` to `{directive}` of this policy.")
    } else {
        format!(
            "Add `{directive} 'self' {source}` to this policy, with what the page needs besides: `default-src` decides now."
        )
    };
    Fix { title: format!("allow {source} in {directive}"), edits: Vec::new(), steps: vec![step] }
}

fn origin(url: &str) -> Option<String> {
    Some(url::Url::parse(url).ok()?.origin().ascii_serialization())
}

fn steps(title: &str, step: &str) -> Fix {
    Fix { title: title.to_owned(), edits: Vec::new(), steps: vec![step.to_owned()] }
}
