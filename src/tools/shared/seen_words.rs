//! The words for what was seen of the running app. Addresses, answers and options are foreign text.

use crate::{
    doctor::{
        check::Seen,
        live::{Live, PageSeen, Receiver, TunnelSeen},
        mask::Mask,
        page::{Barrier, Delivery, InPage, Outcome},
    },
    redact,
    report::{Text, count},
};

/// Characters of an address or a value.
const VALUE: usize = 160;
/// Pages and notes that are shown.
const LISTED: usize = 8;

/// Facts, under headings.
pub fn lines(seen: &Seen, mask: &Mask) -> Vec<(&'static str, Vec<String>)> {
    let mut all = vec![("Over HTTP", over_http(&seen.live))];
    if let Some(page) = &seen.page {
        all.push(("In the browser", in_browser(page)));
    }
    for (_, lines) in &mut all {
        lines.iter_mut().for_each(|line| *line = mask.text(line));
    }
    all
}

fn address(url: &str) -> String {
    Text::quoted(&redact::url(url), VALUE)
}

fn over_http(live: &Live) -> Vec<String> {
    let mut lines: Vec<String> = live.pages.iter().take(LISTED).map(page).collect();
    if let Some(tunnel) = &live.tunnel {
        lines.extend(tunnelled(tunnel));
    }
    if let Some(ingest) = &live.ingest {
        let status =
            ingest.exchange.answer().map_or_else(|| "no answer".to_owned(), |answer| answer.status.to_string());
        lines.push(format!("- the ingest host {} answered a test event with {status}", address(ingest.url.as_str())));
    }
    if !live.maps.is_empty() {
        lines.push(format!("- {} that anyone can fetch", count(live.maps.len() as u64, "source map")));
    }
    lines.extend(live.notes.iter().take(LISTED).map(|note| format!("- {}", Text::inert(note, 300))));
    lines
}

fn page(page: &PageSeen) -> String {
    let answer = match &page.exchange.end {
        Ok(answer) => answer.status.to_string(),
        Err(why) => Text::plain(&why.words(), VALUE),
    };
    let policies = match page.policies.len() {
        0 => "no policy".to_owned(),
        1 => "1 policy".to_owned(),
        several => format!("{several} policies"),
    };
    format!("- {} {}: {answer}, {policies}", page.role, address(page.asked.as_str()))
}

fn tunnelled(tunnel: &TunnelSeen) -> Vec<String> {
    let status =
        tunnel.first.exchange.answer().map_or_else(|| "no answer".to_owned(), |answer| answer.status.to_string());
    let mut lines = vec![format!(
        "- tunnel {}: an empty envelope got {status} ({})",
        address(tunnel.url.as_str()),
        tunnel.first.symptom.word().replace('_', " ")
    )];
    if let Some(delivered) = &tunnel.delivered {
        let to = match delivered.to {
            Receiver::Sink => "the local sink",
            Receiver::Sentry => "Sentry",
        };
        lines.push(match &delivered.arrival {
            Some(arrival) => {
                let issue = arrival.issue.as_deref().map(|issue| format!(" as {issue}")).unwrap_or_default();
                format!("- a test event through it arrived in {to}{issue} after {} ms", arrival.took.as_millis())
            }
            None if delivered.to == Receiver::Sentry => format!("- a test event through it was sent to {to}"),
            None => format!("- a test event through it did not arrive in {to}"),
        });
    }
    lines
}

fn in_browser(page: &InPage) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(problem) = &page.document.problem {
        lines.push(format!("- the page: {}", Text::quoted(problem, 300)));
    }
    for client in page.sdk.clients.iter().take(3) {
        let (sdk, version) = (Text::word(&client.sdk, 60), Text::word(&client.version, 30));
        let state = if client.enabled { "enabled" } else { "not enabled" };
        let mut line = format!("- SDK {sdk} {version}, {state}");
        if let Some(dsn) = &client.dsn {
            line.push_str(&format!(", DSN {}", Text::quoted(dsn, VALUE)));
        }
        for name in ["tunnel", "release", "environment"] {
            if let Some(value) = client.text(name) {
                line.push_str(&format!(", {name} {}", Text::quoted(value, 80)));
            }
        }
        lines.push(line);
    }
    if page.sdk.clients.is_empty() && page.document.problem.is_none() {
        lines.push("- no SDK was started in the page".to_owned());
    }
    lines.extend([&page.delivery, &page.handed].into_iter().flatten().map(delivered));
    if !page.violations.is_empty() {
        lines.push(format!("- {} of Content-Security-Policies", count(page.violations.len() as u64, "violation")));
    }
    lines
}

fn delivered(delivery: &Delivery) -> String {
    let via = delivery.via.as_deref().map(|via| format!(" by way of {}", address(via))).unwrap_or_default();
    let how = match &delivery.outcome {
        Outcome::Arrived => {
            let issue = delivery.issue.as_deref().map(|issue| format!(" as {issue}")).unwrap_or_default();
            format!("arrived in the local sink{issue}{via} after {} ms", delivery.took_ms)
        }
        Outcome::Accepted => format!("was taken by a server that is not the local sink{via}"),
        Outcome::Vanished(answer) => format!("was answered with {}{via}, but is not in the local sink", answer.status),
        Outcome::Uncaught => "was not seen by the SDK".to_owned(),
        Outcome::Dropped(reason) => format!("was thrown away by the SDK: {}", Text::word(reason, 60)),
        Outcome::Disabled => "was seen by the SDK, which sends nothing".to_owned(),
        Outcome::Stopped(Barrier::Csp(violation)) => {
            format!("was stopped by a policy, {}{via}", Text::word(&violation.directive, 60))
        }
        Outcome::Stopped(Barrier::Blocker) => format!("was stopped by a blocker{via}"),
        Outcome::Stopped(Barrier::Cors) => format!("was stopped by CORS{via}"),
        Outcome::Stopped(Barrier::Network(words)) => format!("found no connection{via}: {}", Text::quoted(words, 80)),
        Outcome::Refused(answer) => format!("was refused with {}{via}", answer.status),
        Outcome::Unanswered => format!("got no answer in time{via}"),
    };
    format!("- the test error {how}")
}
