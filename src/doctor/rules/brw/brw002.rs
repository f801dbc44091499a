//! BRW002: what became of a test error that was thrown in the page.

use crate::doctor::{
    finding::{At, Finding, Fix, Found, Severity, Undecided},
    page::{Client, Delivery, InPage, Outcome},
    project::App,
    rules::{Check, Rule},
};

use super::answers;

/// The rule.
pub const RULE: Rule = Rule {
    id: "BRW002",
    title: "A test error does not reach Sentry",
    severity: Severity::Error,
    why: "The proof of a set-up is an error that arrives: thrown in the page as a real one, caught by the SDK, past filters and \
          sampling, sent, taken and kept.",
    docs: "https://docs.sentry.io/platforms/javascript/usage/",
    checks: &[Check::InPage(look)],
};

fn look(page: &InPage, _: Option<&App>, found: &mut Found) {
    if let Some(problem) = &page.document.problem {
        found.undecided.push(Undecided {
            rule: RULE.id,
            what: format!("whether an error of this page reaches Sentry: {problem}"),
            at: At::whole(page.url.clone()),
            ask: "give the address of a page that loads, or a session that may see it",
        });
    }
    let Some(thrown) = &page.delivery else { return };
    // Disabled clients are told by BRW003, and what does not arrive by BRW001.
    match (&thrown.outcome, page.handed.as_ref().map(|handed| &handed.outcome)) {
        (Outcome::Uncaught, None) => found.add(never_loaded(page)),
        (Outcome::Uncaught, Some(Outcome::Disabled)) => {}
        (Outcome::Uncaught, Some(Outcome::Dropped(reason))) => found.add(dropped(page, thrown, reason)),
        (Outcome::Uncaught, Some(_)) => found.add(uncaught(page)),
        (Outcome::Dropped(reason), _) if reason == "ratelimit_backoff" && is_limited(page) => {}
        (Outcome::Dropped(reason), _) => found.add(dropped(page, thrown, reason)),
        (Outcome::Vanished(answer), _) => {
            let via = thrown.via.as_deref().unwrap_or_default();
            let message = format!(
                "{via} answered {} to the test error, but it is not in the local sink, where its DSN points: the answer comes \
                 from somebody who keeps nothing, or sends it elsewhere.",
                answer.status
            );
            let fix = steps(
                "pass envelopes on",
                "Let the handler post the body to the DSN's host, and give back its answer.",
            );
            let finding = Finding::new(RULE.id, Severity::Error, "vanished", message).fix(fix);
            found.add(finding.evidence("answer", answers::shown(answer)));
        }
        (Outcome::Unanswered, _) if thrown.via.is_none() => {
            let message = "The SDK took the test error and sent nothing that the browser could see: a transport of its own \
                           may keep it, or a hook still waits.";
            found.add(Finding::new(RULE.id, Severity::Warning, "unsent", message).likely());
        }
        (Outcome::Arrived | Outcome::Accepted, _) => arrived(page, thrown, found),
        _ => {}
    }
}

fn arrived(page: &InPage, thrown: &Delivery, found: &mut Found) {
    if thrown.more > 0 {
        let message = format!(
            "One error makes {} events: {} report it, each for itself.",
            thrown.more + 1,
            copies(&page.sdk.clients)
        );
        found.add(Finding::new(RULE.id, Severity::Warning, "double", message));
    }
    if thrown.release.is_none() {
        let message = "Events carry no release: regressions, suspect commits and source maps by release cannot work.";
        let fix = steps("name the release", "Set `release` in Sentry.init, or let the build plugin of Sentry set it.");
        found.add(Finding::new(RULE.id, Severity::Info, "release", message).fix(fix));
    }
    let replay = page.sdk.replay.as_ref().filter(|replay| replay.mode.as_deref() == Some("session"));
    if replay.is_some() && thrown.replay_id.is_none() {
        let message = "A replay is recorded, but the test error does not name it.";
        found.add(Finding::new(RULE.id, Severity::Warning, "replay", message).likely());
    }
}

fn uncaught(page: &InPage) -> Finding {
    let integrations: Vec<&str> =
        page.sdk.clients.iter().flat_map(|client| client.integrations.iter().map(String::as_str)).collect();
    let message = "The SDK runs, but does not see an uncaught error: what is given to captureException it takes, what the page \
                   throws it never hears of.";
    let step = if integrations.contains(&"GlobalHandlers") {
        "Look for code that sets `window.onerror` after the SDK started, or stops error events with stopImmediatePropagation."
    } else {
        "Let the default integrations in: GlobalHandlers is not among this client's."
    };
    let finding = Finding::new(RULE.id, Severity::Error, "uncaught", message);
    finding.evidence("integrations", integrations.join(", ")).fix(steps("let the SDK hear uncaught errors", step))
}

fn never_loaded(page: &InPage) -> Finding {
    let url = page.sdk.loader.as_ref().map(|loader| loader.url.as_str()).filter(|url| !url.is_empty());
    let url = url.map(|url| format!(" {url}")).unwrap_or_default();
    let message = format!("The Loader script{url} heard an error, but the SDK that it fetches never started.");
    let scripts: Vec<String> = page.scripts.iter().map(|(url, why)| format!("{url}: {why}")).collect();
    let finding = Finding::new(RULE.id, Severity::Error, "loader", message);
    let fix = steps(
        "let the Loader fetch the SDK",
        "Allow https://js.sentry-cdn.com and https://browser.sentry-cdn.com in `script-src`, or bundle the SDK.",
    );
    let finding = finding.fix(fix);
    if scripts.is_empty() { finding } else { finding.evidence("scripts that did not load", scripts.join("; ")) }
}

fn dropped(page: &InPage, thrown: &Delivery, reason: &str) -> Finding {
    let rate =
        page.sdk.clients.iter().find_map(|client| client.option("sampleRate")).and_then(serde_json::Value::as_f64);
    let (severity, message, step) = match (reason, rate) {
        ("sample_rate", Some(rate)) if rate <= 0.0 => (
            Severity::Error,
            "The SDK throws every error away: `sampleRate` is 0.".to_owned(),
            "Set `sampleRate` to 1, or leave it out. `tracesSampleRate` is another option.",
        ),
        ("sample_rate", rate) => (
            Severity::Info,
            format!("The test error was sampled out: `sampleRate` is {}. Look again.", rate.unwrap_or(1.0)),
            "Look again, or set `sampleRate` to 1 for the test.",
        ),
        ("before_send" | "callback_error", _) => (
            Severity::Warning,
            "`beforeSend` threw the test error away: other errors may go the same way.".to_owned(),
            "Return the event from `beforeSend` unless it is one that must not be sent.",
        ),
        ("event_processor", _) => (
            Severity::Warning,
            format!("An event processor threw the test error away{}.", filters(page)),
            "Look at `ignoreErrors`, `allowUrls`, `denyUrls` and at processors added with addEventProcessor.",
        ),
        ("ratelimit_backoff", _) => (
            Severity::Warning,
            "The SDK sends no errors now: the server told it that a rate limit is reached.".to_owned(),
            "Look at quota and rate limits of the project.",
        ),
        (other, _) => (
            Severity::Warning,
            format!("The SDK threw the test error away: {other}."),
            "Look with `debug: true` at what the SDK says in the console.",
        ),
    };
    let finding = Finding::new(RULE.id, severity, format!("dropped {reason}"), message);
    let is_sure = severity == Severity::Error;
    let finding = finding.evidence("test error", thrown.message.clone()).fix(steps("let errors through", step));
    if is_sure { finding } else { finding.likely() }
}

/// Whether an answer says so, which BRW001 tells.
fn is_limited(page: &InPage) -> bool {
    page.sendings.iter().any(|it| matches!(&it.outcome, Outcome::Refused(answer) if answer.status == 429))
}

fn filters(page: &InPage) -> String {
    let names = ["ignoreErrors", "allowUrls", "denyUrls"];
    let set = |name: &&str| page.sdk.clients.iter().any(|client| client.option(name).is_some());
    let set: Vec<String> = names.iter().filter(|name| set(name)).map(|name| format!("`{name}`")).collect();
    if set.is_empty() { String::new() } else { format!(": {} are set", set.join(", ")) }
}

/// `@sentry/browser 10.78.0 and 11.12.0`
pub(super) fn copies(clients: &[Client]) -> String {
    let names: Vec<String> = clients.iter().map(|client| format!("{} {}", client.sdk, client.version)).collect();
    names.join(" and ")
}

fn steps(title: &str, step: &str) -> Fix {
    Fix { title: title.to_owned(), edits: Vec::new(), steps: vec![step.to_owned()] }
}
