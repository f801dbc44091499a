//! Steps in a few words, for replies and reports. Values that a step types are left out: they may be secrets.

use crate::{
    browser::{Action, Step},
    report::Text,
};

/// What a step does, in a few words without the value that it types: `fill label «Email»`.
pub fn step_words(step: &Step) -> String {
    let mut words = vec![step.action.word().to_owned()];
    words.extend((!step.target().is_empty()).then(|| step.target().describe()));
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

/// A query may hold a token; the path says enough.
fn without_query(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or(url)
}

fn quoted(value: &str) -> String {
    Text::quoted(value, 80)
}
