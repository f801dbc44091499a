//! DSN005: the DSN has a secret part.

use crate::doctor::{
    dsn,
    finding::{Edit, Finding, Fix, Found, Severity},
    project::{App, Project, Runtime},
    rules::{Check, Rule, edit},
};

/// The rule.
pub const RULE: Rule = Rule {
    id: "DSN005",
    title: "The DSN has a secret part",
    severity: Severity::Warning,
    why: "Sentry has not needed the secret behind the public key for years. In the browser's code everybody reads it.",
    docs: "https://docs.sentry.io/concepts/key-terms/dsn-explainer/",
    checks: &[Check::Static(look)],
};

fn look(project: &Project, app: &App, found: &mut Found) {
    let mut seen: Vec<String> = Vec::new();
    for runtime in [Runtime::Client, Runtime::Server, Runtime::Edge] {
        let Some(setting) = app.dsn(runtime) else { continue };
        let Some(text) = &setting.text else { continue };
        let Some(secret) = dsn::secret(text) else { continue };
        if seen.contains(text) {
            continue;
        }
        let shown = dsn::shown(text);
        let variable = setting.value.env.first().and_then(|name| app.variable(name));
        let edit = match &variable {
            Some((file, variable)) => {
                Some(Edit::Replace { path: file.path.clone(), span: variable.value_span, with: shown.clone() })
            }
            None => super::dsn002::literal(project, &setting.value, &shown),
        };
        let at = match &variable {
            Some((file, variable)) => edit::at(project, &file.path, variable.span),
            None => project.at(&setting.value.at),
        };
        let message = format!("The DSN of {} still has its secret part, which Sentry does not need.", shown);
        let mut finding = Finding::new(RULE.id, Severity::Warning, shown, message).at(at);
        finding.secrets.push(secret.to_owned());
        let steps = match edit {
            Some(_) => Vec::new(),
            None => vec!["Take the part from the colon behind the key to the @ out of the DSN.".to_owned()],
        };
        found.add(finding.fix(Fix {
            title: "leave the secret out of the DSN".to_owned(),
            edits: edit.into_iter().collect(),
            steps,
        }));
        seen.push(text.clone());
    }
}
