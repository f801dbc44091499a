//! DSN003: the browser's code reads a variable that the build does not give it.

use crate::doctor::{
    finding::{Edit, Finding, Fix, Found, Severity},
    project::{App, Project, Runtime, prefixes},
    rules::{Check, Rule, edit},
    script::{Span, Value, What},
};

/// The rule.
pub const RULE: Rule = Rule {
    id: "DSN003",
    title: "The browser does not get the variable with the DSN",
    severity: Severity::Error,
    why: "Only variables with the framework's prefix (NEXT_PUBLIC_, VITE_, PUBLIC_, NUXT_PUBLIC_) are written into the browser's code. Any other is undefined there: the SDK has no DSN and sends nothing. The public key of a DSN is no secret.",
    docs: "https://nextjs.org/docs/app/guides/environment-variables#bundling-environment-variables-for-the-browser",
    checks: &[Check::Static(look)],
};

/// The variable that the browser would need, where a value is undefined for the lack of it.
pub(super) fn left_out<'v>(app: &App, value: &'v Value) -> Option<&'v str> {
    let heads = prefixes(app.framework.kind);
    let is_nothing = value.choices().iter().all(|each| matches!(each.what, What::Undefined | What::Null));
    let is_left_out = |name: &&String| !heads.is_empty() && !heads.iter().any(|head| name.starts_with(head));
    if is_nothing { value.env.iter().find(is_left_out).map(String::as_str) } else { None }
}

fn look(project: &Project, app: &App, found: &mut Found) {
    for init in app.starts(Runtime::Client) {
        let Some(setting) = init.option("dsn") else { continue };
        let Some(name) = left_out(app, &setting.value) else { continue };
        let Some(head) = prefixes(app.framework.kind).first() else { continue };
        let public = format!("{head}{name}");
        let message = format!(
            "The browser's code reads {name}, which the build leaves out for want of the prefix {head}: the DSN is undefined there, and nothing is sent."
        );
        let mut finding = Finding::new(RULE.id, Severity::Error, name, message).at(project.at(&setting.value.at));
        let (mut edits, mut steps) = (Vec::new(), Vec::new());
        match renamed(project, &setting.value, name, &public) {
            Some(edit) => edits.push(edit),
            None => steps.push(format!("Read {public} in place of {name} in the browser's code.")),
        }
        if app.variable(&public).is_none() {
            let set = app.variable(name);
            if let Some((file, variable)) = set {
                finding.at.push(edit::at(project, &file.path, variable.span));
                let raw = file.text.get(variable.value_span.start..variable.value_span.end).unwrap_or_default();
                let end = variable.span.end;
                let with = format!("\n{public}={raw}");
                edits.push(Edit::Replace { path: file.path.clone(), span: Span { start: end, end }, with });
            }
            steps.push(format!("Set {public} where the app is built, as {name} is set there now."));
        }
        found.add(finding.fix(Fix { title: format!("read {public}"), edits, steps }));
        return;
    }
}

/// The read of a variable with its other name.
fn renamed(project: &Project, value: &Value, name: &str, public: &str) -> Option<Edit> {
    let path = &value.at.path;
    let text = edit::text(project, path)?;
    let written = text.get(value.at.span.start..value.at.span.end)?;
    let is_read = [format!("process.env.{name}"), format!("import.meta.env.{name}"), format!("process.env['{name}']")];
    let span = if is_read.iter().any(|read| read == written) {
        let at = value.at.span.start + written.find(name)?;
        Span { start: at, end: at + name.len() }
    } else {
        return None;
    };
    Some(Edit::Replace { path: path.to_string(), span, with: public.to_owned() })
}
