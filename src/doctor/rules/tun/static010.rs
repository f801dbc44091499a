//! TUN010 as it is written: a rewrite as the tunnel hands all headers on.

use crate::doctor::{
    finding::{Finding, Fix, Found, Severity},
    project::{App, Project},
    tunnel::{Serves, way},
};

use super::words::option;

/// Looks at tunnels that are rewrites.
pub(super) fn check(project: &Project, app: &App, found: &mut Found) {
    let Some(way) = way(project, app) else { return };
    let sdk = app.package.version("@sentry/nextjs");
    let path = way.path.clone().unwrap_or_else(|| "The tunnel".to_owned());
    match &way.serves {
        Serves::TunnelRoute if app.next.is_some() => {
            // 10.77.1 sends without credentials; 11 does not yet, as far as it was read.
            if sdk.as_ref().is_some_and(|sdk| sdk.major == 10 && sdk.is_at_least(10, 77, 1)) {
                return;
            }
            let version = sdk.map(|sdk| sdk.to_string()).unwrap_or_default();
            let message = format!(
                "{path} is a rewrite to sentry.io, which hands the visitor's cookies on: SDK {version} sends them with each envelope."
            );
            let steps = vec![
                "Where cookies of the site matter, use a handler of your own with `tunnel` instead of `tunnelRoute`, or SDK 10.77.1 and later of version 10.".to_owned(),
                "Where a password (Basic) guards the site, Sentry takes it for a key and refuses the events: then a handler is the only way.".to_owned(),
            ];
            let fix = Fix { title: "send no cookies".to_owned(), edits: Vec::new(), steps };
            found
                .add(Finding::new("TUN010", Severity::Info, "tunnelRoute", message).at(option(project, &way)).fix(fix));
        }
        Serves::Rewrite(Some(destination))
            if destination.contains("sentry.io") || destination.contains("/envelope") =>
        {
            let message = format!(
                "{path} is a rewrite to {}: it hands the visitor's cookies and login on to that server.",
                destination.split("/api/").next().unwrap_or(destination)
            );
            let steps = vec!["Use a handler that posts the body alone, without the headers of the visitor.".to_owned()];
            let fix = Fix { title: "use a handler".to_owned(), edits: Vec::new(), steps };
            found.add(Finding::new("TUN010", Severity::Warning, "rewrite", message).at(option(project, &way)).fix(fix));
        }
        _ => {}
    }
}
