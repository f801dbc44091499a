//! A step: one thing to do on a page, as agents and scenario files write it.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use super::words::quoted;

// The target's fields are inlined: serde cannot combine `flatten` with `deny_unknown_fields`, and an unknown field must be
// an error that names the expected ones. The schema says little on purpose: each word is paid for in every `tools/list`.
/// One step. `action` says which of the other fields count.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(description = "")]
pub struct Step {
    /// What to do.
    #[serde(rename = "do")]
    #[schemars(description = "")]
    pub action: Action,
    /// Ref from a snapshot: `e12`.
    #[serde(rename = "ref", default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", description = "From a snapshot: e12")]
    pub reference: Option<String>,
    /// ARIA role, with `name`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", description = "ARIA role, with name")]
    pub role: Option<String>,
    /// Accessible name (whole, else part; case-insensitive).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", description = "")]
    pub name: Option<String>,
    /// Label text of a form field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", description = "Of a form field")]
    pub label: Option<String>,
    /// Visible text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", description = "Visible text")]
    pub text: Option<String>,
    /// `data-testid`, `data-test-id`, `data-test` or `data-cy`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", description = "")]
    pub testid: Option<String>,
    /// CSS selector.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", description = "")]
    pub css: Option<String>,
    /// Which of several matches, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "u32", description = "Which match, from 1")]
    pub nth: Option<u32>,
    /// navigate: URL, `back`, `forward` or `reload`; fill: text; select: option; press: key (`Enter`, `Control+A`);
    /// expect/wait_for: value or text that the target holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(
        with = "String",
        description = "navigate: URL, back, forward, reload; fill: text; select: option; press: Enter, Control+A; expect: what target holds"
    )]
    pub value: Option<String>,
    /// expect/wait_for: the address contains this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", description = "expect: address contains")]
    pub url: Option<String>,
    /// expect/wait_for: a request since the last step that did something, `POST /api/pay 200`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String", description = "expect: POST /api/pay 200")]
    pub request: Option<String>,
    /// expect/wait_for: the target is not there.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[schemars(description = "expect: target is not there")]
    pub gone: bool,
    /// Limit for this step in milliseconds, default [`DEFAULT_STEP_TIMEOUT_MS`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "u32", description = "Default 5000")]
    pub timeout_ms: Option<u32>,
}

/// How long a step waits for its target or its expectation unless it says otherwise.
pub const DEFAULT_STEP_TIMEOUT_MS: u32 = 5_000;

/// The longest wait that a step may ask for.
const LONGEST_STEP_TIMEOUT_MS: u32 = 120_000;

impl Step {
    /// A step on a target.
    pub fn on(action: Action, target: Target) -> Self {
        let Target { reference, role, name, label, text, testid, css, nth } = target;
        Self { action, reference, role, name, label, text, testid, css, nth, ..Self::default() }
    }

    /// The same step with a value.
    #[must_use]
    pub fn with_value(mut self, value: impl Into<String>) -> Self {
        self.value = Some(value.into());
        self
    }

    /// Goes to a URL.
    pub fn navigate(url: impl Into<String>) -> Self {
        Self::on(Action::Navigate, Target::default()).with_value(url)
    }

    /// What the step is done to; empty when it names nothing.
    pub fn target(&self) -> Target {
        Target {
            reference: self.reference.clone(),
            role: self.role.clone(),
            name: self.name.clone(),
            label: self.label.clone(),
            text: self.text.clone(),
            testid: self.testid.clone(),
            css: self.css.clone(),
            nth: self.nth,
        }
    }

    /// The same step on another target (a durable locator in place of a ref).
    #[must_use]
    pub fn with_target(self, target: Target) -> Self {
        let Self { action, value, url, request, gone, timeout_ms, .. } = self;
        Self { value, url, request, gone, timeout_ms, ..Self::on(action, target) }
    }

    /// How long the step may wait.
    pub fn timeout(&self) -> std::time::Duration {
        let ms = self.timeout_ms.unwrap_or(DEFAULT_STEP_TIMEOUT_MS).min(LONGEST_STEP_TIMEOUT_MS);
        std::time::Duration::from_millis(ms.into())
    }
}

/// What a step does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Goes to `value`; also `back`, `forward`, `reload`.
    Navigate,
    /// Clicks the target.
    #[default]
    Click,
    /// Clicks the target twice.
    DoubleClick,
    /// Clears the target and types `value`.
    Fill,
    /// Chooses the option `value` (label or value).
    Select,
    /// Checks a checkbox or radio.
    Check,
    /// Unchecks a checkbox.
    Uncheck,
    /// Presses the key `value`, on the target when one is given.
    Press,
    /// Moves the pointer over the target.
    Hover,
    /// Waits until what the other fields say is so.
    WaitFor,
    /// Fails unless what the other fields say is so (or becomes so in time).
    Expect,
}

impl Action {
    /// Every action, in the order of the schema.
    pub const ALL: [Self; 11] = [
        Self::Navigate,
        Self::Click,
        Self::DoubleClick,
        Self::Fill,
        Self::Select,
        Self::Check,
        Self::Uncheck,
        Self::Press,
        Self::Hover,
        Self::WaitFor,
        Self::Expect,
    ];

    /// Its name in scenario files and tool arguments.
    pub fn word(self) -> &'static str {
        match self {
            Self::Navigate => "navigate",
            Self::Click => "click",
            Self::DoubleClick => "double_click",
            Self::Fill => "fill",
            Self::Select => "select",
            Self::Check => "check",
            Self::Uncheck => "uncheck",
            Self::Press => "press",
            Self::Hover => "hover",
            Self::WaitFor => "wait_for",
            Self::Expect => "expect",
        }
    }
}

/// By hand: a derived schema describes each variant in a `oneOf`, five times the tokens of a plain `enum`.
impl JsonSchema for Action {
    fn schema_name() -> Cow<'static, str> {
        "Action".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "enum": Self::ALL.map(Self::word) })
    }
}

/// Which element: by the ref of a snapshot, or by a locator.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Target {
    /// Ref from a snapshot: `e12`.
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// ARIA role, with `name`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// Accessible name (whole, else part; case-insensitive).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Label text of a form field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Visible text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// `data-testid`, `data-test-id`, `data-test` or `data-cy`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub testid: Option<String>,
    /// CSS selector.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub css: Option<String>,
    /// Which of several matches, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nth: Option<u32>,
}

impl Target {
    /// Whether nothing is named.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The element with this ref or, when it is no ref (`e12`, `f1e2`), with this CSS selector.
    pub fn ref_or_css(text: &str) -> Self {
        let text = text.trim();
        if is_reference(text) {
            Self { reference: Some(text.to_owned()), ..Self::default() }
        } else {
            Self { css: Some(text.to_owned()), ..Self::default() }
        }
    }

    /// In words, for replies: `button «Pay»`. Everything in it is quoted and cleaned.
    pub fn describe(&self) -> String {
        let mut words = Vec::new();
        match (&self.role, &self.name) {
            (Some(role), Some(name)) => words.push(format!("{} {}", plain(role), quoted(name, 80))),
            (Some(role), None) => words.push(plain(role)),
            (None, Some(name)) => words.push(format!("name {}", quoted(name, 80))),
            (None, None) => {}
        }
        let others = [("label", &self.label), ("text", &self.text), ("testid", &self.testid), ("css", &self.css)];
        for (word, value) in others {
            if let Some(value) = value {
                words.push(format!("{word} {}", quoted(value, 80)));
            }
        }
        if let Some(reference) = &self.reference {
            words.push(plain(reference));
        }
        if let Some(nth) = self.nth {
            words.push(format!("number {nth}"));
        }
        words.join(", ")
    }
}

/// `e12`, or `f1e2` in a frame.
fn is_reference(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let after_frame = match text.strip_prefix('f') {
        Some(rest) => match rest.split_once('e') {
            Some((frame, element)) => return digits(frame) && digits(element),
            None => return false,
        },
        None => text,
    };
    after_frame.strip_prefix('e').is_some_and(digits)
}

/// A role or a ref as the caller wrote it: only letters, digits and dashes survive.
fn plain(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric() || *c == '-' || *c == '_').take(40).collect()
}
