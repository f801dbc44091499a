//! CFG002: Sentry is started twice in one runtime.

use crate::doctor::{
    finding::{Finding, Fix, Found, Severity},
    project::{App, Init, Kind, Project, Runtime},
    rules::{Check, Rule, edit},
};

/// The rule.
pub const RULE: Rule = Rule {
    id: "CFG002",
    title: "Sentry is started twice",
    severity: Severity::Warning,
    why: "The second Sentry.init replaces the client of the first: options, integrations and the replay of one of them are gone, and handlers are installed twice. Which one wins depends on the order of loading.",
    docs: "https://docs.sentry.io/platforms/javascript/guides/nextjs/manual-setup/",
    checks: &[Check::Static(look)],
};

fn look(project: &Project, app: &App, found: &mut Found) {
    for runtime in [Runtime::Client, Runtime::Server, Runtime::Edge] {
        // What is only guessed, under a condition, or the loader may be one or the other.
        let sure = |init: &&Init| {
            init.runtime == runtime
                && init.reachable
                && init.sure
                && init.conditions.is_empty()
                && !(init.argument.is_none() && init.from.is_empty())
        };
        let all: Vec<&Init> = app.inits.iter().filter(sure).collect();
        let together: Vec<&Init> = match app.framework.kind {
            Kind::Next => all,
            _ => {
                // Pages and programs of their own are not one.
                let same = |init: &&&Init| all.iter().filter(|other| other.entry == init.entry).count() > 1;
                all.iter().filter(same).copied().collect()
            }
        };
        let [first, rest @ ..] = together.as_slice() else { continue };
        if rest.is_empty() || found.findings.iter().any(|known| known.rule == RULE.id && known.key == places(&together))
        {
            continue;
        }
        let message = format!(
            "Sentry.init runs {} times in the {}: {}. The last one wins, and the others leave their handlers behind.",
            together.len(),
            runtime.word(),
            list(&together)
        );
        let mut finding = Finding::new(RULE.id, Severity::Warning, places(&together), message);
        finding.at = together.iter().map(|init| edit::at_start(project, init)).collect();
        let keep = together.iter().find(|init| init.path.contains("instrumentation-client.")).unwrap_or(first);
        let step = format!("Move what the others set into the call in {}, and delete the others.", keep.path);
        found.add(finding.fix(Fix {
            title: format!("keep the one in {}", keep.path),
            edits: Vec::new(),
            steps: vec![step],
        }));
    }
}

fn list(all: &[&Init]) -> String {
    all.iter().map(|init| init.path.as_str()).collect::<Vec<_>>().join(", ")
}

/// A server and an edge that load the same files have one fault.
fn places(all: &[&Init]) -> String {
    all.iter().map(|init| format!("{}:{}", init.path, init.from)).collect::<Vec<_>>().join(" ")
}
