//! DSN004: the runtimes send to different projects.

use crate::doctor::{
    csp::Dsn,
    dsn,
    finding::{Edit, Finding, Fix, Found, Severity},
    project::{App, DsnSetting, Project, Runtime},
    rules::{Check, Rule, edit},
};

/// The rule.
pub const RULE: Rule = Rule {
    id: "DSN004",
    title: "The runtimes send to different places",
    severity: Severity::Error,
    why: "With another host, organization or project, what belongs together is in two places: a replay without its error, a trace in halves. An old host or region is where nobody looks.",
    docs: "https://docs.sentry.io/concepts/key-terms/dsn-explainer/",
    checks: &[Check::Static(look)],
};

/// How two DSNs differ.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Apart {
    Key,
    Project,
    Host,
}

fn apart(a: &Dsn, b: &Dsn) -> Option<Apart> {
    if a.origin != b.origin {
        Some(Apart::Host)
    } else if a.project != b.project {
        Some(Apart::Project)
    } else if a.key != b.key {
        Some(Apart::Key)
    } else {
        None
    }
}

fn look(project: &Project, app: &App, found: &mut Found) {
    let all: Vec<(Runtime, DsnSetting, Dsn)> = [Runtime::Client, Runtime::Server, Runtime::Edge]
        .into_iter()
        .filter_map(|runtime| {
            let setting = app.dsn(runtime)?;
            let dsn = dsn::read(setting.text.as_deref()?).ok()?;
            Some((runtime, setting, dsn))
        })
        .collect();
    let mut worst: Option<(Severity, Apart)> = None;
    for (place, (runtime, _, dsn)) in all.iter().enumerate() {
        for (other_runtime, _, other) in all.iter().skip(place + 1) {
            let Some(apart) = apart(dsn, other) else { continue };
            let both_servers = *runtime != Runtime::Client && *other_runtime != Runtime::Client;
            let severity = match apart {
                Apart::Host => Severity::Error,
                // One project for the browser and one for the server is a choice that many make.
                Apart::Project if both_servers => Severity::Warning,
                Apart::Project | Apart::Key => Severity::Info,
            };
            worst = Some(worst.map_or((severity, apart), |was| (was.0.min(severity), was.1.max(apart))));
        }
    }
    let Some((severity, apart)) = worst else { return };
    let what = match apart {
        Apart::Host => "hosts",
        Apart::Project => "projects",
        Apart::Key => "keys of one project",
    };
    let names: Vec<&str> = all.iter().map(|(runtime, ..)| runtime.word()).collect();
    let message =
        format!("{} send to different {what}: events of one app are in several places, or lost.", names.join(", "));
    let table: Vec<String> = all
        .iter()
        .map(|(runtime, setting, dsn)| {
            format!("{}: {} project {} ({})", runtime.word(), dsn.origin, dsn.project, setting.path)
        })
        .collect();
    let mut finding = Finding::new(RULE.id, severity, "dsn", message).evidence("where each sends to", table.join("\n"));
    let meant = meant(&all);
    let mut edits = Vec::new();
    for (_, setting, dsn) in &all {
        let at = edit::at(project, &setting.path, setting.span);
        if !finding.at.contains(&at) {
            finding.at.push(at);
        }
        if let Some((text, right)) = &meant
            && dsn != right
        {
            let variable = setting.value.env.first().and_then(|name| app.variable(name));
            let edit = match variable {
                Some((file, variable)) => {
                    Some(Edit::Replace { path: file.path.clone(), span: variable.value_span, with: text.clone() })
                }
                None => super::dsn002::literal(project, &setting.value, text),
            };
            match edit {
                Some(edit) if edits.contains(&edit) => {}
                Some(edit) => edits.push(edit),
                None => edits.clear(),
            }
        }
    }
    let steps = match edits.is_empty() {
        true => vec!["Give all runtimes one DSN, from one module that the three files import.".to_owned()],
        false => Vec::new(),
    };
    // Which of two is right nobody can tell from here.
    let edits = if severity == Severity::Info { Vec::new() } else { edits };
    found.add(finding.fix(Fix { title: "send everything to one project".to_owned(), edits, steps }));
}

/// The DSN that most have, the browser's where they are as many.
fn meant(all: &[(Runtime, DsnSetting, Dsn)]) -> Option<(String, Dsn)> {
    let count = |dsn: &Dsn| all.iter().filter(|(.., other)| other == dsn).count();
    let most = all.iter().map(|(.., dsn)| count(dsn)).max()?;
    let (_, setting, dsn) = all.iter().find(|(.., dsn)| count(dsn) == most)?;
    Some((setting.text.clone()?, dsn.clone()))
}
