//! CFG005: the runtimes are started with different options.

use crate::doctor::{
    drift::{self, Apart},
    finding::{Edit, Finding, Fix, Found, Severity},
    project::{App, Init, Kind, Project, Runtime},
    rules::{Check, Rule, edit},
};

/// The rule.
pub const RULE: Rule = Rule {
    id: "CFG005",
    title: "The runtimes are started with different options",
    severity: Severity::Warning,
    why: "Errors of one request come from the browser, the server and the edge. With another environment or release they are filtered apart, regressions and alerts look at a part of them; with other sample rates traces are torn.",
    docs: "https://docs.sentry.io/platforms/javascript/guides/nextjs/configuration/options/",
    checks: &[Check::Static(look)],
};

/// Options that are compared.
const OPTIONS: [&str; 7] =
    ["environment", "release", "tracesSampleRate", "sampleRate", "sendDefaultPii", "enableLogs", "dataCollection"];

fn look(project: &Project, app: &App, found: &mut Found) {
    let starts: Vec<&Init> = [Runtime::Client, Runtime::Server, Runtime::Edge]
        .into_iter()
        .filter_map(|runtime| drift::chosen(app, runtime))
        .filter(|init| init.sure)
        .collect();
    // Where one file starts all of them there is nothing to drift.
    if starts.len() < 2 {
        return;
    }
    let differing: Vec<(&str, Apart)> =
        OPTIONS.iter().filter_map(|option| Some((*option, drift::apart(&starts, option)?))).collect();
    let matters = |(option, apart): &&(&str, Apart)| {
        matches!(*option, "environment" | "release") || (*apart == Apart::Servers && *option != "dataCollection")
    };
    // A server with a page beside it is two programs; these frameworks build one.
    let is_one = matches!(app.framework.kind, Kind::Next | Kind::SvelteKit | Kind::Nuxt | Kind::Remix | Kind::Astro);
    let differing_much = if is_one { differing.as_slice() } else { &[] };
    let worse: Vec<&str> = differing_much.iter().filter(matters).map(|(option, _)| *option).collect();
    let all: Vec<&str> = differing.iter().map(|(option, _)| *option).collect();
    if all.is_empty() {
        return;
    }
    let severity = if worse.is_empty() { Severity::Info } else { Severity::Warning };
    let table = drift::table(project, app);
    let rows: Vec<String> = table.rows.iter().filter(|row| all.contains(&row.option)).map(drift::Row::said).collect();
    let names: Vec<&str> = starts.iter().map(|init| init.runtime.word()).collect();
    let message = format!("{} are started with different values of {}.", names.join(", "), all.join(", "));
    let key = if worse.is_empty() { "on purpose" } else { "options" };
    let mut finding = Finding::new(RULE.id, severity, key, message).evidence("who sets what", rows.join("\n"));
    let first = worse.first().or(all.first()).copied().unwrap_or_default();
    for init in &starts {
        let at = match init.option(first) {
            Some(setting) => edit::at_option(project, init, setting),
            None => edit::at_start(project, init),
        };
        if !finding.at.contains(&at) {
            finding.at.push(at);
        }
    }
    let fix = fix(project, &starts, if worse.is_empty() { &[] } else { &worse });
    found.add(finding.fix(fix));
}

/// Gives the others what most have, the browser where they are as many.
fn fix(project: &Project, starts: &[&Init], options: &[&str]) -> Fix {
    let mut edits: Vec<Edit> = Vec::new();
    let mut steps: Vec<String> = Vec::new();
    for option in options {
        match level(project, starts, option) {
            Some(more) => edits.extend(more),
            None => steps.push(format!("Set {option} in one module that all of them import: {}.", paths(starts))),
        }
    }
    if options.is_empty() {
        steps.push(format!(
            "Where it is not on purpose, set them in one module that all of them import: {}.",
            paths(starts)
        ));
    }
    // Steps and edits that are only half of it would leave the finding.
    if !steps.is_empty() && !options.is_empty() {
        edits.clear();
        steps = vec![format!("Set {} in one module that all of them import: {}.", options.join(", "), paths(starts))];
    }
    Fix {
        title: format!("set {} alike", if options.is_empty() { "them".to_owned() } else { options.join(", ") }),
        edits,
        steps,
    }
}

fn paths(starts: &[&Init]) -> String {
    starts.iter().map(|init| init.path.as_str()).collect::<Vec<_>>().join(", ")
}

/// The edits that level one option; none = its value cannot be copied.
fn level(project: &Project, starts: &[&Init], option: &str) -> Option<Vec<Edit>> {
    // What is written for the option, where it is written in the call itself and means the same in another file.
    let written: Vec<Option<String>> = starts.iter().map(|init| expression(project, init, option)).collect();
    let count = |text: &str| written.iter().flatten().filter(|other| *other == text).count();
    let candidates = written.iter().flatten();
    let most = candidates.clone().map(|text| count(text)).max()?;
    // The server's word counts for the servers where the browser has one of its own.
    let servers_only =
        drift::apart(starts, option) == Some(Apart::Servers) && !matches!(option, "environment" | "release");
    let meant = if servers_only {
        let server = starts.iter().position(|init| init.runtime == Runtime::Server)?;
        written.get(server)?.clone()?
    } else {
        candidates.clone().find(|text| count(text) == most)?.clone()
    };
    let mut edits = Vec::new();
    for (init, own) in starts.iter().zip(&written) {
        if own.as_deref() == Some(meant.as_str()) || (servers_only && init.runtime == Runtime::Client) {
            continue;
        }
        let text = edit::text(project, &init.path)?;
        let property = format!("{option}: {meant}");
        let edit = match init.option(option) {
            Some(setting) => Edit::Replace { path: init.path.clone(), span: setting.span?, with: property },
            None => edit::add(&text, &init.path, init.argument?, &property)?,
        };
        if !edits.contains(&edit) {
            edits.push(edit);
        }
    }
    Some(edits)
}

/// The text of an option's value, where it reads nothing but variables of the environment.
fn expression(project: &Project, init: &Init, option: &str) -> Option<String> {
    let setting = init.option(option)?;
    let text = edit::text(project, &init.path)?;
    let property = text.get(setting.span?.start..setting.span?.end)?;
    let (_, value) = property.split_once(':')?;
    let value = value.trim();
    let plain = value.strip_prefix("process.env.").map_or_else(
        || value.parse::<f64>().is_ok() || matches!(value, "true" | "false") || is_text(value),
        |name| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'),
    );
    plain.then(|| value.to_owned())
}

fn is_text(value: &str) -> bool {
    let quote = value.chars().next().filter(|quote| matches!(quote, '\'' | '"'));
    quote.is_some_and(|quote| value.len() > 1 && value.ends_with(quote) && value.matches(quote).count() == 2)
}
