//! TUN004, live: the tunnel posts to whoever an envelope names.

use crate::doctor::{
    finding::{At, Finding, Fix, Found, Severity},
    live::{Live, OpenTo, Relays, answer::shown},
    project::App,
};

/// A tunnel that reached our own listener.
pub fn open_relay(live: &Live, _app: Option<&App>, found: &mut Found) {
    let Some(seen) = &live.tunnel else { return };
    let Relays::Open(open) = &seen.relays else { return };
    let Some(first) = open.first() else { return };
    let path = seen.url.path();
    let cookie = match open.iter().any(|open| open.cookie) {
        true => " It hands the visitor's cookies on, too.",
        false => "",
    };
    let message = format!(
        "POST {path} was given {}, and connected to it ({}): anyone can make the server send requests to hosts of their choice, also within its \
         own network (SSRF).{cookie}",
        first.how, first.named
    );
    let rows: Vec<String> = open.iter().map(row).collect();
    found.add(
        Finding::new("TUN004", Severity::Error, "live", message)
            .at(At::whole(shown(&seen.url)))
            .evidence("what reached a listener on this machine", rows.join("\n"))
            .fix(Fix {
                title: "Allow only the app's own DSN".to_owned(),
                edits: Vec::new(),
                steps: vec![
                    "Compare the DSN of the envelope header as a whole with the app's own (`allowedDsns.includes(header.dsn)`), or host and project each with `===`; never with `includes` or `endsWith`.".to_owned(),
                    "Make the address to post to from that constant, not from the envelope. `handleTunnelRequest` of @sentry/core does both.".to_owned(),
                ],
            }),
    );
}

fn row(open: &OpenTo) -> String {
    let tls = if open.tls { " with TLS" } else { "" };
    format!("{}: http://…@{} was connected to{tls}", open.how, open.named)
}
