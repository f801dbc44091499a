//! The strict reader of scenario files: an unknown key, a missing locator or a stray value is an error with its place.

use std::fmt;

use serde::{Deserialize, Deserializer, de};
use serde_saphyr::{Location, Spanned};

use super::{
    format::{Allow, Kind, Observations, Scenario},
    problem::{Problem, explain, with_quoting_hint},
    template,
};
use crate::{
    browser::{Action, Step, Target},
    error::Result,
};

/// Longest scenario file.
const MAX_BYTES: usize = 256 * 1024;
/// Most steps of a scenario, expectations included.
pub(super) const MAX_STEPS: usize = 500;
/// Longest limit of one step, milliseconds.
const MAX_TIMEOUT_MS: u32 = 120_000;

/// Reads a scenario.
pub fn read(text: &str) -> Result<Scenario, Problem> {
    if text.len() > MAX_BYTES {
        return Err(Problem::bare(format!("the file has {} bytes; a scenario has at most {MAX_BYTES}", text.len())));
    }
    parse::<File>(text)?.check()
}

/// Reads one expectation, written as in `expect:` of a scenario file: `text: Thanks`, `{role: button, name: Pay}`.
pub fn read_check(text: &str) -> Result<Step, Problem> {
    if text.len() > MAX_BYTES {
        return Err(Problem::bare("the expectation is too long"));
    }
    let check = parse::<Spanned<Check>>(text)?;
    match check.value.step(Action::Expect, check.referenced)? {
        Checked::Step(step) => Ok(*step),
        Checked::Observations(_) => Err(Problem::bare("`observations` is no expectation of its own here")),
    }
}

fn parse<'de, T: Deserialize<'de>>(text: &'de str) -> Result<T, Problem> {
    // No anchors, aliases or tags: a scenario needs none, and without them nothing can grow while it is read.
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_anchors: 0,
            max_aliases: 0,
            max_depth: 8,
            max_documents: 1,
            max_nodes: 20_000,
            max_total_scalar_bytes: MAX_BYTES,
        },
        merge_keys: serde_saphyr::MergeKeyPolicy::Error,
        reject_unsupported_tags: true,
        strict_booleans: true,
        emit_comments: false,
        with_snippet: false,
    };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| with_quoting_hint(explain(&error), text))
}

/// The file as it stands.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: Spanned<String>,
    description: Option<String>,
    base_url: Option<Spanned<String>>,
    viewport: Option<Spanned<String>>,
    steps: Spanned<Vec<Spanned<Line>>>,
    #[serde(default)]
    expect: Vec<Spanned<Check>>,
    #[serde(default)]
    allow: Vec<Spanned<AllowLine>>,
}

impl File {
    fn check(self) -> Result<Scenario, Problem> {
        let name = self.name.value.trim().to_owned();
        if name.is_empty() || name.chars().count() > 120 {
            return Err(Problem::at(self.name.referenced, "`name` has 1 to 120 characters"));
        }
        let mut scenario = Scenario { name, description: self.description, ..Scenario::default() };
        if let Some(base_url) = self.base_url {
            scenario.base_url = Some(check_base_url(base_url)?);
        }
        scenario.viewport = self.viewport.map(read_viewport).transpose()?;
        let first = self.steps.referenced;
        for line in self.steps.value {
            scenario.steps.push(line.value.step(line.referenced)?);
        }
        for check in self.expect {
            match check.value.step(Action::Expect, check.referenced)? {
                Checked::Step(step) => scenario.expect.push(*step),
                Checked::Observations(observations) => scenario.observations = observations,
            }
        }
        for allow in self.allow {
            scenario.allow.push(allow.value.allow(allow.referenced)?);
        }
        match scenario.steps.first() {
            Some(step) if step.action == Action::Navigate => {}
            _ => {
                return Err(Problem::at(
                    first,
                    "the first step must be a `navigate`, since each run begins on an empty page",
                ));
            }
        }
        if scenario.steps.len() + scenario.expect.len() > MAX_STEPS {
            return Err(Problem::at(first, format!("a scenario has at most {MAX_STEPS} steps")));
        }
        Ok(scenario)
    }
}

fn check_base_url(text: Spanned<String>) -> Result<String, Problem> {
    let at = |message: String| Problem::at(text.referenced, message);
    let names = template::variables(&text.value).map_err(at)?;
    if names.is_empty() {
        super::address::base(&text.value).map_err(|error| Problem::at(text.referenced, error.what()))?;
    }
    Ok(text.value)
}

fn read_viewport(text: Spanned<String>) -> Result<(u32, u32), Problem> {
    let side = |side: &str| side.trim().parse().ok().filter(|pixels| (100..=10_000).contains(pixels));
    text.value
        .split_once('x')
        .and_then(|(width, height)| Some((side(width)?, side(height)?)))
        .ok_or_else(|| Problem::at(text.referenced, "`viewport` is WIDTHxHEIGHT in CSS pixels, 100 to 10000: 1280x720"))
}

/// One line under `steps`.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    Navigate(Short<NavigateArguments>),
    Click(TargetArguments),
    DoubleClick(TargetArguments),
    Fill(ValueArguments),
    Select(ValueArguments),
    Check(TargetArguments),
    Uncheck(TargetArguments),
    Press(Short<PressArguments>),
    Hover(TargetArguments),
    WaitFor(Check),
    Expect(Check),
}

/// Serde cannot flatten and deny unknown fields at once, so each form spells the locator out.
macro_rules! arguments {
    ($name:ident { $($field:ident: $type:ty),* $(,)? }) => {
        #[derive(Default, Deserialize)]
        #[serde(deny_unknown_fields)]
        struct $name {
            role: Option<String>,
            name: Option<String>,
            label: Option<String>,
            text: Option<String>,
            testid: Option<String>,
            css: Option<String>,
            nth: Option<u32>,
            $($field: Option<$type>,)*
            timeout_ms: Option<u32>,
        }

        impl $name {
            fn target(&mut self) -> Target {
                Target {
                    reference: None,
                    role: self.role.take(),
                    name: self.name.take(),
                    label: self.label.take(),
                    text: self.text.take(),
                    testid: self.testid.take(),
                    css: self.css.take(),
                    nth: self.nth.take(),
                }
            }
        }
    };
}

arguments!(TargetArguments {});
arguments!(ValueArguments { value: String });
arguments!(PressArguments { key: String });
arguments!(Check { value: String, url: String, request: String, gone: bool, observations: Observations });

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct NavigateArguments {
    url: Option<String>,
    timeout_ms: Option<u32>,
}

/// Arguments that may be written as one text.
enum Short<T> {
    Text(String),
    Full(T),
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Short<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor<T>(std::marker::PhantomData<T>);
        impl<'de, T: Deserialize<'de>> de::Visitor<'de> for Visitor<T> {
            type Value = Short<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text, or a mapping")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Short::Text(text.to_owned()))
            }
            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Self::Value, E> {
                Ok(Short::Text(number.to_string()))
            }
            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Self::Value, E> {
                Ok(Short::Text(number.to_string()))
            }
            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                T::deserialize(de::value::MapAccessDeserializer::new(map)).map(Short::Full)
            }
        }
        deserializer.deserialize_any(Visitor(std::marker::PhantomData))
    }
}

impl Line {
    fn step(self, location: Location) -> Result<Step, Problem> {
        let action = self.action();
        match self {
            Self::Navigate(Short::Text(url)) => make(action, Target::default(), Some(url), None, location),
            Self::Navigate(Short::Full(NavigateArguments { url, timeout_ms })) => {
                make(action, Target::default(), url, timeout_ms, location)
            }
            Self::Press(Short::Text(key)) => make(action, Target::default(), Some(key), None, location),
            Self::Press(Short::Full(mut arguments)) => {
                let target = arguments.target();
                make(action, target, arguments.key, arguments.timeout_ms, location)
            }
            Self::Click(mut arguments)
            | Self::DoubleClick(mut arguments)
            | Self::Check(mut arguments)
            | Self::Uncheck(mut arguments)
            | Self::Hover(mut arguments) => make(action, arguments.target(), None, arguments.timeout_ms, location),
            Self::Fill(mut arguments) | Self::Select(mut arguments) => {
                let target = arguments.target();
                make(action, target, arguments.value, arguments.timeout_ms, location)
            }
            Self::WaitFor(check) | Self::Expect(check) => match check.step(action, location)? {
                Checked::Step(step) => Ok(*step),
                Checked::Observations(_) => {
                    Err(Problem::at(location, "`observations` belongs to `expect:` at the end of the file"))
                }
            },
        }
    }

    fn action(&self) -> Action {
        match self {
            Self::Navigate(_) => Action::Navigate,
            Self::Click(_) => Action::Click,
            Self::DoubleClick(_) => Action::DoubleClick,
            Self::Fill(_) => Action::Fill,
            Self::Select(_) => Action::Select,
            Self::Check(_) => Action::Check,
            Self::Uncheck(_) => Action::Uncheck,
            Self::Press(_) => Action::Press,
            Self::Hover(_) => Action::Hover,
            Self::WaitFor(_) => Action::WaitFor,
            Self::Expect(_) => Action::Expect,
        }
    }
}

enum Checked {
    Step(Box<Step>),
    Observations(Observations),
}

impl Check {
    fn step(mut self, action: Action, location: Location) -> Result<Checked, Problem> {
        let target = self.target();
        let others = self.url.is_some() || self.request.is_some() || self.value.is_some();
        if let Some(observations) = self.observations {
            let alone = target.is_empty() && !others && self.gone.is_none() && self.timeout_ms.is_none();
            return match alone {
                true => Ok(Checked::Observations(observations)),
                false => Err(Problem::at(location, "`observations` stands in an entry of its own")),
            };
        }
        if target.is_empty() && self.url.is_none() && self.request.is_none() {
            return Err(Problem::at(
                location,
                format!(
                    "`{}` needs something to look for: role, name, label, text, testid, css, url or request",
                    action.word()
                ),
            ));
        }
        let mut step = make(action, target, self.value, self.timeout_ms, location)?;
        step.gone = self.gone.unwrap_or_default();
        step.url = self.url;
        step.request = self.request;
        for text in [&step.url, &step.request].into_iter().flatten() {
            template::variables(text).map_err(|message| Problem::at(location, message))?;
        }
        Ok(Checked::Step(Box::new(step)))
    }
}

fn make(
    action: Action,
    target: Target,
    value: Option<String>,
    timeout_ms: Option<u32>,
    location: Location,
) -> Result<Step, Problem> {
    let word = action.word();
    let at = |message: String| Problem::at(location, message);
    let on_page = !matches!(action, Action::Navigate | Action::Press | Action::WaitFor | Action::Expect);
    if on_page && target.is_empty() {
        return Err(at(format!("`{word}` needs a locator: role and name, label, text, testid or css")));
    }
    let key = match action {
        Action::Navigate => Some("url"),
        Action::Press => Some("key"),
        Action::Fill | Action::Select => Some("value"),
        _ => None,
    };
    if let (Some(key), None) = (key, &value) {
        return Err(at(format!("`{word}` needs `{key}`")));
    }
    if target.nth == Some(0) {
        return Err(at("`nth` counts from 1".to_owned()));
    }
    if timeout_ms.is_some_and(|limit| limit == 0 || limit > MAX_TIMEOUT_MS) {
        return Err(at(format!("`timeout_ms` is 1 to {MAX_TIMEOUT_MS}")));
    }
    let texts = [&target.role, &target.name, &target.label, &target.text, &target.testid, &target.css, &value];
    for text in texts.into_iter().flatten() {
        template::variables(text).map_err(at)?;
    }
    if let (Action::Navigate, Some(url)) = (action, &value) {
        super::address::check_navigation(url).map_err(|error| at(error.what().to_owned()))?;
    }
    Ok(Step { value, timeout_ms, ..Step::on(action, target) })
}

/// One line under `allow`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AllowLine {
    fingerprint: Option<String>,
    kind: Option<Kind>,
    text: Option<String>,
}

impl AllowLine {
    fn allow(self, location: Location) -> Result<Allow, Problem> {
        match (self.fingerprint, self.kind, self.text) {
            (Some(fingerprint), None, None) if !fingerprint.is_empty() => Ok(Allow::Fingerprint(fingerprint)),
            (None, Some(Kind::StepFailed), _) => {
                Err(Problem::at(location, "a failed step cannot be allowed; remove the step"))
            }
            (None, Some(kind), Some(text)) if !text.is_empty() => Ok(Allow::Text { kind, text }),
            _ => Err(Problem::at(location, "an entry of `allow` has either `fingerprint`, or `kind` and `text`")),
        }
    }
}
