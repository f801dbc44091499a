//! CFG009: Replay is half set up.

use crate::doctor::{
    finding::{Finding, Fix, Found, Severity},
    project::{App, Init, Project, Runtime},
    rules::{Check, Rule, edit},
    script::{Value, What},
};

/// The rule.
pub const RULE: Rule = Rule {
    id: "CFG009",
    title: "Replay is half set up",
    severity: Severity::Info,
    why: "Replay needs both: the integration, and a sample rate above 0. With one of them alone nothing is recorded. With replaysOnErrorSampleRate 0 errors come without their replay.",
    docs: "https://docs.sentry.io/platforms/javascript/session-replay/",
    checks: &[Check::Static(look)],
};

/// Whether the integration is there; none = it cannot be told.
pub(super) fn has_replay(app: &App, init: &Init) -> Option<bool> {
    let listed = init.option("integrations").map(|setting| &setting.value);
    let says = |text: &str| text.to_ascii_lowercase().contains("replay");
    let in_list = listed.map(|value| match &value.what {
        What::List(items) => items.iter().any(|item| item.hidden().is_some_and(|hidden| says(&hidden.expression))),
        _ => true,
    });
    if in_list == Some(true) {
        return Some(true);
    }
    // It can be added elsewhere: addIntegration, a lazy import.
    let module = app.modules.get(&init.path).and_then(Result::ok)?;
    let shared = listed.and_then(|value| app.modules.get(&value.at.path)).and_then(Result::ok);
    let speaks = |text: &str| text.contains("replayIntegration") || text.contains("Replay(");
    if speaks(&module.text) || shared.is_some_and(|shared| speaks(&shared.text)) {
        return None;
    }
    let elsewhere = ["addIntegration", "lazyLoadIntegration"].iter().any(|word| module.text.contains(word));
    (init.hidden.is_empty() && !elsewhere).then_some(false)
}

fn look(project: &Project, app: &App, found: &mut Found) {
    for init in app.starts(Runtime::Client).into_iter().filter(|init| init.sure && !init.from.is_empty()) {
        let rate = |name: &str| init.option(name).map(|setting| &setting.value);
        let (session, on_error) = (rate("replaysSessionSampleRate"), rate("replaysOnErrorSampleRate"));
        let above = |value: Option<&Value>| value.is_some_and(|value| value.number().is_none_or(|rate| rate > 0.0));
        let Some(has) = has_replay(app, init) else { continue };
        let (key, message, step) = if !has && (above(session) || above(on_error)) {
            (
                "integration",
                "Sample rates of Replay are set, and its integration is not: nothing is recorded.",
                "Add Sentry.replayIntegration() to `integrations`, or take the rates out.",
            )
        } else if has && !above(session) && !above(on_error) && init.hidden.is_empty() {
            (
                "rates",
                "Replay's integration is there and both sample rates are 0: nothing is recorded.",
                "Set replaysOnErrorSampleRate, to 1.0 for a replay of every error.",
            )
        } else if has && above(session) && !above(on_error) && init.hidden.is_empty() {
            (
                "on error",
                "replaysOnErrorSampleRate is 0: errors come without a replay but where the session is recorded anyway.",
                "Set replaysOnErrorSampleRate, to 1.0 for a replay of every error.",
            )
        } else {
            continue;
        };
        let setting = init.option("replaysOnErrorSampleRate").or_else(|| init.option("replaysSessionSampleRate"));
        let at = match setting {
            Some(setting) => edit::at_option(project, init, setting),
            None => edit::at_start(project, init),
        };
        found.add(Finding::new(RULE.id, Severity::Info, key, message).at(at).fix(Fix {
            title: "set up all of Replay".to_owned(),
            edits: Vec::new(),
            steps: vec![step.to_owned()],
        }));
    }
}
