//! A step: one thing to do on a page, as agents and scenario files write it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One step. `action` says which of the other fields count.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// What to do.
    #[serde(rename = "do")]
    pub action: Action,
    /// What to do it to.
    #[serde(flatten)]
    pub target: Target,
    /// navigate: URL; fill: text; select: option; press: key (`Enter`, `Control+A`); expect/wait_for: value or text it holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// expect/wait_for: the address contains this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// expect/wait_for: a request since the last step that did something, `POST /api/pay 200`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
    /// expect/wait_for: the target is not there.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub gone: bool,
    /// Limit for this step, default 5000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u32>,
}

/// What a step does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Goes to `value`; also `back`, `forward`, `reload`.
    Navigate,
    /// Clicks the target.
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

/// Which element: by the ref of a snapshot, or by a locator.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
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
    /// `data-testid`.
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
}

impl Action {
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
