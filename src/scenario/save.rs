//! A recording made into a scenario: refs are gone, addresses become paths, secrets become variables.

use url::Url;

use super::{
    address,
    format::Scenario,
    read,
    recording::{Recorded, Recording},
    template,
    words::step_words,
    write::write,
};
use crate::{
    browser::{Action, Step},
    error::{Result, ToolError},
};

/// What to make of a recording.
#[derive(Debug, Clone, Default)]
pub struct SaveRequest {
    /// Name of the scenario.
    pub name: String,
    /// Where the app is; none = the origin of the first address.
    pub base_url: Option<String>,
    /// What must be so at the end, each as in a file: `text: Thanks`.
    pub expect: Vec<String>,
}

/// A scenario made of a recording.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// The scenario.
    pub scenario: Scenario,
    /// Environment variables that hold what was typed into password fields.
    pub variables: Vec<String>,
    /// Steps that are not in it, each with the reason.
    pub lost: Vec<String>,
}

/// Makes a scenario of a recording.
pub fn draft(recording: &Recording, request: &SaveRequest) -> Result<Draft> {
    let origin = |recorded: &Recorded| match recorded.step.action {
        Action::Navigate => recorded.step.value.as_deref().and_then(address::split).map(|(origin, _)| origin),
        _ => None,
    };
    // What was done on an empty page before the app was opened shows nothing of the app.
    let first = recording.steps.iter().enumerate().find_map(|(index, recorded)| Some((index, origin(recorded)?)));
    let (Some((first, origin)), true) = (first, recording.begins_with_navigation()) else {
        return Err(ToolError::new(
            "The session has no recorded steps that begin with a navigation, so there is nothing to save.",
            "Open the app with browser_navigate, act with browser_act, then save.",
        ));
    };
    let base_url = match &request.base_url {
        Some(base_url) => address::base(base_url)?.as_str().trim_end_matches('/').to_owned(),
        None => origin,
    };
    let secrets = SecretNames::find(&recording.steps);
    let mut scenario =
        Scenario { name: request.name.trim().to_owned(), base_url: Some(base_url), ..Scenario::default() };
    let mut lost = recording.lost.clone();
    for (index, recorded) in recording.steps.iter().enumerate() {
        let step = portable(recorded, scenario.base_url.as_deref(), &secrets);
        match refused(&step) {
            _ if index < first => lost.push(format!("{} (before the app was opened)", step_words(&step))),
            Some(why) => lost.push(format!("{} ({why})", step_words(&step))),
            None => scenario.steps.push(step),
        }
    }
    for text in &request.expect {
        let check = read::read_check(text).map_err(|problem| {
            ToolError::new(
                format!("The expectation {text:?} cannot be read: {}", problem.message),
                "Write each as in a scenario file: `text: Thanks`, `url: /done`, `request: POST /api/pay 200`, \
                 `{role: heading, name: Thanks}`.",
            )
        })?;
        scenario.expect.push(check);
    }
    if scenario.steps.len() + scenario.expect.len() > read::MAX_STEPS {
        return Err(ToolError::new(
            format!("The scenario would have more than {} steps.", read::MAX_STEPS),
            "Record a shorter way in a new session.",
        ));
    }
    let variables = secrets.names();
    Ok(Draft { scenario, variables, lost })
}

/// Why a scenario file cannot have this step, if so.
fn refused(step: &Step) -> Option<String> {
    let steps = vec![Step::navigate("/"), step.clone()];
    let alone = Scenario { name: "step".to_owned(), steps, ..Scenario::default() };
    match read(&write(&alone)) {
        Ok(back) if back.steps == alone.steps => None,
        Ok(_) => Some("a file would say something else".to_owned()),
        Err(problem) => Some(problem.message),
    }
}

/// A recorded step as a file has it.
fn portable(recorded: &Recorded, base_url: Option<&str>, secrets: &SecretNames) -> Step {
    // By destructuring, so that a new text cannot be forgotten here.
    let Step { action, reference: _, role, name, label, text, testid, css, nth, value, url, request, gone, timeout_ms } =
        recorded.step.clone();
    let clean = |text: Option<String>| text.map(|text| secrets.hide(&text));
    let value = match action {
        Action::Navigate => value.map(|value| path_of(&value, base_url, secrets)),
        _ if is_secret(recorded) => value.map(|value| secrets.name_of(&value).unwrap_or_else(|| secrets.hide(&value))),
        _ => clean(value),
    };
    let shorter = |text: String| match base_url {
        Some(base_url) if text.contains(base_url) => text.replacen(base_url, "", 1),
        _ => text,
    };
    Step {
        action,
        reference: None,
        role: clean(role),
        name: clean(name),
        label: clean(label),
        text: clean(text),
        testid: clean(testid),
        css: clean(css),
        nth,
        value,
        url: clean(url.map(shorter)).filter(|url| !url.is_empty()),
        request: clean(request.map(shorter)),
        gone,
        timeout_ms,
    }
}

/// The path under the base, or the whole address where it is elsewhere.
fn path_of(value: &str, base_url: Option<&str>, secrets: &SecretNames) -> String {
    let Some((origin, rest)) = address::split(value) else { return secrets.hide(value) };
    let whole = format!("{origin}{rest}");
    let rest = match base_url.and_then(|base| whole.strip_prefix(base)) {
        Some("") => "/".to_owned(),
        Some(path) if path.starts_with('/') => path.to_owned(),
        Some(more) if more.starts_with(['?', '#']) => format!("/{more}"),
        _ => whole,
    };
    hide_query(&secrets.hide(&rest))
}

/// Query parameters whose names say that their values are secrets.
const SECRET_KEYS: [&str; 11] =
    ["token", "secret", "password", "passwd", "auth", "apikey", "api_key", "session", "signature", "jwt", "credential"];

fn hide_query(address: &str) -> String {
    let Some((path, query)) = address.split_once('?') else { return address.to_owned() };
    let (query, fragment) = match query.split_once('#') {
        Some((query, fragment)) => (query, format!("#{fragment}")),
        None => (query, String::new()),
    };
    let pairs = query.split('&').map(|pair| match pair.split_once('=') {
        Some((key, value)) if !value.is_empty() && !value.starts_with("${") && is_secret_key(key) => {
            format!("{key}=${{{}}}", variable_name(key))
        }
        _ => pair.to_owned(),
    });
    format!("{path}?{}{fragment}", pairs.collect::<Vec<_>>().join("&"))
}

fn is_secret_key(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    SECRET_KEYS.iter().any(|secret| key.contains(secret))
}

/// What was typed into password fields, with the variable that stands for it.
struct SecretNames {
    /// Value and name, longest value first.
    values: Vec<(String, String)>,
    /// Names of variables in addresses.
    in_addresses: Vec<String>,
}

/// Shorter secrets are only replaced where they were typed: every text holds a single letter by chance.
const MIN_ELSEWHERE: usize = 4;

impl SecretNames {
    fn find(steps: &[Recorded]) -> Self {
        let mut values: Vec<(String, String)> = Vec::new();
        for recorded in steps.iter().filter(|recorded| is_secret(recorded)) {
            let value = recorded.step.value.clone().unwrap_or_default();
            if value.is_empty() || values.iter().any(|(known, _)| *known == value) {
                continue;
            }
            let name = free_name(&variable_name(field_name(&recorded.step)), &values);
            values.push((value, name));
        }
        values.sort_by_key(|(value, _)| std::cmp::Reverse(value.len()));
        let addresses = steps.iter().filter(|recorded| recorded.step.action == Action::Navigate);
        let in_addresses = addresses
            .filter_map(|recorded| Url::parse(recorded.step.value.as_deref()?).ok())
            .flat_map(|url| url.query_pairs().map(|(key, _)| key.into_owned()).collect::<Vec<_>>())
            .filter(|key| is_secret_key(key))
            .map(|key| variable_name(&key))
            .collect();
        Self { values, in_addresses }
    }

    /// The text as a file may hold it: secrets as variables, `${` escaped.
    fn hide(&self, text: &str) -> String {
        let is_it =
            |(value, _): &&(String, String)| value.chars().count() >= MIN_ELSEWHERE && text.contains(value.as_str());
        match self.values.iter().find(is_it) {
            Some((value, name)) => {
                // The parts around it may hold others.
                let parts: Vec<String> = text.split(value.as_str()).map(|part| self.hide(part)).collect();
                parts.join(&format!("${{{name}}}"))
            }
            None => template::escape(text),
        }
    }

    /// The variable that stands for this value as a whole, as a file has it.
    fn name_of(&self, value: &str) -> Option<String> {
        self.values.iter().find(|(known, _)| known == value).map(|(_, name)| format!("${{{name}}}"))
    }

    fn names(&self) -> Vec<String> {
        let mut names: Vec<String> =
            self.values.iter().map(|(_, name)| name.clone()).chain(self.in_addresses.iter().cloned()).collect();
        names.sort();
        names.dedup();
        names
    }
}

/// A value typed into a password field, or into a field whose name says that it is a secret. What else is done to such a
/// field tells nothing of it: `Enter` is a key like any other.
fn is_secret(recorded: &Recorded) -> bool {
    let is_typed = match (recorded.step.action, recorded.step.value.as_deref()) {
        (Action::Fill | Action::Expect | Action::WaitFor, _) => true,
        (Action::Press, Some(key)) => key.chars().count() == 1 && !key.chars().any(char::is_control),
        _ => false,
    };
    let words = ["passw", "passphrase", "secret", "token", "api key", "apikey", "cvc", "cvv", "one-time", "otp"];
    let name = field_name(&recorded.step).to_lowercase();
    (recorded.secret && is_typed)
        || (recorded.step.action == Action::Fill && words.iter().any(|word| name.contains(word)))
}

fn field_name(step: &Step) -> &str {
    let names = [&step.label, &step.name, &step.testid, &step.text, &step.css];
    names.into_iter().flatten().map(String::as_str).next().unwrap_or_default()
}

/// `Confirm password` → `CONFIRM_PASSWORD`.
fn variable_name(field: &str) -> String {
    let mut name = String::new();
    for c in field.chars().take(40) {
        if c.is_ascii_alphanumeric() {
            name.push(c.to_ascii_uppercase());
        } else if !name.is_empty() && !name.ends_with('_') {
            name.push('_');
        }
    }
    let name = name.trim_matches('_');
    match name.chars().next() {
        Some(first) if first.is_ascii_alphabetic() => name.to_owned(),
        _ => "PASSWORD".to_owned(),
    }
}

fn free_name(name: &str, taken: &[(String, String)]) -> String {
    let is_free = |name: &String| !taken.iter().any(|(_, taken)| taken == name);
    let numbered = (2..=taken.len() + 2).map(|number| format!("{name}_{number}"));
    std::iter::once(name.to_owned()).chain(numbered).find(is_free).unwrap_or_else(|| name.to_owned())
}
