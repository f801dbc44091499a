//! SPT001: what is for developing is left on in production.

use crate::doctor::{
    dsn,
    finding::{Edit, Finding, Fix, Found, Severity},
    project::{App, Init, Kind, Project, Role, Setting},
    rules::{Check, Rule, edit},
    script::What,
};

/// The rule.
pub const RULE: Rule = Rule {
    id: "SPT001",
    title: "A sink on the developer's machine is left on in production",
    severity: Severity::Warning,
    why: "With spotlight every user's browser posts each event to a port of its own machine too, and a DSN of localhost sends nowhere else. Both are for developing.",
    docs: "https://spotlightjs.com/docs/setup/",
    checks: &[Check::Static(look)],
};

fn look(project: &Project, app: &App, found: &mut Found) {
    let mut seen: Vec<(&str, usize)> = Vec::new();
    for init in app.inits.iter().filter(|init| init.reachable) {
        if seen.contains(&(&init.path, init.span.start)) || init.conditions.iter().any(|each| each.holds == Some(false))
        {
            continue;
        }
        seen.push((&init.path, init.span.start));
        if let Some(setting) = init.option("spotlight").filter(|setting| is_on(setting)) {
            let message = format!("spotlight is on in {} in a production build.", init.path);
            let finding = Finding::new(RULE.id, Severity::Warning, format!("spotlight of {}", init.path), message);
            found.add(finding.at(edit::at_option(project, init, setting)).fix(gate(app, init, setting)));
        }
        if let Some(setting) = init.option("dsn").filter(|setting| is_local(app, setting)) {
            let message =
                format!("The DSN in {} leads to the developer's own machine, in a production build too.", init.path);
            let finding = Finding::new(RULE.id, Severity::Warning, format!("dsn of {}", init.path), message);
            let step = "Read the DSN from a variable that production sets to the project's.".to_owned();
            found.add(finding.at(edit::at_option(project, init, setting)).fix(Fix {
                title: "send to Sentry in production".to_owned(),
                edits: Vec::new(),
                steps: vec![step],
            }));
        }
    }
    for name in ["SENTRY_SPOTLIGHT", "NEXT_PUBLIC_SENTRY_SPOTLIGHT", "VITE_SENTRY_SPOTLIGHT"] {
        let Some((file, variable)) = app.variable(name) else { continue };
        let off = matches!(variable.value.to_ascii_lowercase().as_str(), "" | "0" | "false" | "off" | "no" | "f" | "n");
        if off || file.role != Role::Production || !file.path.contains(".production") {
            continue;
        }
        let message = format!("{name} is on in {}, which a production build reads.", file.path);
        let mut span = variable.span;
        let rest = file.text.get(span.end..).unwrap_or_default();
        span.end += if rest.starts_with("\r\n") { 2 } else { usize::from(rest.starts_with('\n')) };
        let edit = Edit::Replace { path: file.path.clone(), span, with: String::new() };
        found.add(
            Finding::new(RULE.id, Severity::Warning, name, message)
                .at(edit::at(project, &file.path, variable.span))
                .fix(Fix { title: format!("take {name} out"), edits: vec![edit], steps: Vec::new() }),
        );
    }
}

/// On by what is written; a variable may be off in production.
fn is_on(setting: &Setting) -> bool {
    setting.value.env.is_empty()
        && match &setting.value.what {
            What::Bool(on) => *on,
            What::Text(_) => setting.value.text().is_some_and(|text| !text.is_empty()),
            _ => false,
        }
}

/// A DSN of this machine that is written in the code, or in a file for production.
fn is_local(app: &App, setting: &Setting) -> bool {
    let Some(dsn) = setting.value.text().and_then(|text| dsn::Dsn::read(&text).ok()) else { return false };
    let in_file = |name: &String| app.variable(name).is_some_and(|(file, _)| file.path.contains(".production"));
    dsn::is_local(&dsn) && (setting.value.env.is_empty() || setting.value.env.iter().any(in_file))
}

fn gate(app: &App, init: &Init, setting: &Setting) -> Fix {
    let developing = match app.framework.kind {
        Kind::Vite | Kind::SvelteKit | Kind::Astro | Kind::Remix | Kind::Nuxt if init.from != "@sentry/node" => {
            "import.meta.env.DEV"
        }
        _ => "process.env.NODE_ENV === 'development'",
    };
    let in_call = setting.span.is_some() && *setting.value.at.path == *init.path;
    let edits = match in_call {
        true => {
            vec![Edit::Replace { path: init.path.clone(), span: setting.value.at.span, with: developing.to_owned() }]
        }
        false => Vec::new(),
    };
    let steps = if edits.is_empty() { vec![format!("Set spotlight to {developing}.")] } else { Vec::new() };
    Fix { title: "only while developing".to_owned(), edits, steps }
}
