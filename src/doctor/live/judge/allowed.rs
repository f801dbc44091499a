//! TUN007 and TUN010, live: the app's own DSN is refused; credentials are handed on.

use crate::doctor::{
    finding::{At, Finding, Fix, Found, Severity},
    live::{Live, Symptom, answer::shown},
    project::App,
};

/// A handler that refuses the app's own DSN.
pub fn not_allowed(live: &Live, _app: Option<&App>, found: &mut Found) {
    let Some(seen) = &live.tunnel else { return };
    let Some(delivered) = seen.delivered.as_ref().filter(|delivered| delivered.own_dsn) else { return };
    if delivered.probe.symptom != Symptom::Denied {
        return;
    }
    let host = live.dsn.as_ref().map_or("", |dsn| dsn.host.as_str());
    let path = seen.url.path();
    let message = format!(
        "POST {path} refuses the app's own DSN with 403: its allow-list does not have host {host} and this project, so every event is lost."
    );
    found.add(
        Finding::new("TUN007", Severity::Error, "live", message)
            .at(At::whole(shown(&seen.url)))
            .evidence("answer to a test event", delivered.probe.exchange.evidence())
            .fix(Fix {
                title: "Allow the DSN that the browser has".to_owned(),
                edits: Vec::new(),
                steps: vec![format!("Put exactly this host and project into the handler's list, region included: {host}. Best take both from the one constant that Sentry.init uses.")],
            }),
    );
}

/// A tunnel that hands `Authorization` on.
pub fn hands_on(live: &Live, _app: Option<&App>, found: &mut Found) {
    let Some(seen) = live.tunnel.as_ref().filter(|seen| seen.hands_on == Some(true)) else { return };
    let path = seen.url.path();
    let message = format!(
        "{path} hands `Authorization` (and with it cookies) of the visitor on to Sentry. A site behind a password loses all events, since Relay takes \
         the password for a key."
    );
    found.add(
        Finding::new("TUN010", Severity::Warning, "live", message)
            .at(At::whole(shown(&seen.url)))
            .evidence("answer without the header", seen.first.exchange.evidence())
            .fix(Fix {
                title: "Keep credentials back".to_owned(),
                edits: Vec::new(),
                steps: vec![
                    "Use a route handler with `handleTunnelRequest` of @sentry/core instead of a rewrite, or drop both headers in the proxy (nginx: `proxy_set_header Cookie \"\"; proxy_set_header Authorization \"\";`).".to_owned(),
                    "Or let the SDK send none: in Sentry.init, set `credentials` within `transportOptions.fetchOptions` to `omit`.".to_owned(),
                ],
            }),
    );
}
