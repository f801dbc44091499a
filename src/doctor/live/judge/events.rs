//! DSN007: what Sentry does with a test event of this DSN.

use crate::doctor::{
    finding::{At, Finding, Fix, Found, Severity},
    live::{Exchange, Live, Receiver, Unanswered, answer::shown},
    project::App,
};

/// An ingest host that does not take events of this DSN.
pub fn ingest(live: &Live, _app: Option<&App>, found: &mut Found) {
    if let Some(ingest) = &live.ingest {
        say(live, &ingest.exchange, shown(&ingest.url), found);
    }
    let Some(seen) = &live.tunnel else { return };
    let sent = seen.delivered.as_ref().filter(|delivered| delivered.to == Receiver::Sentry);
    let Some(delivered) = sent else { return };
    // What the tunnel itself answers is no word of Sentry.
    if delivered.probe.exchange.answer().is_some_and(super::super::Answer::is_relay) {
        say(live, &delivered.probe.exchange, shown(&seen.url), found);
    }
}

fn say(live: &Live, exchange: &Exchange, at: String, found: &mut Found) {
    let host = live.dsn.as_ref().map_or("the ingest host", |dsn| dsn.host.as_str());
    let Some((severity, what, step)) = verdict(exchange, host) else { return };
    let key = exchange.answer().map_or_else(|| "unreachable".to_owned(), |answer| answer.status.to_string());
    found.add(
        Finding::new("DSN007", severity, key, what)
            .at(At::whole(at))
            .evidence("answer to a test event", exchange.evidence())
            .fix(Fix { title: step.clone(), edits: Vec::new(), steps: vec![step] }),
    );
}

fn verdict(exchange: &Exchange, host: &str) -> Option<(Severity, String, String)> {
    let answer = match &exchange.end {
        Ok(answer) => answer,
        Err(Unanswered::Forbidden(why)) => {
            let what = format!("{host} was not asked: {why}.");
            return Some((Severity::Warning, what, "Correct the host of the DSN.".to_owned()));
        }
        Err(why) => {
            let what = format!("{host} does not answer: {}. Nothing that is sent there arrives.", why.words());
            let step = "Correct the host of the DSN (project settings, Client Keys), or let this machine reach it.";
            return Some((Severity::Error, what, step.to_owned()));
        }
    };
    let error = |what: &str, step: &str| Some((Severity::Error, format!("{host} {what}"), step.to_owned()));
    match answer.status {
        200 if answer.json().is_some_and(|json| json.get("id").is_some()) => None,
        200..=299 if answer.is_html() => error(
            "answers with a page: it is no ingest host of Sentry.",
            "Take the DSN from the project's settings, Client Keys.",
        ),
        200..=299 => None,
        300..=399 => error(
            "redirects: it is no ingest host of Sentry, or not by this scheme.",
            "Take the DSN from the project's settings, Client Keys.",
        ),
        400 if answer.text().contains("multiple") => {
            error("got two keys (400): the tunnel hands `Authorization` on.", "Drop `Authorization` in the tunnel.")
        }
        400 => error(
            "refuses the test event as malformed (400).",
            "Read its words in the evidence; a proxy before it may change bodies.",
        ),
        401 => error(
            "does not know the DSN's key (401).",
            "Take the DSN again from the project's settings, Client Keys: the key is wrong, or of another project or server.",
        ),
        403 => error(
            "refuses events of this DSN (403): key or project are disabled, or the origin is not among the allowed domains.",
            "Look at the project's settings: Client Keys (is it active?), Inbound Filters and Allowed Domains.",
        ),
        404 => error(
            "has no such endpoint (404): no Sentry is there, or its path is missing in the DSN.",
            "Take the DSN from the project's settings, Client Keys.",
        ),
        413 => error(
            "refuses even a small event as too large (413).",
            "Raise the limit of bodies of the proxy before this Sentry.",
        ),
        429 => {
            let what =
                format!("{host} is rate limiting this project (429): quota is used up, or spikes are held back.");
            Some((
                Severity::Warning,
                what,
                "Look at Stats and quotas of the organization; wait for Retry-After.".to_owned(),
            ))
        }
        status => {
            let what = format!("{host} answers {status}: it cannot take events now.");
            Some((
                Severity::Error,
                what,
                "Look at the health of this Sentry (status.sentry.io, or the log of Relay).".to_owned(),
            ))
        }
    }
}
