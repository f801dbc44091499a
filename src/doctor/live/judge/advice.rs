//! What each symptom of a tunnel comes from, and what to do about it.

use crate::doctor::live::{Probe, Symptom, TunnelSeen, answer::Answer, tunnel::is_csrf};

/// What is wrong, and what a person does.
pub(super) struct Advice {
    /// Goes on after `POST /monitoring`: `is redirected to a login …`.
    pub what: String,
    /// What to do, in one line.
    pub title: String,
    /// Exact words, one step each.
    pub steps: Vec<String>,
}

impl Advice {
    fn new(what: impl Into<String>, title: impl Into<String>, steps: &[String]) -> Self {
        Self { what: what.into(), title: title.into(), steps: steps.to_vec() }
    }
}

/// What a symptom means here.
pub(super) fn of(seen: &TunnelSeen, probe: &Probe) -> Advice {
    let path = seen.url.path();
    let answer = probe.exchange.answer();
    let by = answer.and_then(Answer::by).unwrap_or_default();
    let status = probe.exchange.hops.first().map(|hop| hop.status).or(answer.map(|answer| answer.status)).unwrap_or(0);
    let who = if by.is_empty() { String::new() } else { format!(" by {by}") };
    match probe.symptom {
        Symptom::Login | Symptom::Locale | Symptom::Slash | Symptom::Secure | Symptom::Redirected => {
            moved(seen, probe, status)
        }
        Symptom::Unauthorized | Symptom::Forbidden | Symptom::Limited => guarded(path, probe.symptom, answer, &by),
        Symptom::Missing => missing(seen, &by),
        Symptom::Method => Advice::new(
            format!("is answered 405{who}: something is there, but takes no POST"),
            "Answer POST",
            &[
                format!("Export a handler for POST at {path} (in Next.js: `export async function POST` or `export {{ POST }}` in route.ts)."),
                "A page there takes no POST, nor does a static host: the tunnel needs an endpoint of its own, on a server or a function."
                    .to_owned(),
            ],
        ),
        Symptom::Length => Advice::new(
            format!("is answered 411{who}: the length of the body got lost on the way"),
            "Keep Content-Length",
            &["Let the proxy before the app hand Content-Length on (nginx: `proxy_request_buffering on`, no chunked upstream requests).".to_owned()],
        ),
        Symptom::TooLarge => Advice::new(
            format!("is answered 413{who} for an envelope without anything in it"),
            "Raise the limit of bodies",
            &large_steps(&by),
        ),
        Symptom::Kind => Advice::new(
            format!("is answered {status}{who}: the endpoint wants JSON or a form, and an envelope is neither"),
            "Take the body as bytes",
            &["Read the raw body in the handler, whatever its Content-Type: SDKs send text/plain, or none at all for a compressed replay.".to_owned()],
        ),
        Symptom::Page => Advice::new(
            format!("is answered {status} with an HTML page{who}: the path is a page, not an endpoint, and everything sent there is lost in silence"),
            "Make it an endpoint",
            &[
                format!("Put a route handler (or the tunnel's rewrite) at {path}, or set `tunnel` to the path that has one."),
                "A fallback that answers every path with index.html must leave this one out.".to_owned(),
            ],
        ),
        Symptom::Failing => Advice::new(
            format!("is answered {status}{who}: who stands before the tunnel gets no answer from behind it"),
            "Make the server behind reachable",
            &["Look at the proxy's and the app's log for this request; the upstream of this path is down, or its name is wrong.".to_owned()],
        ),
        Symptom::Odd => Advice::new(
            format!("is answered {status}{who}, which no tunnel answers"),
            "Find out who answers",
            &[format!("Look at who answers POST {path}: the body above is theirs.")],
        ),
        Symptom::Unanswered => {
            let why = probe.exchange.end.as_ref().err().map(super::super::Unanswered::words).unwrap_or_default();
            Advice::new(format!("has no answer: {why}"), "Start the server", &["Start the app, or correct the address.".to_owned()])
        }
        Symptom::Upstream | Symptom::Taken | Symptom::Refused | Symptom::Denied | Symptom::Tripped => {
            Advice::new(format!("is answered {status}{who}"), "Look at the handler", &[format!("Look at the log of the handler at {path}.")])
        }
    }
}

fn moved(seen: &TunnelSeen, probe: &Probe, status: u16) -> Advice {
    let path = seen.url.path();
    let answer = probe.exchange.answer();
    let to = probe.exchange.hops.first().map(|hop| hop.to.clone()).or_else(|| answer.and_then(Answer::location));
    let to_path = to.as_ref().map_or_else(String::new, |to| match to.origin() == seen.url.origin() {
        true => to.path().to_owned(),
        false => super::super::answer::shown(to),
    });
    let name = path.trim_matches('/').replace('.', "\\.");
    let exclude = format!(
        "Leave {path} out of the middleware: add `{name}(?:/|$)` to the alternatives of the matcher's negative look-ahead `(?!…)`, or return \
         `NextResponse.next()` for it before anything else."
    );
    let lost = match status {
        301..=303 => "; the browser asks for that with GET, gets a page, and the SDK says nothing",
        _ => "",
    };
    let stopped = probe
        .exchange
        .stopped
        .filter(|why| why.contains("host"))
        .map(|_| "; a `connect-src` that names only the own host blocks that")
        .unwrap_or_default();
    match probe.symptom {
        Symptom::Login => Advice::new(
            format!("is redirected to a login ({status} to {to_path}){lost}{stopped}"),
            format!("Let {path} through without a login"),
            &[exclude, "Auth in a proxy before the app (Cloudflare Access, Vercel protection, oauth2-proxy) needs the same exception.".to_owned()],
        ),
        Symptom::Locale => Advice::new(
            format!("is redirected to a locale ({status} to {to_path}){lost}"),
            format!("Leave {path} out of the locales"),
            &[exclude],
        ),
        Symptom::Slash => Advice::new(
            format!("is redirected to {to_path} ({status}){lost}"),
            format!("Set the tunnel to {to_path}"),
            &[format!("Write `tunnel: \"{to_path}\"`, as the server writes it (Next.js: or set `skipTrailingSlashRedirect`).")],
        ),
        _ => Advice::new(
            format!("is redirected ({status} to {to_path}){lost}{stopped}"),
            "Post to where the tunnel is",
            &[format!("Set `tunnel` to the address that answers itself, or take {path} out of the redirect.")],
        ),
    }
}

fn guarded(path: &str, symptom: Symptom, answer: Option<&Answer>, by: &str) -> Advice {
    let who = if by.is_empty() { String::new() } else { format!(" by {by}") };
    let csrf = answer.is_some_and(is_csrf);
    match symptom {
        Symptom::Limited => Advice::new(
            format!("is answered 429{who}: limited before it comes to Sentry"),
            "Limit the tunnel less",
            &[
                format!("Take {path} out of the rate limit, or count it by the visitor's address: all users of an app share its tunnel."),
                "The tunnel must hand `Retry-After` and `X-Sentry-Rate-Limits` back to the SDK.".to_owned(),
            ],
        ),
        Symptom::Forbidden if csrf => Advice::new(
            format!("is answered 403{who}: a check against forged requests (CSRF) refuses it"),
            format!("Leave {path} out of the check"),
            &["Exempt this view (Django: `@csrf_exempt`; SvelteKit: a +server.js endpoint that takes text/plain of the own origin).".to_owned()],
        ),
        Symptom::Forbidden => Advice::new(
            format!("is answered 403 with a page{who}: a firewall or a guard refuses it before the handler"),
            format!("Let POST {path} through"),
            &[format!("Add an exception for POST {path} to the firewall (Cloudflare: a WAF skip rule; Vercel: a firewall bypass).")],
        ),
        _ => {
            let scheme = answer.and_then(|answer| answer.header("www-authenticate")).unwrap_or_default();
            let scheme = scheme.split_whitespace().next().unwrap_or_default();
            let how = if scheme.is_empty() { String::new() } else { format!(" ({scheme})") };
            Advice::new(
                format!("is answered 401{who}{how}: who posts must log in"),
                format!("Let {path} through without a login"),
                &[
                    format!("Leave POST {path} out of the authentication: middleware, guard, or the protection of the host."),
                    "Where a staging password guards the whole site, do not hand `Authorization` on to Sentry: Relay takes it for a key.".to_owned(),
                ],
            )
        }
    }
}

fn missing(seen: &TunnelSeen, by: &str) -> Advice {
    let path = seen.url.path();
    let who = if by.is_empty() { String::new() } else { format!(" by {by}") };
    let works = seen.variants.iter().find(|(_, probe)| probe.symptom.may_work());
    if let Some((variant, probe)) = works {
        let other = probe.url.path();
        let why = match variant {
            super::super::Variant::Slash => "the slash at its end",
            super::super::Variant::BasePath => "the app's base path",
            super::super::Variant::Locale => "the locale",
        };
        return Advice::new(
            format!("is answered 404{who}, while {other} answers: it is a matter of {why}"),
            format!("Set the tunnel to {other}"),
            &[format!("Write `tunnel: \"{other}\"` in the browser's Sentry.init.")],
        );
    }
    let mut steps = vec![
        format!("Make the endpoint: a handler for POST {path}, a rewrite, or `tunnelRoute: \"{path}\"` of withSentryConfig."),
        "A rewrite of `tunnelRoute` exists only in the build: build again after the change, and not with `output: 'export'`.".to_owned(),
    ];
    if seen.url.query().is_none() {
        steps.push(format!(
            "`tunnelRoute` answers only with its query: {path}?o=ORGANIZATION&p=PROJECT (give `dsn`, and it is added)."
        ));
    }
    Advice::new(format!("is answered 404{who}: nobody is there"), "Make the endpoint", &steps)
}

/// How a proxy's limit of bodies is raised.
pub(super) fn large_steps(by: &str) -> Vec<String> {
    let how = if by.contains("nginx") {
        "nginx: `client_max_body_size 20m;` in the location of the tunnel."
    } else if by.contains("Vercel") {
        "Functions of Vercel take 4.5 MB at most; a rewrite (`tunnelRoute`) has no such limit."
    } else if by.contains("Next.js") {
        "Next.js: `experimental.proxyClientMaxBodySize` where a middleware stands before it; Pages API: `bodyParser: false`."
    } else if by.contains("Express") {
        "Express: `express.raw({ type: () => true, limit: '20mb' })` for this path, before any other parser."
    } else {
        "Raise the limit of bodies for this path: nginx `client_max_body_size 20m;`, Express `express.raw({ limit: '20mb' })`."
    };
    vec![how.to_owned(), "Sentry itself takes envelopes of up to 200 MB and replays of up to 10 MB.".to_owned()]
}
