//! TUN009: the tunnel works, but only behind a redirect.

use super::advice;
use crate::doctor::{
    finding::{At, Finding, Fix, Found, Severity},
    live::{Live, answer::shown},
    project::App,
};

/// A tunnel whose address is not quite the one that answers.
pub fn redirected(live: &Live, _app: Option<&App>, found: &mut Found) {
    let Some(seen) = &live.tunnel else { return };
    let first = &seen.first;
    if !first.symptom.is_other_name() || !first.arrives() {
        return;
    }
    let advice = advice::of(seen, first);
    let path = seen.url.path();
    let end = first.exchange.answer().map(|answer| answer.url.path().to_owned()).unwrap_or_default();
    let message = format!(
        "POST {path} {}: every envelope costs two requests, and a redirect that changes takes the events with it.",
        advice.what
    );
    found.add(
        Finding::new("TUN009", Severity::Warning, first.symptom.word(), message)
            .at(At::whole(shown(&seen.url)))
            .evidence("redirects", first.exchange.evidence())
            .fix(Fix {
                title: format!("Set the tunnel to {end}"),
                edits: Vec::new(),
                steps: vec![format!("Write `tunnel: \"{end}\"` in the browser's Sentry.init, exactly so.")],
            }),
    );
}
