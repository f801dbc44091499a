//! BRW004: what the SDK itself says that it threw away.

use crate::doctor::{
    finding::{Finding, Fix, Found, Severity},
    page::{Discarded, InPage, Outcome},
    project::App,
    rules::{Check, Rule},
};

/// The rule.
pub const RULE: Rule = Rule {
    id: "BRW004",
    title: "The SDK reports events that it threw away",
    severity: Severity::Warning,
    why: "An SDK counts what it could not send, and tells Sentry later in a client report. Reasons other than sampling and the \
          app's own filters mean that events are lost.",
    docs: "https://develop.sentry.dev/sdk/telemetry/client-reports/",
    checks: &[Check::InPage(look)],
};

/// Reasons that the app itself gives: it wants it so.
const WANTED: [&str; 6] =
    ["sample_rate", "before_send", "event_processor", "ignored", "backpressure", "no_parent_span"];

fn look(page: &InPage, _: Option<&App>, found: &mut Found) {
    let is_told = page.sendings.iter().any(|it| matches!(it.outcome, Outcome::Stopped(_) | Outcome::Refused(_)));
    // BRW001 says it of the envelopes themselves.
    let is_new = |it: &&Discarded| {
        !(is_told && matches!(it.reason.as_str(), "network_error" | "send_error" | "ratelimit_backoff"))
    };
    let lost = page.discarded.iter().filter(|it| it.quantity > 0 && !WANTED.contains(&it.reason.as_str()));
    let lost: Vec<&Discarded> = lost.filter(is_new).collect();
    if lost.is_empty() {
        return;
    }
    let counts: Vec<String> =
        lost.iter().map(|it| format!("{} {} ({})", it.quantity, it.category, it.reason)).collect();
    let mut reasons: Vec<&str> = lost.iter().map(|it| it.reason.as_str()).collect();
    reasons.sort_unstable();
    reasons.dedup();
    let message =
        format!("While the page was open the SDK threw away what it should have sent: {}.", counts.join(", "));
    let all: Vec<String> =
        page.discarded.iter().map(|it| format!("{}:{} {}", it.reason, it.category, it.quantity)).collect();
    let finding =
        Finding::new(RULE.id, Severity::Warning, reasons.join(" "), message).evidence("client reports", all.join(", "));
    let step = match reasons.first() {
        Some(&"ratelimit_backoff" | &"too_many_requests") => "Look at quota and rate limits of the project.",
        Some(&"queue_overflow" | &"buffer_overflow") => {
            "Something sends too much at once: look for an error in a loop."
        }
        _ => "Look with `debug: true` at what the SDK says in the console.",
    };
    found.add(finding.fix(Fix {
        title: "find what is lost".to_owned(),
        edits: Vec::new(),
        steps: vec![step.to_owned()],
    }));
}
