//! SEC003: a token written into the configuration of a build.

use crate::doctor::{
    finding::{At, Edit, Finding, Fix, Found, Severity},
    project::{App, Project, Token, tokens},
    rules::{Check, Rule},
    script::{Span, Value, What},
};

use super::place;

/// The rule.
pub const RULE: Rule = Rule {
    id: "SEC003",
    title: "An auth token of Sentry is written into the build's configuration",
    severity: Severity::Critical,
    why: "The configuration of a build is committed with the code, so everybody who has the code has the token. The plugin reads \
          SENTRY_AUTH_TOKEN from the environment by itself; the configuration needs no token.",
    docs: "https://docs.sentry.io/platforms/javascript/guides/nextjs/sourcemaps/",
    checks: &[Check::Static(check)],
};

/// Shorter texts stand for a token: `test`, `TODO`.
const MIN_TOKEN: usize = 20;

fn check(project: &Project, app: &App, found: &mut Found) {
    let mut seen: Vec<(&str, Span)> = Vec::new();
    for token in &project.tree.tokens {
        if place::is_config(&token.path) && place::is_for(project, app, &token.path) {
            seen.push((&token.path, token.span));
            found.add(of_token(project, token));
        }
    }
    // A text of another shape, where the option says what it is.
    for plugin in &app.plugins {
        let Some(setting) = plugin.option("authToken") else { continue };
        let Some((at, value)) = literal(&setting.value) else { continue };
        let is_seen = seen
            .iter()
            .any(|(path, span)| *path == &*at.path && at.span.start <= span.start && span.end <= at.span.end);
        if is_seen || value.chars().count() < MIN_TOKEN || value.contains([' ', '<', '$', '{']) {
            continue;
        }
        let masked = tokens::masked(&value);
        let text = project.files.read(&at.path).ok().flatten().unwrap_or_default();
        let mut finding = finding(&at.path, "an auth token", &masked).likely();
        let mut stands = At::span(&*at.path, &text, at.span);
        stands.excerpt = stands.excerpt.map(|line| line.replace(&value, &masked));
        finding.at.push(stands);
        let edit = Edit::Replace {
            path: at.path.to_string(),
            span: at.span,
            with: "process.env.SENTRY_AUTH_TOKEN".to_owned(),
        };
        finding.fix = Some(fix(&masked, vec![edit]));
        finding.secrets.push(value);
        found.add(finding);
    }
}

/// The text that an option is written as, if it is read from nowhere else.
fn literal(value: &Value) -> Option<(crate::doctor::script::Origin, String)> {
    match &value.what {
        What::Text(pieces) if value.env.is_empty() => match pieces.as_slice() {
            [piece] => Some((piece.at.clone(), piece.text.clone().ok()?)),
            _ => None,
        },
        _ => None,
    }
}

fn of_token(project: &Project, token: &Token) -> Finding {
    let mut finding = finding(&token.path, token.kind, &token.masked).at(place::at(token));
    finding.fix = Some(fix(&token.masked, quoted(project, token).into_iter().collect()));
    finding.secrets.push(token.value.expose().to_owned());
    finding
}

/// The variable in place of the text, where the token is a whole text in quotes.
fn quoted(project: &Project, token: &Token) -> Option<Edit> {
    let text = project.files.read(&token.path).ok().flatten()?;
    let before = text.get(..token.span.start)?.chars().next_back()?;
    let after = text.get(token.span.end..)?.chars().next()?;
    if before != after || !['"', '\'', '`'].contains(&before) {
        return None;
    }
    let span = Span { start: token.span.start - 1, end: token.span.end + 1 };
    Some(Edit::Replace { path: token.path.clone(), span, with: "process.env.SENTRY_AUTH_TOKEN".to_owned() })
}

fn finding(path: &str, kind: &str, masked: &str) -> Finding {
    let message = format!("{path} holds {kind} ({masked}): everybody who has the code has the token.");
    Finding::new(RULE.id, RULE.severity, format!("{path} {masked}"), message)
}

fn fix(masked: &str, edits: Vec<Edit>) -> Fix {
    let mut steps = vec![place::rotate(masked)];
    if edits.is_empty() {
        steps.insert(0, "Read the token with process.env.SENTRY_AUTH_TOKEN in place of the text.".to_owned());
    }
    steps.push(
        "Write the new token into .env.sentry-build-plugin, which git must ignore, and set SENTRY_AUTH_TOKEN where the app is built."
            .to_owned(),
    );
    Fix { title: "read the token from the environment".to_owned(), edits, steps }
}
