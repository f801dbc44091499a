//! The tunnel as it is written: the address that the browser posts to, and what answers there.

mod create;
mod intercept;
mod pass;
mod relay;

pub use create::create;
pub use intercept::{Caught, Intercept, intercept};
pub use pass::Pass;
pub use relay::{Check, Checked, Mangled, Relay, Target};

use super::{
    csp::Dsn,
    matcher,
    project::{Answer, App, Form, Kind, Project, Route, Runtime, Tunnel, TunnelFrom, When},
    script::{Hidden, What},
};

/// The way of an envelope from the browser to what answers.
#[derive(Debug)]
pub struct Way<'a> {
    /// What says where the tunnel is.
    pub tunnel: Tunnel,
    /// The path that is posted to, with the base path, without the query; none = only known at build or run time.
    pub path: Option<String>,
    /// The path without the base path.
    pub inner: Option<String>,
    /// What answers.
    pub serves: Serves<'a>,
}

/// What answers at the tunnel's address.
#[derive(Debug)]
pub enum Serves<'a> {
    /// The rewrites of `tunnelRoute`.
    TunnelRoute,
    /// `tunnelRoute` with a handler of the SDK: `@sentry/nextjs/tunnel`.
    SdkHandler,
    /// `tunnel: true`: the server SDK's `serveTunnelIntegration`.
    Integration,
    /// A rewrite of next.config to this address; none = it cannot be told.
    Rewrite(Option<String>),
    /// An endpoint of this app.
    Endpoint(&'a App, &'a Route),
    /// A page, which answers HTML with 200.
    Page(&'a Route),
    /// Something outside of the app's code: another origin, the hosting, a proxy.
    Elsewhere,
    /// Nothing.
    Nothing(Missing),
    /// It cannot be told, because of these.
    Unknown(Vec<Hidden>),
}

/// Why nothing answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Missing {
    /// There is no such endpoint.
    Endpoint,
    /// The address lacks the base path.
    BasePath(String),
    /// The address is relative to the page that is shown.
    Relative,
}

/// The tunnel that the browser SDK uses, with what answers there; none = it has none.
pub fn way<'a>(project: &'a Project, app: &'a App) -> Option<Way<'a>> {
    let tunnel = used(app)?;
    if matches!(tunnel.value.what, What::Bool(true)) && tunnel.from == TunnelFrom::Init {
        let path = app.dsn(Runtime::Client).and_then(|dsn| dsn.dsn).map(|dsn| derived(&dsn));
        let base = app.next.as_ref().map_or(Some(String::new()), |next| next.base_path());
        let full = base.zip(path.clone()).map(|(base, path)| format!("{base}{path}"));
        return Some(Way { tunnel, path: full, inner: path, serves: Serves::Integration });
    }
    let Some(address) = tunnel.address.clone() else {
        let serves = match tunnel.from {
            TunnelFrom::Route => Serves::TunnelRoute,
            TunnelFrom::Init => Serves::Unknown(tunnel.value.hidden().cloned().into_iter().collect()),
        };
        return Some(Way { tunnel, path: None, inner: None, serves });
    };
    let address = address.trim();
    if address.contains("://") || address.starts_with("//") {
        return Some(Way { tunnel, path: None, inner: None, serves: Serves::Elsewhere });
    }
    let path = address.split(['?', '#']).next().unwrap_or(address).to_owned();
    if !path.starts_with('/') {
        let serves = Serves::Nothing(Missing::Relative);
        return Some(Way { tunnel, path: None, inner: None, serves });
    }
    let base = app.next.as_ref().map_or(Some(String::new()), |next| next.base_path());
    let inner = base.as_ref().map(|base| match path.strip_prefix(base.as_str()) {
        Some(rest) if rest.is_empty() || rest.starts_with('/') => Ok(rest.to_owned()),
        _ => Err(base.clone()),
    });
    let serves = match (&tunnel.from, &inner) {
        (TunnelFrom::Route, _) if sdk_handler(app) => Serves::SdkHandler,
        (TunnelFrom::Route, _) => Serves::TunnelRoute,
        (_, None) => Serves::Unknown(Vec::new()),
        (_, Some(Err(base))) => Serves::Nothing(Missing::BasePath(base.clone())),
        (_, Some(Ok(inner))) => serves(project, app, inner),
    };
    let inner = inner.and_then(Result::ok);
    Some(Way { tunnel, path: Some(path), inner, serves })
}

/// The tunnel that wins. `tunnelRoute` does nothing for a DSN that is not one of sentry.io.
fn used(app: &App) -> Option<Tunnel> {
    let dsn = app.dsn(Runtime::Client).and_then(|dsn| dsn.dsn);
    let route = app.tunnel_route().filter(|_| sdk_handler(app) || dsn.as_ref().is_none_or(|dsn| saas(dsn).is_some()));
    route.or_else(|| app.tunnel_option())
}

/// Whether the SDK's own handler is among the endpoints: `tunnelRoute` then leads there.
pub fn sdk_handler(app: &App) -> bool {
    let files = app.routes.iter().filter(|route| route.form == Form::Methods && route.path.contains("tunnel"));
    files.into_iter().any(|route| match route.answer(&app.modules) {
        Answer::Code(code) => code.of_sentry().is_some_and(|library| library.source == "@sentry/nextjs/tunnel"),
        _ => false,
    })
}

/// Organization, project and region of a DSN of sentry.io, as the SDK puts them behind `tunnelRoute`; none = the SDK sends
/// directly.
pub fn saas(dsn: &Dsn) -> Option<(&str, &str, Option<&str>)> {
    let (organization, rest) = dsn.host.strip_suffix(".sentry.io")?.strip_prefix('o')?.split_once(".ingest")?;
    let region = match rest.strip_prefix('.') {
        Some(region) if region.len() == 2 => Some(region),
        None if rest.is_empty() => None,
        _ => return None,
    };
    let digits = !organization.is_empty() && organization.bytes().all(|byte| byte.is_ascii_digit());
    digits.then_some((organization, dsn.project.as_str(), region))
}

/// The path that `tunnel: true` means: FNV-1a of the DSN, to the base 36.
pub fn derived(dsn: &Dsn) -> String {
    let (scheme, rest) = dsn.origin.split_once("://").unwrap_or(("https", &dsn.origin));
    let text = format!("{scheme}://{}@{rest}/{}", dsn.key, dsn.project);
    let hash =
        text.encode_utf16().fold(0x811c_9dc5_u32, |hash, unit| (hash ^ u32::from(unit)).wrapping_mul(0x0100_0193));
    let (mut left, mut digits) = (hash, Vec::new());
    loop {
        digits.push(char::from_digit(left % 36, 36).unwrap_or('0'));
        left /= 36;
        if left == 0 {
            break;
        }
    }
    format!("/{}", digits.iter().rev().collect::<String>())
}

/// What answers at a path, without the base path.
fn serves<'a>(project: &'a Project, app: &'a App, path: &str) -> Serves<'a> {
    let rewritten = |when: When| rewrite(app, path, when);
    if let Some(destination) = rewritten(When::Before) {
        return Serves::Rewrite(destination);
    }
    match app.route(path) {
        Some(route) if route.form != Form::Page => return Serves::Endpoint(app, route),
        Some(route) => return rewritten(When::After).map_or(Serves::Page(route), Serves::Rewrite),
        None => {}
    }
    if let Some(destination) = rewritten(When::After).or_else(|| rewritten(When::Fallback)) {
        return Serves::Rewrite(destination);
    }
    // Another server of the workspace, behind the same origin.
    let others = project.apps.iter().filter(|other| other.folder != app.folder);
    let other = others.filter_map(|other| Some((other, other.route(path)?)));
    let other = other.into_iter().find(|(_, route)| matches!(route.form, Form::Node | Form::Python));
    if let Some((other, route)) = other {
        return Serves::Endpoint(other, route);
    }
    if hosting(project, path) {
        return Serves::Elsewhere;
    }
    let hidden = hidden(app, path);
    let is_server = !matches!(app.framework.kind, Kind::Vite | Kind::Angular | Kind::Other);
    if hidden.is_empty() && is_server { Serves::Nothing(Missing::Endpoint) } else { Serves::Unknown(hidden) }
}

/// Where a rewrite of next.config leads; none = no rewrite takes this path.
fn rewrite(app: &App, path: &str, when: When) -> Option<Option<String>> {
    let next = app.next.as_ref()?;
    let takes = |source: &str| matcher::route(source).is_some_and(|regex| regex.is_match(path));
    let found = next.rewrites.iter().find(|rewrite| rewrite.when == when && takes(&rewrite.source))?;
    Some(found.destination.clone())
}

/// What may hide a rewrite; empty = nothing does.
fn hidden(app: &App, path: &str) -> Vec<Hidden> {
    let Some(next) = &app.next else { return Vec::new() };
    let all: Vec<Hidden> = next.hidden_rewrites.iter().chain(&next.hidden).cloned().collect();
    let Some(built) = next.built.as_ref().filter(|_| !all.is_empty()) else { return all };
    // A build says what the source hides.
    let full = format!("{}{path}", built.base_path().unwrap_or_default());
    let takes = |regex: &str| matcher::JsRegex::new(regex).is_ok_and(|regex| regex.is_match(&full));
    if built.rewrites().into_iter().any(|(_, _, regex)| takes(regex)) { all } else { Vec::new() }
}

/// Whether a file of the hosting or of a proxy names the path.
fn hosting(project: &Project, path: &str) -> bool {
    const NAMES: [&str; 14] = [
        "vercel.json",
        "netlify.toml",
        "_redirects",
        "firebase.json",
        "staticwebapp.config.json",
        "Caddyfile",
        "wrangler.toml",
        "wrangler.jsonc",
        "wrangler.json",
        "proxy.conf.json",
        "proxy.conf.js",
        "amplify.yml",
        "fly.toml",
        "app.yaml",
    ];
    let is_one = |file: &&String| {
        let name = file.rsplit('/').next().unwrap_or(file);
        let yaml = name.ends_with(".yml") || name.ends_with(".yaml");
        NAMES.contains(&name)
            || name.ends_with(".conf")
            || name.contains("nginx")
            || (yaml && ["compose", "traefik", "ingress"].iter().any(|word| name.contains(word)))
    };
    let names = |file: &String| matches!(project.files.read(file), Ok(Some(text)) if text.contains(path));
    project.tree.paths.iter().filter(is_one).any(names)
}
