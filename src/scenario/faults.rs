//! Which observations are faults, what they are called, and which issue they belong to. Pure.

use super::{
    format::{Allow, Kind, Observations, Scenario, short_hash},
    run::{Fault, Seen},
};
use crate::{
    browser::Step,
    error::ToolError,
    event::{Fate, Observation, Request, SentEnvelope, What},
};

/// Longest title of a fault, in characters.
const MAX_TITLE: usize = 300;

/// The issue of the embedded sink that an envelope landed in: its id and title.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownIssue {
    /// `LOCAL-3`
    pub id: String,
    /// `ReferenceError: x is not defined`
    pub title: String,
}

/// Marks what is allowed, and makes the list of faults of what is not.
pub fn sort_out(scenario: &Scenario, observations: Vec<Observation>, issues: &[KnownIssue]) -> (Vec<Seen>, Vec<Fault>) {
    let seen: Vec<Seen> = observations
        .into_iter()
        .map(|observation| Seen { allowed: is_allowed(scenario, &observation), observation })
        .collect();
    let mut faults: Vec<Fault> = Vec::new();
    for observation in seen.iter().filter(|seen| !seen.allowed).map(|seen| &seen.observation) {
        let identity = identity(observation);
        match faults.iter_mut().find(|fault| fault.fingerprint == identity) {
            Some(fault) => fault.count = fault.count.saturating_add(observation.count),
            None => faults.push(fault_of(observation, identity)),
        }
    }
    join_issues(&mut faults, issues);
    (seen, faults)
}

/// A failed step as a fault. `step` is as the file has it, so that no value of a variable gets in.
pub fn failed_step(number: usize, step: &Step, words: &str, error: &ToolError) -> Fault {
    let hash: String = short_hash(&serde_json::to_vec(step).unwrap_or_default()).chars().take(8).collect();
    Fault {
        fingerprint: format!("step-{number}-{hash}"),
        kind: Kind::StepFailed,
        title: cut(&format!("{words}: {}", error.what())),
        location: None,
        step: number,
        count: 1,
        issue: None,
    }
}

/// What is the same for the same fault: the fingerprint, and for an event that the sink took its issue.
pub fn identity(observation: &Observation) -> String {
    match &observation.what {
        // Accepted envelopes look alike; what they brought is what matters.
        What::SentryEnvelope(envelope) if envelope.fate == Fate::Accepted => match &envelope.issue {
            Some(issue) => issue_fingerprint(issue),
            None => observation.fingerprint.clone(),
        },
        _ if observation.fingerprint.is_empty() => {
            let text = format!("{}\n{}", kind(&observation.what).word(), text(&observation.what));
            short_hash(text.as_bytes())
        }
        _ => observation.fingerprint.clone(),
    }
}

/// What a fault is called that the app itself reported to this issue.
pub fn issue_fingerprint(issue: &str) -> String {
    format!("issue-{issue}")
}

/// How many envelopes with an event there are of which nobody can say which fault they report: their fate is not known, or
/// the sink (`is_ours`) took them and has named no issue. Each may be the fault that is looked for.
pub fn unplaced(observations: &[Observation], is_ours: impl Fn(&url::Url) -> bool) -> usize {
    let is_unplaced = |envelope: &SentEnvelope| match envelope.fate {
        Fate::Unknown => true,
        Fate::Accepted => envelope.issue.is_none() && url::Url::parse(&envelope.to).is_ok_and(|to| is_ours(&to)),
        _ => false,
    };
    let envelopes = observations.iter().filter_map(|observation| match &observation.what {
        What::SentryEnvelope(envelope) => Some(envelope),
        _ => None,
    });
    envelopes.filter(|envelope| envelope.items.iter().any(|item| item == "event") && is_unplaced(envelope)).count()
}

/// The kind of an observation.
pub fn kind(what: &What) -> Kind {
    match what {
        What::UncaughtError(_) => Kind::UncaughtError,
        What::UnhandledRejection(_) => Kind::UnhandledRejection,
        What::ConsoleError(_) => Kind::ConsoleError,
        What::FailedRequest(_) => Kind::FailedRequest,
        What::HttpError(_) => Kind::HttpError,
        What::CspViolation(_) => Kind::CspViolation,
        What::Crash { .. } => Kind::Crash,
        What::Dialog { .. } => Kind::Dialog,
        What::SentryEnvelope(_) => Kind::SentryEnvelope,
    }
}

/// What an observation says, in one text; untrusted.
pub fn text(what: &What) -> String {
    match what {
        What::UncaughtError(fault) | What::UnhandledRejection(fault) | What::ConsoleError(fault) => {
            match fault.name.as_str() {
                "" => fault.message.clone(),
                name => format!("{name}: {}", fault.message),
            }
        }
        What::FailedRequest(request) | What::HttpError(request) => request_text(request),
        What::CspViolation(csp) => format!("{} blocked {}", csp.directive, csp.blocked_url),
        What::Crash { message } => message.clone(),
        What::Dialog { dialog, message, .. } => format!("{dialog}: {message}"),
        What::SentryEnvelope(envelope) => {
            let items = envelope.items.join(", ");
            let status = envelope.status.map(|status| format!(" ({status})")).unwrap_or_default();
            format!("Sentry envelope [{items}] to {}: {}{status}", envelope.to, fate_words(envelope.fate))
        }
    }
}

fn request_text(request: &Request) -> String {
    let end = match (request.status, &request.error) {
        (Some(status), _) => status.to_string(),
        (None, Some(error)) => error.clone(),
        (None, None) => "no response".to_owned(),
    };
    format!("{} {}: {end}", request.method, request.url)
}

fn fate_words(fate: Fate) -> &'static str {
    match fate {
        Fate::Accepted => "accepted",
        Fate::BlockedByCsp => "blocked by CSP",
        Fate::NotFound => "not found",
        Fate::RedirectedToHtml => "redirected to HTML",
        Fate::RateLimited => "rate limited",
        Fate::Rejected => "rejected",
        Fate::NetworkError => "network error",
        Fate::Unknown => "fate unknown",
    }
}

/// Whether an observation is fine: by its nature, or because the scenario says so.
fn is_allowed(scenario: &Scenario, observation: &Observation) -> bool {
    scenario.observations == Observations::Any
        || !is_fault(&observation.what)
        || scenario.allow.iter().any(|allow| match allow {
            Allow::Fingerprint(fingerprint) => *fingerprint == identity(observation),
            Allow::Text { kind: allowed, text: part } => {
                *allowed == kind(&observation.what) && text(&observation.what).contains(part.as_str())
            }
        })
}

/// Whether a run with this observation is red, as far as the browser's own words say: fingerprints are made later.
pub(super) fn is_red(scenario: &Scenario, observation: &Observation) -> bool {
    let may_be_allowed = scenario.allow.iter().any(|allow| matches!(allow, Allow::Fingerprint(_)));
    matches!(observation.what, What::UncaughtError(_) | What::UnhandledRejection(_))
        && !may_be_allowed
        && !is_allowed(scenario, observation)
}

fn is_fault(what: &What) -> bool {
    match what {
        What::Dialog { .. } => false,
        // The browser asks for it by itself; no user of the app ever saw that it is missing.
        What::HttpError(request) | What::FailedRequest(request) if is_favicon(&request.url) => false,
        // A page that goes away takes its open requests with it.
        What::FailedRequest(request) => request.error.as_deref().is_none_or(|error| !is_abort(error)),
        // An event that landed in an issue is a fault that the app itself reported.
        What::SentryEnvelope(envelope) => match envelope.fate {
            Fate::Accepted => envelope.issue.is_some(),
            Fate::Unknown => false,
            _ => true,
        },
        _ => true,
    }
}

fn is_favicon(url: &str) -> bool {
    url::Url::parse(url).is_ok_and(|url| url.path() == "/favicon.ico")
}

fn is_abort(error: &str) -> bool {
    error.contains("ERR_ABORTED") || error.contains("NS_BINDING_ABORTED")
}

fn fault_of(observation: &Observation, fingerprint: String) -> Fault {
    let location = match &observation.what {
        What::UncaughtError(fault) | What::UnhandledRejection(fault) | What::ConsoleError(fault) => {
            let own = fault.frames.iter().find(|frame| frame.in_app == Some(true));
            own.or(fault.frames.first()).and_then(|frame| frame.location())
        }
        What::CspViolation(csp) => csp.location.clone(),
        _ => None,
    };
    let issue = match &observation.what {
        What::SentryEnvelope(envelope) => envelope.issue.clone(),
        _ => None,
    };
    Fault {
        fingerprint,
        kind: kind(&observation.what),
        title: cut(&text(&observation.what)),
        location,
        step: observation.step,
        count: observation.count,
        issue,
    }
}

/// Joins a thrown error and the envelope that reported it into one fault: else one error would be two faults in runs where
/// the SDK was quick, and one in runs where it was not.
fn join_issues(faults: &mut Vec<Fault>, issues: &[KnownIssue]) {
    for issue in issues {
        let thrown = |fault: &Fault| {
            matches!(fault.kind, Kind::UncaughtError | Kind::UnhandledRejection | Kind::ConsoleError)
                && is_same(&fault.title, &issue.title)
        };
        match faults.iter_mut().find(|fault| thrown(fault)) {
            Some(fault) => {
                fault.issue = Some(issue.id.clone());
                faults.retain(|fault| fault.kind != Kind::SentryEnvelope || fault.issue.as_ref() != Some(&issue.id));
            }
            None => {
                let envelopes = faults.iter_mut().filter(|fault| fault.issue.as_ref() == Some(&issue.id));
                envelopes.for_each(|fault| fault.title = cut(&format!("{}: {}", issue.id, issue.title)));
            }
        }
    }
}

/// Whether the title of an issue and what the page threw are the same error. Either may be cut, or lack the class name.
fn is_same(thrown: &str, issue: &str) -> bool {
    let plain = |text: &str| text.trim_end_matches(['…', '.']).trim().to_owned();
    let (thrown, issue) = (plain(thrown), plain(issue));
    let message = |text: &str| text.split_once(": ").map_or(text, |(_, message)| message).to_owned();
    !issue.is_empty()
        && (thrown.starts_with(&issue) || issue.starts_with(&thrown) || message(&thrown) == message(&issue))
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(MAX_TITLE) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}
