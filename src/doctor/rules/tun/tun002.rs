//! TUN002: the middleware catches the tunnel.

use crate::doctor::{
    finding::{Edit, Finding, Fix, Found, Severity, Undecided},
    project::{App, Project, TunnelFrom},
    rules::{Check, Rule},
    script::Origin,
    tunnel::{Caught, Intercept, Serves, Way, intercept, way},
};

use super::words::option;

/// The rule.
pub const RULE: Rule = Rule {
    id: "TUN002",
    title: "The middleware catches the tunnel",
    severity: Severity::Error,
    why: "The matcher of Next.js's middleware (or proxy) takes the tunnel's path too. Where the function then asks for a login, puts a locale before the path or answers itself, the browser's envelopes never get to the tunnel. After a redirect the SDK sees a page with 200, and takes the event for sent.",
    docs: "https://docs.sentry.io/platforms/javascript/guides/nextjs/configuration/build/#tunnelRoute",
    checks: &[Check::Static(check)],
};

fn check(project: &Project, app: &App, found: &mut Found) {
    let Some(way) = way(project, app) else { return };
    match intercept(app, &way) {
        Intercept::Free | Intercept::Through => {}
        Intercept::Unknown(hidden) => found.undecided.push(Undecided {
            rule: RULE.id,
            what: format!(
                "whether the middleware lets {} through: `{}`",
                way.path.as_deref().unwrap_or_default(),
                hidden.expression
            ),
            at: project.at(&hidden.at),
            ask: "give url: the live check posts to the tunnel; or leave the path out of the matcher",
        }),
        Intercept::Caught(caught) => found.add(finding(project, app, &way, *caught)),
    }
}

fn finding(project: &Project, app: &App, way: &Way<'_>, caught: Caught) -> Finding {
    let path = way.path.as_deref().unwrap_or_default();
    let sdk = app.package.version("@sentry/nextjs");
    // Builds with webpack of these versions pass the rewrites of tunnelRoute by themselves.
    let passes = matches!(way.serves, Serves::TunnelRoute)
        && way.tunnel.from == TunnelFrom::Route
        && app.next.as_ref().and_then(|next| next.turbopack) == Some(false)
        && sdk.is_some_and(|sdk| sdk.is_at_least(9, 36, 0) && sdk.major < 11);
    let severity = if passes { Severity::Warning } else { Severity::Error };
    let what = match &caught.source {
        Some(source) => format!("The matcher `{source}` takes {path} too"),
        None => format!("The middleware has no matcher, so it runs for {path} too"),
    };
    let comes = if passes {
        "This SDK passes it in builds with webpack; Turbopack and SDK 11 do not, and then the events are lost."
    } else {
        "The browser's events do not get to the tunnel, and the SDK does not tell."
    };
    let message = format!("{what}, and the middleware {}. {comes}", caught.stop.words());
    let stop = project.at(&caught.at).noted("what the middleware does");
    let mut finding = Finding::new(RULE.id, severity, path, message);
    finding = match caught.entry {
        Some(span) => finding.at(project.at(&Origin { path: caught.path.as_str().into(), span })).at(stop),
        None => finding.at(stop),
    };
    finding = finding.at(option(project, way).noted("the tunnel"));
    if let Some(regexp) = &caught.regexp {
        finding = finding.evidence("the matcher as Next.js compiles it", regexp.clone());
    }
    let edits = caught.edits.unwrap_or_default();
    let edits: Vec<Edit> =
        edits.into_iter().map(|(span, with)| Edit::Replace { path: caught.path.clone(), span, with }).collect();
    let steps = if !edits.is_empty() {
        Vec::new()
    } else if !caught.words.is_empty() {
        caught.words
    } else {
        vec![format!(
            "Begin the function of {} with: if (request.nextUrl.pathname === '{}') return NextResponse.next();",
            caught.path,
            way.inner.as_deref().unwrap_or(path)
        )]
    };
    finding.fix(Fix { title: format!("leave {path} out of the matcher"), edits, steps })
}
