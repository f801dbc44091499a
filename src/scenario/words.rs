//! Steps and targets in a few words, for replies and reports. Values that a step types are left out: they may be secrets.

use crate::{
    browser::{Action, Step, Target},
    report::Text,
};

/// What a step does, in a few words without the value that it types: `fill label «Email»`.
pub fn step_words(step: &Step) -> String {
    let mut words = vec![step.action.word().to_owned()];
    words.extend((!step.target().is_empty()).then(|| target_words(&step.target())));
    match step.action {
        Action::Navigate => words.extend(step.value.as_deref().map(|value| quoted(without_query(value)))),
        Action::Press => words.extend(step.value.as_deref().map(quoted)),
        Action::WaitFor | Action::Expect => {
            words.extend(step.url.as_deref().map(|url| format!("url {}", quoted(without_query(url)))));
            words.extend(step.request.as_deref().map(|request| format!("request {}", quoted(request))));
        }
        _ => {}
    }
    words.extend(step.gone.then(|| "gone".to_owned()));
    words.join(" ")
}

/// A target in a few words, each value quoted and cleaned: `button «Pay»`, `label «Email»`.
pub fn target_words(target: &Target) -> String {
    let mut words = Vec::new();
    words.extend(target.reference.as_deref().map(|reference| format!("ref {}", quoted(reference))));
    match (&target.role, &target.name) {
        (Some(role), Some(name)) => words.push(format!("{} {}", plain(role), quoted(name))),
        (Some(role), None) => words.push(plain(role)),
        (None, Some(name)) => words.push(format!("name {}", quoted(name))),
        (None, None) => {}
    }
    let others = [("label", &target.label), ("text", &target.text), ("testid", &target.testid), ("css", &target.css)];
    words.extend(others.iter().filter_map(|(key, value)| Some(format!("{key} {}", quoted(value.as_deref()?)))));
    words.extend(target.nth.map(|nth| format!("nth {nth}")));
    words.join(" ")
}

/// A query may hold a token; the path says enough.
fn without_query(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or(url)
}

fn quoted(value: &str) -> String {
    Text::quoted(value, 80)
}

/// A role is one word; anything else that stands there is quoted like all text that is not ours.
fn plain(role: &str) -> String {
    if role.chars().all(|c| c.is_ascii_alphanumeric()) { role.to_owned() } else { quoted(role) }
}
