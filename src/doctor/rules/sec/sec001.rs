//! SEC001: a token that everybody gets.

use std::collections::BTreeMap;

use crate::doctor::{
    finding::{At, Edit, Finding, Fix, Found, Severity},
    project::{App, Project, tokens},
    rules::{Check, Rule},
    script::Span,
};

use super::place;

/// Places of one name that are shown.
const MAX_PLACES: usize = 6;

/// The rule.
pub const RULE: Rule = Rule {
    id: "SEC001",
    title: "An auth token of Sentry is in what the browser loads",
    severity: Severity::Critical,
    why: "Variables whose names begin with NEXT_PUBLIC_, VITE_ or the like are written into the scripts that every visitor \
          loads. An auth token of Sentry can upload, read and change data of the organization; only builds need it, \
          never a page. (A DSN is no secret, and belongs there.)",
    docs: "https://docs.sentry.io/account/auth-tokens/",
    checks: &[Check::Static(check)],
};

/// A place that names a variable.
struct Named {
    at: At,
    path: String,
    span: Span,
    /// It can be given another name without more thought.
    by_process: bool,
}

fn check(project: &Project, app: &App, found: &mut Found) {
    let mut secrets: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, places) in names(project, app, &mut secrets) {
        found.add(variable(&name, places, secrets.remove(&name).unwrap_or_default()));
    }
    for token in app.shipped.iter().flat_map(|built| &built.tokens) {
        let message = format!(
            "{} has {} ({}): the build wrote it into a script that every visitor loads.",
            token.path, token.kind, token.masked
        );
        let mut finding = Finding::new(RULE.id, RULE.severity, format!("built {}", token.masked), message).at(place::at(token)).fix(Fix {
            title: "revoke the token, and keep it out of the build".to_owned(),
            edits: Vec::new(),
            steps: vec![
                place::rotate(&token.masked),
                "Read the token only in the build's own configuration, from SENTRY_AUTH_TOKEN, and in no file that a page imports."
                    .to_owned(),
                "Build again, and publish that build.".to_owned(),
            ],
        });
        finding.secrets.push(token.value.expose().to_owned());
        found.add(finding);
    }
}

/// Variables that are shown to everybody and hold a token, with every place that names them.
fn names(project: &Project, app: &App, secrets: &mut BTreeMap<String, Vec<String>>) -> BTreeMap<String, Vec<Named>> {
    let mut all: BTreeMap<String, Vec<Named>> = BTreeMap::new();
    for file in app.env.iter().filter(|file| place::is_for(project, app, &file.path)) {
        for variable in &file.variables {
            let holds = || tokens::find(&file.path, variable.value.as_bytes()).into_iter().next();
            let is_exposed =
                tokens::is_exposed(&variable.name) || (tokens::is_shown(&variable.name) && holds().is_some());
            if !is_exposed {
                continue;
            }
            let end = variable.span.start + variable.name.len();
            let name = Span { start: variable.span.start, end };
            let mut at = At::span(&file.path, &file.text, name);
            let shown = if variable.value.is_empty() { String::new() } else { tokens::masked(&variable.value) };
            at.excerpt = Some(format!("{}={shown}", variable.name));
            if !variable.value.is_empty() {
                secrets.entry(variable.name.clone()).or_default().push(variable.value.clone());
            }
            let named = Named { at, path: file.path.clone(), span: name, by_process: true };
            all.entry(variable.name.clone()).or_default().push(named);
        }
    }
    for exposed in project.tree.exposed.iter().filter(|exposed| place::is_for(project, app, &exposed.path)) {
        let at = At {
            source: exposed.path.clone(),
            place: Some(exposed.place),
            excerpt: Some(exposed.excerpt.clone()),
            note: None,
        };
        let named = Named { at, path: exposed.path.clone(), span: exposed.span, by_process: exposed.by_process };
        all.entry(exposed.name.clone()).or_default().push(named);
    }
    all
}

fn variable(name: &str, places: Vec<Named>, secrets: Vec<String>) -> Finding {
    let plain = "SENTRY_AUTH_TOKEN";
    let message = format!(
        "{name} holds an auth token of Sentry, and its name puts it into the scripts that every visitor loads. Only the build \
         needs the token, under {plain}."
    );
    // What reads it in another way reads it elsewhere under another name, and a name that is there already stays one.
    let is_plain = places.iter().all(|named| named.by_process);
    let edits: Vec<Edit> = places
        .iter()
        .filter(|_| is_plain)
        .map(|named| Edit::Replace { path: named.path.clone(), span: named.span, with: plain.to_owned() })
        .collect();
    let mut steps = Vec::new();
    if !is_plain {
        steps.push(format!("Give {name} the name {plain} in env files and at your host, and read it only in the build's configuration as process.env.{plain}."));
    }
    let masked = secrets.first().map_or_else(|| format!("of {name}"), |value| tokens::masked(value));
    steps.push(place::rotate(&masked));
    steps.push("Set the new token where the app is built, and build and publish the app again: the old scripts still have the old one.".to_owned());
    let title = format!("call it {plain}, which no page gets");
    let mut finding = Finding::new(RULE.id, RULE.severity, name, message).fix(Fix { title, edits, steps });
    finding.at = places.into_iter().map(|named| named.at).take(MAX_PLACES).collect();
    finding.secrets = secrets;
    finding
}
