//! TUN008: the tunnel does not take what is posted to it.

use super::advice;
use crate::doctor::{
    finding::{At, Finding, Fix, Found, Severity, Undecided},
    live::{Binary, Live, Probe, Receiver, Symptom, TunnelSeen, answer::shown},
    project::App,
};

const ID: &str = "TUN008";

/// A tunnel that loses what is sent to it, all of it or some.
pub fn broken(live: &Live, _app: Option<&App>, found: &mut Found) {
    let Some(seen) = &live.tunnel else { return };
    let first = &seen.first;
    if !first.symptom.may_work() {
        if !(first.symptom.is_other_name() && first.arrives()) {
            found.add(finding(seen, first));
        }
        return;
    }
    event(seen, found);
    binary(seen, found);
    large(seen, found);
    cors(seen, found);
}

/// What one answer says.
fn finding(seen: &TunnelSeen, probe: &Probe) -> Finding {
    let advice = advice::of(seen, probe);
    let path = seen.url.path();
    let message = format!("POST {path} {}. No event of the browser comes through this tunnel.", advice.what);
    let finding = Finding::new(ID, Severity::Error, probe.symptom.word(), message)
        .at(At::whole(shown(&seen.url)))
        .evidence("answer to an empty envelope", probe.exchange.evidence())
        .fix(Fix { title: advice.title, edits: Vec::new(), steps: advice.steps });
    match seen.variants.iter().find(|(_, probe)| probe.symptom.may_work()) {
        Some((_, works)) => finding.evidence("this address answers", works.exchange.evidence()),
        None => finding,
    }
}

/// A test event that did not arrive.
fn event(seen: &TunnelSeen, found: &mut Found) {
    let Some(delivered) = seen.delivered.as_ref().filter(|delivered| delivered.own_dsn) else {
        let arrived = seen.delivered.as_ref().is_some_and(|delivered| delivered.arrival.is_some());
        if seen.first.symptom.is_unclear() && !arrived {
            found.undecided.push(Undecided {
                rule: ID,
                what: format!(
                    "whether {} takes the app's envelopes: it answered {} to an empty one, which a strict handler does too",
                    seen.url.path(),
                    seen.first.exchange.answer().map_or(0, |answer| answer.status)
                ),
                at: At::whole(shown(&seen.url)),
                ask: "check_tunnel with `dsn` and `send: true`, or start the app with the local sink's DSN",
            });
        }
        return;
    };
    let symptom = Symptom::of_end(&delivered.probe.exchange);
    let taken = matches!(symptom, Symptom::Taken | Symptom::Upstream);
    // That the DSN is not allowed, and what Sentry itself refuses, are findings of their own.
    if matches!(symptom, Symptom::Denied | Symptom::Upstream) || (taken && delivered.to == Receiver::Sentry) {
        return;
    }
    if delivered.arrival.is_some() {
        return;
    }
    let path = seen.url.path();
    let (message, title, steps) = if taken {
        (
            format!(
                "POST {path} took a test event for the local sink (2xx), but it is not in the sink: the tunnel answers before it knows, or sends elsewhere."
            ),
            "Send to the DSN of the envelope, and answer what Sentry answers".to_owned(),
            vec![format!(
                "In the handler of {path}: wait for the request to the ingest host, and give back its status, `Retry-After` and `X-Sentry-Rate-Limits`."
            )],
        )
    } else {
        let advice = advice::of(seen, &Probe { symptom, ..delivered.probe.clone() });
        (format!("POST {path} {} for a real event of this DSN.", advice.what), advice.title, advice.steps)
    };
    found.add(
        Finding::new(ID, Severity::Error, "event", message)
            .at(At::whole(shown(&seen.url)))
            .evidence("answer to a test event", delivered.probe.exchange.evidence())
            .fix(Fix { title, edits: Vec::new(), steps }),
    );
}

/// Bytes that arrived as others.
fn binary(seen: &TunnelSeen, found: &mut Found) {
    let Some(delivered) = &seen.delivered else { return };
    let how = match &delivered.binary {
        Some(Binary::Changed { sent, got }) => format!("Of a binary item of {sent} bytes {got} others arrived"),
        Some(Binary::Lost(status)) => {
            format!("An envelope with a binary item did not arrive (answered {status}), while one of text did")
        }
        _ => return,
    };
    let path = seen.url.path();
    let message = format!("{how}: {path} reads the body as text. Session Replays are compressed, so they are lost.");
    let mut finding = Finding::new(ID, Severity::Error, "binary", message).at(At::whole(shown(&seen.url)));
    if matches!(delivered.binary, Some(Binary::Lost(status)) if status != 400) {
        finding = finding.likely();
    }
    if let Some(probe) = &delivered.binary_probe {
        finding = finding.evidence("answer to a binary item", probe.exchange.evidence());
    }
    found.add(finding.fix(Fix {
        title: "Read the body as bytes".to_owned(),
        edits: Vec::new(),
        steps: vec![
            "Read `await request.arrayBuffer()` (not `.text()`, `.json()` or a parsed `req.body`), decode only the first line for the DSN, and \
             post the bytes as they are."
                .to_owned(),
            "Express: `express.raw({ type: () => true, limit: '20mb' })`. Python: `request.get_data()`, `await request.body()`."
                .to_owned(),
        ],
    }));
}

/// A limit of bodies that replays go over.
fn large(seen: &TunnelSeen, found: &mut Found) {
    let Some(large) = seen.large.as_ref() else { return };
    let Some(answer) = large.exchange.answer() else { return };
    let plain = seen.first.exchange.answer().map_or(0, |answer| answer.status);
    let size = answer.status == 413 || (answer.status >= 500 && plain < 500);
    if !size {
        return;
    }
    let by = answer.by().unwrap_or_default();
    let path = seen.url.path();
    let message = format!(
        "POST {path} is answered {} for an envelope of 1.06 MiB, while a small one gets through: larger Session Replays and attachments are lost.",
        answer.status
    );
    let finding = Finding::new(ID, Severity::Warning, "large", message)
        .at(At::whole(shown(&seen.url)))
        .evidence("answer to an envelope of 1.06 MiB", large.exchange.evidence())
        .fix(Fix { title: "Raise the limit of bodies".to_owned(), edits: Vec::new(), steps: advice::large_steps(&by) });
    found.add(if answer.status == 413 { finding } else { finding.likely() });
}

/// A tunnel on another origin that pages may not read the answer of.
fn cors(seen: &TunnelSeen, found: &mut Found) {
    let posted = seen.delivered.as_ref().map_or(&seen.first, |delivered| &delivered.probe);
    let Some(answer) = posted.exchange.answer() else { return };
    let (page, tunnel) = (seen.page.origin(), answer.url.origin());
    let allowed = answer.header("access-control-allow-origin");
    let own = page.ascii_serialization();
    if page == tunnel || allowed.is_some_and(|allowed| allowed == "*" || allowed == own) {
        return;
    }
    let said = allowed.map_or_else(
        || "no Access-Control-Allow-Origin".to_owned(),
        |allowed| format!("Access-Control-Allow-Origin: {allowed}"),
    );
    let message = format!(
        "The tunnel is on another origin ({}) than the page ({own}), and answers with {said}: envelopes may arrive, but the SDK takes each for \
         failed and never hears of rate limits.",
        tunnel.ascii_serialization()
    );
    found.add(
        Finding::new(ID, Severity::Warning, "cors", message)
            .at(At::whole(shown(&seen.url)))
            .evidence("answer", posted.exchange.evidence())
            .fix(Fix {
                title: "Allow the page's origin, or tunnel on it".to_owned(),
                edits: Vec::new(),
                steps: vec![format!("Answer with `Access-Control-Allow-Origin: {own}`, also for errors; or put the tunnel on the page's own origin.")],
            })
            .likely(),
    );
}
