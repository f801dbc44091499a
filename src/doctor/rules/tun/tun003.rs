//! TUN003: `tunnelRoute` that does nothing, or that `tunnel` contradicts.

use crate::doctor::{
    finding::{At, Edit, Finding, Fix, Found, Severity},
    project::{App, Project, Runtime, Tunnel},
    rules::{Check, Rule},
    script::{Origin, Span},
    tunnel::{saas, sdk_handler},
};

/// The rule.
pub const RULE: Rule = Rule {
    id: "TUN003",
    title: "tunnelRoute has no effect, or two tunnels are set",
    severity: Severity::Error,
    why: "`tunnelRoute` adds rewrites to sentry.io: for a DSN of another server, and in a static export, the SDK leaves it out without a word and sends to Sentry directly, where ad-blockers and policies stop it. Where `Sentry.init` has a `tunnel` as well, `tunnelRoute` wins.",
    docs: "https://docs.sentry.io/platforms/javascript/guides/nextjs/configuration/build/#tunnelRoute",
    checks: &[Check::Static(check)],
};

fn check(project: &Project, app: &App, found: &mut Found) {
    let Some(route) = app.tunnel_route().filter(|_| app.next.is_some()) else { return };
    let at = |tunnel: &Tunnel| project.at(&Origin { path: tunnel.path.as_str().into(), span: tunnel.span });
    let text = route.value.text().unwrap_or_default();
    let own = app.tunnel_option();
    if text.contains("://") {
        let message = format!("`tunnelRoute` is a URL ({text}), and must be a path: the build fails with it.");
        let steps = vec!["Write the path alone, such as '/monitoring'.".to_owned()];
        let fix = Fix { title: "write the path alone".to_owned(), edits: Vec::new(), steps };
        return found.add(Finding::new(RULE.id, Severity::Error, "url", message).at(at(&route)).fix(fix));
    }
    let dsn = app.dsn(Runtime::Client).and_then(|dsn| dsn.dsn);
    if let Some(dsn) = dsn.filter(|dsn| saas(dsn).is_none())
        && !sdk_handler(app)
    {
        let message = format!(
            "`tunnelRoute` works for DSNs of sentry.io alone; this one is of {}. The SDK leaves it out, and sends to that host directly.",
            dsn.host
        );
        let finding = Finding::new(RULE.id, Severity::Warning, "host", message).at(at(&route));
        let fix = match (&own, removed(project, &route)) {
            (Some(_), Some(edit)) => {
                Fix { title: "remove tunnelRoute".to_owned(), edits: vec![edit], steps: Vec::new() }
            }
            _ => Fix {
                title: "use a handler of your own".to_owned(),
                edits: Vec::new(),
                steps: vec![
                    "Remove `tunnelRoute`, and set `tunnel: '/api/tunnel'` in the Sentry.init of the browser."
                        .to_owned(),
                    "Then check again: the fix of what is found then makes the handler.".to_owned(),
                ],
            },
        };
        return found.add(finding.fix(fix));
    }
    let output = app.next.as_ref().and_then(|next| next.option("output")).and_then(|output| output.value.text());
    if output.as_deref() == Some("export") {
        let message = "`output: 'export'` makes files without a server: there is nothing that could pass envelopes on, and the SDK leaves `tunnelRoute` out.";
        let edits: Vec<Edit> = removed(project, &route).into_iter().collect();
        let steps = if edits.is_empty() { vec!["Remove `tunnelRoute`.".to_owned()] } else { Vec::new() };
        let fix = Fix { title: "remove tunnelRoute".to_owned(), edits, steps };
        return found.add(Finding::new(RULE.id, Severity::Warning, "export", message).at(at(&route)).fix(fix));
    }
    let Some(own) = own else { return };
    if own.address == route.address {
        return;
    }
    let message = format!(
        "The browser's `tunnel` is {}, and `tunnelRoute` is {}: `tunnelRoute` wins, and the other is never used.",
        own.address.as_deref().unwrap_or("an expression"),
        route.address.as_deref().unwrap_or("a path of its own for each build"),
    );
    // Whoever has written a handler wants it used.
    let served = own.address.as_deref().is_some_and(|path| app.route(path).is_some());
    let loser = if served { &route } else { &own };
    let title = if served {
        "remove tunnelRoute: the handler of `tunnel` is there"
    } else {
        "remove `tunnel` from Sentry.init"
    };
    let edits: Vec<Edit> = removed(project, loser).into_iter().collect();
    let steps = if edits.is_empty() { vec![format!("{title}.")] } else { Vec::new() };
    let finding = Finding::new(RULE.id, Severity::Warning, "both", message).at(at(&own));
    let second: At = at(&route).noted("the one that wins");
    found.add(finding.at(second).fix(Fix { title: title.to_owned(), edits, steps }));
}

/// Takes an option out of its object, with the comma and the line.
fn removed(project: &Project, tunnel: &Tunnel) -> Option<Edit> {
    let text = project.files.read(&tunnel.path).ok().flatten()?;
    let written = text.get(tunnel.span.start..tunnel.span.end)?;
    // The place of the call stands for an option that comes in by a spread.
    if !written.trim_start_matches(['\'', '"']).starts_with("tunnel") {
        return None;
    }
    let rest = text.get(tunnel.span.end..)?;
    let comma = rest.trim_start().strip_prefix(',')?;
    let mut end = text.len() - comma.len();
    let mut start = tunnel.span.start;
    let head = text.get(..start)?;
    let line = head.rfind('\n').map_or(0, |at| at + 1);
    let alone = text.get(line..start)?.trim().is_empty();
    let behind = comma.trim_start_matches([' ', '\t', '\r']);
    if alone && behind.starts_with('\n') {
        start = line;
        end = text.len() - behind.len() + 1;
    }
    Some(Edit::Replace { path: tunnel.path.clone(), span: Span { start, end }, with: String::new() })
}
