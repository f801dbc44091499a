//! CSP001 to CSP004, live: what the policies of a page, all together, block of what Sentry needs.

use url::Url;

use crate::doctor::{
    csp::{self, Checked, Judged, Kind, Needs, Outcome, Page, Role, Target, Word},
    finding::{At, Finding, Fix, Found, Severity},
    live::{Live, PageSeen, answer::shown, pages},
    project::{App, Runtime},
};

/// One policy, of all that there are, blocks what Sentry needs.
pub fn blocked(live: &Live, _app: Option<&App>, found: &mut Found) {
    events(live, found, "CSP001", |checked, judged| !by_one_of_several(checked, judged));
}

/// One of several policies blocks what others let through.
pub fn blocked_by_one(live: &Live, _app: Option<&App>, found: &mut Found) {
    events(live, found, "CSP002", by_one_of_several);
}

fn by_one_of_several(_: &Checked, judged: &Judged) -> bool {
    let enforced = judged.decisions.iter().filter(|decision| !decision.report_only);
    let (mut blocks, mut lets) = (false, false);
    for decision in enforced {
        match decision.outcome {
            Outcome::Blocked => blocks = true,
            _ => lets = true,
        }
    }
    blocks && lets
}

fn events(live: &Live, found: &mut Found, rule: &'static str, is_ours: fn(&Checked, &Judged) -> bool) {
    each(live, found, |seen, page, found| {
        let checked = csp::check(&seen.texts(), page, targets(live, page));
        for (judged, alone) in checked.judged.iter().zip(&checked.alone) {
            let needed = judged.target.role == Role::Needed && judged.outcome == Outcome::Blocked;
            if needed && is_ours(&checked, judged) {
                found.push(finding(rule, Severity::Error, seen, judged, alone, "Events are not sent at all."));
            }
        }
    });
}

/// The worker of Replay is blocked, in an app that uses Replay.
pub fn blocked_worker(live: &Live, app: Option<&App>, found: &mut Found) {
    if !app.is_some_and(replays) {
        return;
    }
    each(live, found, |seen, page, found| {
        let Ok(url) = Url::parse("blob:") else { return };
        let target = Target { label: "worker of Replay", kind: Kind::Worker, url, role: Role::Useful, note: "" };
        let checked = csp::check(&seen.texts(), page, vec![target]);
        for (judged, alone) in checked.judged.iter().zip(&checked.alone) {
            if judged.outcome == Outcome::Blocked {
                let what = "Replay goes on without it, uncompressed and in the main thread.";
                found.push(finding("CSP003", Severity::Warning, seen, judged, alone, what));
            }
        }
    });
}

/// A script of Sentry's CDN that the page loads is blocked.
pub fn blocked_scripts(live: &Live, _app: Option<&App>, found: &mut Found) {
    each(live, found, |seen, page, found| {
        let mut targets: Vec<(Target, bool)> = Vec::new();
        for script in &seen.scripts {
            let Ok(url) = page.url().join(&script.src) else { continue };
            let host = url.host_str().unwrap_or_default().to_owned();
            if !host.ends_with(".sentry-cdn.com") {
                continue;
            }
            let target = |label, kind, url| Target { label, kind, url, role: Role::Needed, note: "" };
            if host == "js.sentry-cdn.com"
                && let Ok(bundle) = Url::parse("https://browser.sentry-cdn.com/bundle.min.js")
            {
                targets.push((target("SDK that the loader loads", Kind::DynamicScript, bundle), true));
            }
            targets.push((target("script of Sentry's CDN", Kind::Script, url), script.nonce));
        }
        let nonces: Vec<bool> = targets.iter().map(|(_, nonce)| *nonce).collect();
        let checked = csp::check(&seen.texts(), page, targets.into_iter().map(|(target, _)| target).collect());
        for ((judged, alone), nonce) in checked.judged.iter().zip(&checked.alone).zip(nonces) {
            let blocked = match judged.outcome {
                Outcome::Allowed => false,
                Outcome::WithNonce => !nonce,
                Outcome::Blocked => true,
            };
            if blocked {
                found.push(finding(
                    "CSP004",
                    Severity::Error,
                    seen,
                    judged,
                    alone,
                    "Without it Sentry does not start.",
                ));
            }
        }
    });
}

/// Looks at each page that has policies. What is found on several is one finding with several places.
fn each(live: &Live, found: &mut Found, mut look: impl FnMut(&PageSeen, &Page, &mut Vec<Finding>)) {
    let mut all: Vec<Finding> = Vec::new();
    for seen in &live.pages {
        let Some(answer) = seen.answer() else { continue };
        if seen.role != pages::Role::Route || !answer.is_html() || seen.policies.is_empty() {
            continue;
        }
        let Some(page) = Page::new(answer.url.as_str()) else { continue };
        let mut here = Vec::new();
        look(seen, &page, &mut here);
        for finding in here {
            let same = |other: &&mut Finding| other.rule == finding.rule && other.key == finding.key;
            match all.iter_mut().find(same) {
                Some(other) => other.at.extend(finding.at),
                None => all.push(finding),
            }
        }
    }
    found.findings.extend(all);
}

/// What the browser's SDK sends to.
fn targets(live: &Live, page: &Page) -> Vec<Target> {
    let tunnel = live.tunnel.as_ref().map(|seen| &seen.url);
    match &live.dsn {
        Some(dsn) => {
            let targets = csp::needs(&Needs { dsn, tunnel, sink: None }, page);
            targets.into_iter().filter(|target| target.kind == Kind::Connect).collect()
        }
        None => {
            let target = |url: &Url| Target {
                label: "events through the tunnel",
                kind: Kind::Connect,
                url: url.clone(),
                role: Role::Needed,
                note: "",
            };
            tunnel.map(target).into_iter().collect()
        }
    }
}

fn finding(
    rule: &'static str,
    severity: Severity,
    seen: &PageSeen,
    judged: &Judged,
    alone: &csp::Patch,
    what: &str,
) -> Finding {
    let decision = judged.deciding();
    let directive = decision.and_then(|decision| decision.directive.clone()).unwrap_or_default();
    let target = &judged.target;
    let number = decision.map_or(0, |decision| decision.policy);
    let place = match seen.policies.len() {
        1 => "The policy".to_owned(),
        many => format!("Policy {number} of {many}"),
    };
    let url = if target.kind == Kind::Worker { "blob:".to_owned() } else { shown(&target.url) };
    let label = if target.label.is_empty() { "a request" } else { target.label };
    let message =
        format!("{place} that came with {} blocks {label} ({url}) by `{directive}`. {what}", seen.asked.path());
    let changes = alone
        .changes
        .iter()
        .map(|change| format!("Change policy {}: `{}`", change.policy, directive_of(&change.words)));
    let mut finding = Finding::new(rule, severity, format!("live {label}"), message).at(At::whole(shown(&seen.asked)));
    for (at, text) in seen.texts().into_iter().enumerate().take(4) {
        let label = if at + 1 == number { "policy that blocks" } else { "another policy of the page" };
        finding = finding.evidence(label, text.chars().take(800).collect::<String>());
    }
    finding.fix(Fix { title: format!("Let {url} through"), edits: Vec::new(), steps: changes.collect() })
}

fn directive_of(words: &[Word]) -> String {
    let kept = words.iter().filter_map(|word| match word {
        Word::Keep(word) | Word::Add(word) => Some(word.as_str()),
        Word::Remove(_) => None,
    });
    kept.collect::<Vec<_>>().join(" ")
}

/// Whether the browser's Sentry records replays.
fn replays(app: &App) -> bool {
    let client = app.inits.iter().filter(|init| init.runtime == Runtime::Client && init.reachable);
    let rates = client.flat_map(|init| {
        ["replaysSessionSampleRate", "replaysOnErrorSampleRate"].into_iter().filter_map(|name| init.option(name))
    });
    rates.into_iter().any(|rate| rate.value.number() != Some(0.0))
}
