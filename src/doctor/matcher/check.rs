//! The whole check: reads the matcher, asks it about the paths, and finds the fix for the tunnel.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::Duration,
};

use serde_json::Value;
use tokio::sync::Semaphore;

use crate::{
    doctor::{
        files::Files,
        script::{self, Evaluated, Exported, Guard, Literal, Place, Span, Unknown},
    },
    error::{Result, ToolError},
};

use super::{
    compile::{Matcher, Site},
    declared::{Declared, declared},
    generation::Next,
    patch::{Tunnel, tunnel},
    request::Request,
    verdict::{Miss, Verdict},
    workspace::{self, App},
};

/// What is asked.
#[derive(Debug, Clone, Default)]
pub struct Ask {
    /// Paths or URLs.
    pub paths: Vec<String>,
    /// The matcher; none = the workspace's.
    pub matcher: Option<Value>,
    /// The middleware's file; none = found.
    pub file: Option<String>,
    /// A version of Next.js; none = the workspace's.
    pub next: Option<String>,
    /// `basePath`; none = the workspace's.
    pub base_path: Option<String>,
    /// Locales; none = the workspace's.
    pub locales: Option<Vec<String>>,
    /// Request headers.
    pub headers: BTreeMap<String, String>,
    /// The tunnel's path; none = the workspace's.
    pub tunnel: Option<String>,
}

/// What was found.
#[derive(Debug, Clone, Default)]
pub struct Checked {
    /// The middleware's file; none where there is none, or where the matcher was given.
    pub file: Option<String>,
    /// Where the matcher comes from, in words.
    pub origin: String,
    /// Version of Next.js, and what says so.
    pub next: (String, String),
    /// `basePath`.
    pub base_path: String,
    /// Locales.
    pub locales: Vec<String>,
    /// The entries; none = it runs everywhere.
    pub entries: Option<Vec<Seen>>,
    /// The answers.
    pub paths: Vec<Answer>,
    /// The tunnel.
    pub tunnel: Option<Tunnel>,
    /// What else is to be known.
    pub notes: Vec<String>,
}

/// An entry of the matcher.
#[derive(Debug, Clone)]
pub struct Seen {
    /// As it is written.
    pub source: String,
    /// `file:line:column`.
    pub place: Option<String>,
    /// Compiled.
    pub regexp: String,
}

/// The answer for one path.
#[derive(Debug, Clone)]
pub struct Answer {
    /// As it was asked.
    pub path: String,
    /// Whether the middleware runs.
    pub runs: bool,
    /// The entry that catches it, from 0.
    pub entry: Option<usize>,
    /// Why, in words.
    pub why: String,
}

/// Paths of one call.
const MAX_PATHS: usize = 50;
/// Longest path: a matcher's regular expression may take exponential time.
const MAX_PATH: usize = 2_048;
/// A matcher that needs longer is itself the fault.
const LIMIT: Duration = Duration::from_secs(5);
/// Checks at a time. One that takes too long keeps its place until it has ended: nothing can stop it before.
static PLACES: Semaphore = Semaphore::const_new(2);

/// Checks the matcher of a workspace, or the one that was given.
pub async fn check(root: PathBuf, ask: Ask) -> Result<Checked> {
    let place = tokio::time::timeout(LIMIT, PLACES.acquire()).await;
    let Ok(Ok(place)) = place else {
        return Err(ToolError::new(
            "Earlier matchers are still being matched: their regular expressions take exponential time.",
            "Simplify them (no repetition within a repetition); until one has ended, no other is looked at.",
        ));
    };
    let (send, receive) = tokio::sync::oneshot::channel();
    // Not of the runtime's threads: those are waited for when the server ends.
    std::thread::Builder::new()
        .name("matcher".to_owned())
        .spawn(move || {
            let _place = place;
            // Nobody waits any more where the time was up.
            drop(send.send(checked(&root, &ask)));
        })
        .map_err(|error| ToolError::bare(format!("No thread for the check: {error}")))?;
    match tokio::time::timeout(LIMIT, receive).await {
        Ok(Ok(result)) => result,
        Ok(Err(_)) => Err(ToolError::bare("The check of the matcher failed inside.")),
        Err(_) => Err(ToolError::new(
            format!(
                "The matcher takes longer than {} s on these paths: a request like them would hang the app as well.",
                LIMIT.as_secs()
            ),
            "Take repetitions within repetitions out of it, such as (.*)+ or (a|b*)*.",
        )),
    }
}

fn checked(root: &Path, ask: &Ask) -> Result<Checked> {
    limits(ask)?;
    let files = Files::new(root);
    let app = match &ask.matcher {
        Some(_) if ask.file.is_none() => {
            // A given matcher needs no file; what else the workspace says still holds.
            let mut app = workspace::app(&files, None).unwrap_or_default();
            app.file = None;
            app
        }
        _ => workspace::app(&files, ask.file.as_deref()).map_err(|why| {
            ToolError::new(format!("{why}."), "`file` names the middleware or proxy file, relative to the workspace.")
        })?,
    };
    let mut out = Checked { notes: app.notes.clone(), ..Checked::default() };
    let site = site(ask, &app, &mut out)?;
    let read = matcher_of(ask, &app, &site, &mut out)?;
    let Some((declared, patchable)) = read else { return Ok(out) };
    let matcher = Matcher::new(&declared, &site).map_err(|invalid| refused(&invalid.why, invalid.span, &app))?;
    out.entries = matcher.entries().map(|entries| {
        let seen = entries.iter().map(|each| Seen {
            source: each.entry.source.clone(),
            place: each.entry.span.and_then(|span| place(&app, span)),
            regexp: each.regex.source().to_owned(),
        });
        seen.collect()
    });
    let requests: Vec<Request> = ask.paths.iter().map(|path| Request::new(path, &ask.headers)).collect();
    out.paths = ask.paths.iter().zip(&requests).map(|(path, request)| answer(&matcher, path, request)).collect();
    let wanted = ask.tunnel.clone().map(|path| (path, "as asked".to_owned()));
    if let Some((path, from)) = wanted.or_else(|| app.tunnel.clone()) {
        let file = app.file.as_ref().filter(|_| patchable);
        out.tunnel = tunnel(&declared, &matcher, (&path, &from), &ask.headers, &requests, file);
    }
    Ok(out)
}

fn limits(ask: &Ask) -> Result<()> {
    if ask.paths.is_empty() && ask.tunnel.is_none() && ask.matcher.is_some() {
        return Err(ToolError::new(
            "There is no path to ask this matcher about.",
            "Give `paths`, such as [\"/monitoring\", \"/api/x\"].",
        ));
    }
    if ask.paths.len() > MAX_PATHS {
        return Err(ToolError::new(
            format!("{} paths are too many.", ask.paths.len()),
            format!("Give at most {MAX_PATHS}."),
        ));
    }
    match ask.paths.iter().chain(&ask.tunnel).find(|path| path.len() > MAX_PATH) {
        Some(path) => {
            Err(ToolError::new(format!("A path has {} bytes.", path.len()), format!("Give at most {MAX_PATH} bytes.")))
        }
        None => Ok(()),
    }
}

fn site(ask: &Ask, app: &App, out: &mut Checked) -> Result<Site> {
    let next = match (&ask.next, &app.next) {
        (Some(text), _) => {
            let next = Next::parse(text).filter(|next| (12..100).contains(&next.major()));
            let next = next.ok_or_else(|| {
                ToolError::new(format!("`next` is no version of Next.js: {text}."), "Give one such as 16.4.6 or 15.")
            })?;
            (next, "as asked".to_owned())
        }
        (None, Some((next, from))) => (*next, from.clone()),
        (None, None) => (Next::default(), "assumed: nothing says which".to_owned()),
    };
    if next.0.major() < 13 {
        out.notes.push(format!("Next.js {} was not looked at: the answers are those of 13.", next.0));
    }
    out.next = (next.0.to_string(), next.1);
    let base_path = ask.base_path.as_deref().map(|base| base.trim_end_matches('/').to_owned());
    let base_path = base_path.or_else(|| app.base_path.clone()).unwrap_or_default();
    if !base_path.is_empty() && !base_path.starts_with('/') {
        return Err(ToolError::new(
            format!("The base path {base_path} does not start with /."),
            "Next.js refuses it too.",
        ));
    }
    let locales = ask.locales.clone().or_else(|| app.locales.clone()).filter(|all| !all.is_empty());
    (out.base_path, out.locales) = (base_path.clone(), locales.clone().unwrap_or_default());
    Ok(Site { next: next.0, base_path, locales })
}

/// The matcher, and whether its file can be patched; none where there is no middleware or what it says cannot be told.
fn matcher_of(ask: &Ask, app: &App, site: &Site, out: &mut Checked) -> Result<Option<(Declared, bool)>> {
    if let Some(value) = &ask.matcher {
        out.origin = "The matcher given".to_owned();
        let literal = Literal::from(value);
        let declared = declared(&literal, site.next).map_err(|invalid| refused(&invalid.why, None, app))?;
        return Ok(Some((declared, false)));
    }
    let Some((path, text)) = &app.file else {
        out.origin = "No middleware file".to_owned();
        return Ok(None);
    };
    out.file = Some(path.clone());
    out.origin = format!("Matcher of {path}");
    if path.rsplit('/').next().is_some_and(|name| name.starts_with("proxy.")) && !site.next.has_proxy() {
        out.notes.push(format!("Next.js {} does not know proxy files: it wants middleware.", site.next));
    }
    let looked =
        script::read(path, text, |script| (script.exported("config"), script.guards(&["middleware", "proxy"])));
    let (config, guards) = looked.map_err(|why| {
        ToolError::new(format!("{path} cannot be read: {why}."), "Mend it, or give the matcher as an argument.")
    })?;
    guard_notes(app, &guards, ask.tunnel.as_deref(), out);
    let Some(Exported { value, direct, span }) = config else {
        return Ok(Some((Declared::Everywhere, true)));
    };
    let at = place(app, span).unwrap_or_default();
    if !direct {
        out.notes.push(format!("{at}: Next.js reads `config` only as `export const config = {{…}}`: webpack ignores this one and runs everywhere, Turbopack refuses to build."));
    }
    let Evaluated { literal, followed } = match value {
        Ok(value) => value,
        Err(unknown) => return Err(unfollowed(app, &unknown)),
    };
    if let Some(first) = followed.first() {
        let at = place(app, *first).unwrap_or_default();
        out.notes.push(format!("{at}: `config` is not made of plain literals: webpack ignores its matcher and runs everywhere, Turbopack refuses to build. The answers are for what was meant."));
    }
    let Some(matcher) = literal.field("matcher") else { return Ok(Some((Declared::Everywhere, false))) };
    let declared = declared(matcher, site.next).map_err(|invalid| refused(&invalid.why, invalid.span, app))?;
    Ok(Some((declared, direct && followed.is_empty())))
}

fn unfollowed(app: &App, unknown: &Unknown) -> ToolError {
    let at = place(app, unknown.span).unwrap_or_default();
    ToolError::new(
        format!("{at}: the matcher cannot be told without running the code: `{}`.", unknown.expression),
        "Next.js reads plain literals only, and refuses or ignores this too. Write the value out, or give it as `matcher`.",
    )
}

fn refused(why: &str, span: Option<Span>, app: &App) -> ToolError {
    let at = span.and_then(|span| place(app, span)).map(|at| format!("{at}: ")).unwrap_or_default();
    ToolError::new(format!("{at}Next.js refuses this matcher: {why}."), "The build fails with it. Mend it first.")
}

fn guard_notes(app: &App, guards: &[Guard], tunnel: Option<&str>, out: &mut Checked) {
    let tunnel = tunnel.or(app.tunnel.as_ref().map(|(path, _)| path.as_str()));
    let tunnel =
        tunnel.map(|path| path.split('?').next().unwrap_or(path).trim_end_matches('/')).filter(|path| !path.is_empty());
    for guard in guards {
        let names_it = tunnel.is_some_and(|tunnel| guard.condition.contains(tunnel));
        let passes = guard.returns.is_empty() || guard.returns.contains(".next(") || guard.returns == "undefined";
        let what = match (names_it, passes, guard.returns.contains("redirect(")) {
            (true, true, _) => "lets the tunnel through although the middleware runs, if its condition holds",
            (_, _, true) => "redirects",
            _ => continue,
        };
        let at = place(app, guard.span).unwrap_or_default();
        let returns = format!("return {}", guard.returns);
        out.notes.push(format!("{at}: `if ({}) {}` {what}.", guard.condition, returns.trim_end()));
    }
}

/// `file:line:column` of a place in the middleware's file.
fn place(app: &App, span: Span) -> Option<String> {
    app.file.as_ref().map(|(path, text)| format!("{path}:{}", Place::of(text, span.start)))
}

fn answer(matcher: &Matcher, path: &str, request: &Request) -> Answer {
    let verdict = matcher.serves(request);
    let (entry, why) = match &verdict {
        Verdict::Everywhere => (None, "there is no matcher: it runs for every path".to_owned()),
        Verdict::Caught(caught) => {
            let mut why = String::new();
            if caught.path != request.path {
                why.push_str(&format!(", as {}", caught.path));
            }
            if let Some(data) = &caught.data {
                why.push_str(&format!(", as data under {data}"));
            }
            if let Some(suffix) = &caught.suffix {
                why.push_str(&format!(", with the suffix {suffix}"));
            }
            (Some(caught.entry), why.trim_start_matches(", ").to_owned())
        }
        Verdict::Free(misses) => {
            let near = misses.iter().enumerate().find_map(|(place, miss)| match miss {
                Miss::Path => None,
                Miss::Has(name) => Some(format!("entry {} matches the path, but wants {name}", place + 1)),
                Miss::Missing(name) => Some(format!("entry {} matches the path, but not with {name}", place + 1)),
            });
            (None, near.unwrap_or_else(|| "no entry matches".to_owned()))
        }
    };
    Answer { path: path.to_owned(), runs: verdict.runs(), entry, why }
}
