//! SEC002: a token in a file that others get with the code.

use std::collections::BTreeMap;

use crate::doctor::{
    finding::{Edit, Finding, Fix, Found, Severity},
    project::{App, Project, Token},
    rules::{Check, Rule},
};

use super::place;

/// The rule.
pub const RULE: Rule = Rule {
    id: "SEC002",
    title: "An auth token of Sentry is in the repository",
    severity: Severity::Critical,
    why: "Whoever can read the repository, now or later, can use the token: upload source maps and releases, read issues, and \
          more where it allows more. Git keeps it in its history even after the file is gone, so it must be revoked.",
    docs: "https://docs.sentry.io/account/auth-tokens/",
    checks: &[Check::Static(check)],
};

/// How a file gets to others.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Reach {
    /// Git tracks it.
    Tracked,
    /// It is code, and whether git tracks it is not known.
    Code,
    /// Nothing keeps it from being added.
    Open,
}

fn check(project: &Project, app: &App, found: &mut Found) {
    let mut all: BTreeMap<&str, Vec<(Reach, &Token)>> = BTreeMap::new();
    for token in &project.tree.tokens {
        if place::is_config(&token.path) || !place::is_for(project, app, &token.path) {
            continue;
        }
        if let Some(reach) = reach(project, token) {
            all.entry(token.value.expose()).or_default().push((reach, token));
        }
    }
    for (value, mut places) in all {
        places.sort_by_key(|(reach, token)| (*reach, token.path.as_str(), token.span.start));
        let Some((reach, first)) = places.first() else { continue };
        let mut finding = finding(project, *reach, first);
        finding.at = places.iter().map(|(_, token)| place::at(token)).take(6).collect();
        finding.secrets.push(value.to_owned());
        found.add(finding);
    }
}

fn reach(project: &Project, token: &Token) -> Option<Reach> {
    let keeps = place::keeps_secrets(&token.path);
    match project.tree.is_tracked(&token.path) {
        Some(true) => Some(Reach::Tracked),
        _ if project.tree.ignored.contains(&token.path) => None,
        Some(false) => Some(Reach::Open),
        // In a folder without git a token is where it should be: beside the code.
        None if keeps => project.tree.has(".gitignore").then_some(Reach::Open),
        None => Some(Reach::Code),
    }
}

fn finding(project: &Project, reach: Reach, token: &Token) -> Finding {
    let Token { path, kind, masked, .. } = token;
    let (severity, how) = match reach {
        Reach::Tracked => {
            (Severity::Critical, "and git tracks the file: everybody who has the repository has the token")
        }
        Reach::Code => (Severity::Critical, "among the code, which is no place for it"),
        Reach::Open => (Severity::Warning, "and nothing keeps the file out of git: the next `git add` takes it"),
    };
    let message = format!("{path} holds {kind} ({masked}), {how}.");
    let fix = if place::keeps_secrets(path) { kept(project, reach, token) } else { written(token) };
    Finding::new(RULE.id, severity, format!("{path} {masked}"), message).fix(fix)
}

/// What to do where the file is for variables: keep the file, or at least this line, out of git.
fn kept(project: &Project, reach: Reach, token: &Token) -> Fix {
    let Token { path, masked, .. } = token;
    let name = place::name(path);
    let is_own = name.ends_with(".local") || name == ".env.sentry-build-plugin" || !token.has_company;
    if reach == Reach::Tracked && !is_own {
        let take = Edit::Replace { path: path.clone(), span: token.line, with: String::new() };
        return Fix {
            title: format!("take the token out of {path}"),
            edits: vec![take],
            steps: vec![
                place::rotate(masked),
                "Write the new token into .env.sentry-build-plugin (or .env.local), which git ignores, and set \
                 SENTRY_AUTH_TOKEN where the app is built."
                    .to_owned(),
            ],
        };
    }
    let mut steps = Vec::new();
    if reach == Reach::Tracked {
        steps.push(format!(
            "Run `git rm --cached {path}` and commit: the file stays on disk, and leaves the repository."
        ));
        steps.push(place::rotate(masked));
        steps.push("Write the new token into the file, and set SENTRY_AUTH_TOKEN where the app is built.".to_owned());
    }
    let ignored = project.tree.ignored.contains(path);
    let edits = if ignored { Vec::new() } else { place::ignore(project, path).into_iter().collect() };
    Fix { title: format!("keep {path} out of git"), edits, steps }
}

/// What to do where the token stands among other things.
fn written(token: &Token) -> Fix {
    let Token { path, masked, place, .. } = token;
    let instead = match place::name(path).rsplit_once('.').map_or("", |(_, end)| end) {
        "yml" | "yaml" => "a secret of the CI, as ${{ secrets.SENTRY_AUTH_TOKEN }}",
        _ => "the variable SENTRY_AUTH_TOKEN of the environment, which every tool of Sentry reads by itself",
    };
    Fix {
        title: "read the token from the environment".to_owned(),
        edits: Vec::new(),
        steps: vec![
            format!("Take the token out of {path}:{place}; use {instead}."),
            place::rotate(masked),
            "Set the new token as a secret where the app is built, and nowhere in the repository.".to_owned(),
        ],
    }
}
