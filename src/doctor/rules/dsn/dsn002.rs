//! DSN002: a DSN that the SDK does not take.

use crate::doctor::{
    dsn,
    finding::{Edit, Finding, Fix, Found, Severity},
    project::{App, Project, Runtime},
    rules::{Check, Rule, edit},
};

/// The rule.
pub const RULE: Rule = Rule {
    id: "DSN002",
    title: "The DSN is not valid",
    severity: Severity::Error,
    why: "The SDK reads {protocol}://{public key}@{host}/{project number}, and nothing else: quotes, a space, a slash at the end or a missing part make it log \"Invalid Sentry Dsn\" and send nothing. A key that is not 32 characters long is refused by Sentry.",
    docs: "https://docs.sentry.io/concepts/key-terms/dsn-explainer/",
    checks: &[Check::Static(look)],
};

fn look(project: &Project, app: &App, found: &mut Found) {
    let mut seen: Vec<String> = Vec::new();
    for runtime in [Runtime::Client, Runtime::Server, Runtime::Edge] {
        let Some(setting) = app.dsn(runtime) else { continue };
        let Some(text) = setting.text.filter(|text| !text.trim().is_empty()) else { continue };
        let Err(wrong) = dsn::read(&text) else { continue };
        if seen.contains(&text) {
            continue;
        }
        let name = setting.value.env.first().cloned();
        let variable = name.as_deref().and_then(|name| app.variable(name));
        let variable = variable.filter(|(_, variable)| variable.value == text);
        let shown = dsn::shown(&text);
        let message = format!("The DSN {} is not valid: {}. The SDK sends nothing.", shown.trim(), wrong.why);
        let mut finding = Finding::new(RULE.id, Severity::Error, shown.trim().to_owned(), message);
        finding.secrets.extend(dsn::secret(&text).map(str::to_owned));
        let edit = match (&variable, &wrong.right) {
            (Some((file, variable)), Some(right)) => {
                Some(Edit::Replace { path: file.path.clone(), span: variable.value_span, with: right.clone() })
            }
            (None, Some(right)) => literal(project, &setting.value, right),
            _ => None,
        };
        finding.at.push(match &variable {
            Some((file, variable)) => edit::at(project, &file.path, variable.span),
            None => project.at(&setting.value.at),
        });
        let steps = match (&edit, &wrong.right) {
            (Some(_), _) => Vec::new(),
            (None, Some(right)) => vec![format!("Write {}.", dsn::shown(right))],
            (None, None) => vec!["Copy the DSN from Settings > Client Keys of the project in Sentry.".to_owned()],
        };
        let fix =
            Fix { title: "write the DSN as the SDK reads it".to_owned(), edits: edit.into_iter().collect(), steps };
        found.add(finding.fix(fix));
        seen.push(text);
    }
}

/// Another text in place of a literal.
pub(super) fn literal(project: &Project, value: &crate::doctor::script::Value, with: &str) -> Option<Edit> {
    use crate::doctor::script::What;
    let value = value.choices().into_iter().find(|each| each.text().is_some_and(|text| !text.is_empty()))?;
    let What::Text(pieces) = &value.what else { return None };
    let [piece] = pieces.as_slice() else { return None };
    let text = edit::text(project, &piece.at.path)?;
    let written = text.get(piece.at.span.start..piece.at.span.end)?;
    let quote = written.chars().next().filter(|quote| matches!(quote, '"' | '\'' | '`'))?;
    if !written.ends_with(quote) || written.len() < 2 {
        return None;
    }
    Some(Edit::Replace { path: piece.at.path.to_string(), span: piece.at.span, with: format!("{quote}{with}{quote}") })
}
