//! DSN006: Sentry is started in a way that sends nothing in production.

use crate::doctor::{
    finding::{Edit, Finding, Fix, Found, Severity},
    project::{App, Init, Project, Setting},
    rules::{Check, Rule, edit},
    script::{self, What},
};

/// The rule.
pub const RULE: Rule = Rule {
    id: "DSN006",
    title: "Sentry is off in production",
    severity: Severity::Warning,
    why: "enabled: false, sampleRate: 0, a beforeSend that returns null and a condition that never holds in a production build each stop every event. The SDK is there and says nothing.",
    docs: "https://docs.sentry.io/platforms/javascript/configuration/options/#enabled",
    checks: &[Check::Static(look)],
};

fn look(project: &Project, app: &App, found: &mut Found) {
    let mut seen: Vec<(&str, usize)> = Vec::new();
    for init in app.inits.iter().filter(|init| init.reachable) {
        if seen.contains(&(&init.path, init.span.start)) {
            continue;
        }
        seen.push((&init.path, init.span.start));
        if let Some(condition) = init.conditions.iter().find(|condition| condition.holds == Some(false)) {
            // Another start under the opposite condition takes its place.
            let others = app.starts(init.runtime);
            if others.is_empty() {
                let message = format!(
                    "Sentry.init only runs where {} holds, which it never does in a production build.",
                    condition.text
                );
                let at = edit::at(project, &condition.path, condition.span);
                let finding = Finding::new(RULE.id, Severity::Warning, format!("condition of {}", init.path), message);
                found.add(finding.at(at).at(edit::at_start(project, init)).fix(Fix {
                    title: "start Sentry in production too".to_owned(),
                    edits: Vec::new(),
                    steps: vec!["Start Sentry without the condition, or with one that holds in production.".to_owned()],
                }));
            }
            continue;
        }
        for (name, what) in off(app, init) {
            let Some(setting) = init.option(name) else { continue };
            let message = format!("{what}: Sentry sends no event from {} in production.", init.path);
            let finding = Finding::new(RULE.id, Severity::Warning, format!("{name} of {}", init.path), message);
            let finding = finding.at(edit::at_option(project, init, setting));
            found.add(finding.fix(without(project, init, setting)));
        }
    }
}

/// Options that stop everything.
fn off(app: &App, init: &Init) -> Vec<(&'static str, &'static str)> {
    let mut off = Vec::new();
    // What a variable decides may be decided otherwise in production.
    let fixed = |value: &&script::Value| value.env.is_empty();
    let value = |name: &str| init.option(name).map(|setting| &setting.value).filter(fixed);
    if value("enabled").and_then(script::Value::bool) == Some(false) {
        off.push(("enabled", "enabled is false"));
    }
    if value("sampleRate").and_then(script::Value::number) == Some(0.0) {
        off.push(("sampleRate", "sampleRate is 0"));
    }
    if let Some(What::Function(home, function)) = value("beforeSend").map(|value| &value.what)
        && matches!(script::result(&app.modules, home, function).what, What::Null)
    {
        off.push(("beforeSend", "beforeSend always returns null"));
    }
    off
}

fn without(project: &Project, init: &Init, setting: &Setting) -> Fix {
    let edit: Option<Edit> = setting.span.and_then(|span| {
        let text = edit::text(project, &init.path)?;
        Some(edit::remove(&text, &init.path, span))
    });
    let steps = match edit {
        Some(_) => Vec::new(),
        None => vec![format!(
            "Take {} out of the options, or let it depend on something that is on in production.",
            setting.name
        )],
    };
    Fix { title: format!("take out {}", setting.name), edits: edit.into_iter().collect(), steps }
}
