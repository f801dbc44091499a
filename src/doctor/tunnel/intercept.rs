//! Whether the middleware stands in the tunnel's way: the matcher first, then what the function does.

use std::collections::BTreeMap;

use crate::doctor::{
    matcher::{self, Declared, Matcher, Next, Request, Site},
    project::{App, TunnelFrom},
    script::{self, Hidden, Origin, Span},
};

use super::{
    Serves, Way,
    pass::{Pass, Stop, pass},
};

/// What the middleware does with the tunnel's requests.
#[derive(Debug, Clone)]
pub enum Intercept {
    /// There is none, or it does not run for this path.
    Free,
    /// It runs, and lets them through.
    Through,
    /// It stops them.
    Caught(Box<Caught>),
    /// It cannot be told.
    Unknown(Hidden),
}

/// How the middleware stops the tunnel.
#[derive(Debug, Clone)]
pub struct Caught {
    /// The middleware's file.
    pub path: String,
    /// Where the entry of the matcher is written; none = there is no matcher.
    pub entry: Option<Span>,
    /// The entry, as it is written.
    pub source: Option<String>,
    /// The entry, compiled.
    pub regexp: Option<String>,
    /// What it does.
    pub stop: Stop,
    /// Where.
    pub at: Origin,
    /// Changes of the file that leave the path out of the matcher; none = none was found that leaves all others alone.
    pub edits: Option<Vec<(Span, String)>>,
    /// What to change, in words.
    pub words: Vec<String>,
}

/// Looks at the middleware of an app for its tunnel.
pub fn intercept(app: &App, way: &Way<'_>) -> Intercept {
    let (Some(next), Some(path), Some(inner)) = (&app.next, &way.path, &way.inner) else { return Intercept::Free };
    let Some(file) = next.middleware.first() else { return Intercept::Free };
    let hidden =
        |expression: String, span: Span| Hidden { expression, at: Origin { path: file.as_str().into(), span } };
    let module = match app.modules.get(file) {
        None => return Intercept::Free,
        Some(Err(why)) => return Intercept::Unknown(hidden(why, Span { start: 0, end: 0 })),
        Some(Ok(module)) => module,
    };
    let version = app.framework.version.as_ref().and_then(|version| Next::parse(&version.to_string()));
    let locales = Some(next.locales()).filter(|all| !all.is_empty());
    let base_path = path.strip_suffix(inner.as_str()).unwrap_or_default().to_owned();
    let site = Site { next: version.unwrap_or_default(), base_path, locales };
    let config = script::read(file, &module.text, |script| script.exported("config"));
    let declared = match config {
        Ok(None) => Ok(Declared::Everywhere),
        Ok(Some(config)) => match config.value {
            Ok(evaluated) => match evaluated.literal.field("matcher") {
                None => Ok(Declared::Everywhere),
                Some(matcher) => matcher::declared(matcher, site.next).map_err(|_| config.span),
            },
            Err(unknown) => return Intercept::Unknown(hidden(unknown.expression, unknown.span)),
        },
        Err(_) => return Intercept::Free,
    };
    // What Next.js refuses does not build: that is another fault.
    let Ok(declared) = declared else { return Intercept::Free };
    let Ok(compiled) = Matcher::new(&declared, &site) else { return Intercept::Free };
    let query = if way.tunnel.from == TunnelFrom::Route { "?o=1&p=2" } else { "" };
    let request = Request::new(&format!("{path}{query}"), &BTreeMap::new());
    let verdict = compiled.serves(&request);
    if !verdict.runs() {
        return Intercept::Free;
    }
    // The SDK's own handler passes every middleware that Sentry wraps.
    if matches!(way.serves, Serves::SdkHandler) {
        return Intercept::Through;
    }
    let (stop, at) = match pass(&app.modules, &module, inner) {
        Pass::Through => return Intercept::Through,
        Pass::Unknown(hidden) => return Intercept::Unknown(hidden),
        Pass::Stops(stop, at) => (stop, at),
    };
    let place = verdict.entry();
    let entry = place.and_then(|place| compiled.entries()?.get(place));
    let (edits, words) = matcher::remedy(&declared, &site, &request, &module.text);
    Intercept::Caught(Box::new(Caught {
        path: file.clone(),
        entry: entry.and_then(|entry| entry.entry.span),
        source: entry.map(|entry| entry.entry.source.clone()),
        regexp: entry.map(|entry| entry.regex.source().to_owned()),
        stop,
        at,
        edits,
        words,
    }))
}
