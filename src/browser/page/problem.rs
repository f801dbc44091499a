//! Why the in-page code could not do what it was asked, in words that say what to do next.

use std::time::Duration;

use serde::Deserialize;

use crate::{
    browser::{Target, observe::address, words::quoted},
    error::ToolError,
};

/// What the in-page code answers instead of a result. Text in it comes from the page.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Problem {
    pub(super) kind: String,
    #[serde(flatten)]
    it: Named,
    by: Option<Named>,
    was: Option<Named>,
    now: Option<Named>,
    near: Vec<Named>,
    matches: Vec<Named>,
    options: Vec<String>,
    more: usize,
    count: usize,
    wants: String,
    #[serde(rename = "type")]
    field: String,
    took: String,
    url: String,
    holds: String,
}

/// An element, as errors and summaries name it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Named {
    #[serde(rename = "ref")]
    pub(super) reference: String,
    role: String,
    name: String,
    text: String,
    tag: String,
    testid: String,
}

impl Named {
    /// `button «Pay»`; a nameless one by its tag and text.
    pub(super) fn words(&self) -> String {
        if !self.testid.is_empty() {
            return format!("testid {}", quoted(&self.testid, 80));
        }
        let role = match self.role.as_str() {
            "" | "generic" | "none" => self.tag.as_str(),
            role => role,
        };
        // A role is the page's text too.
        let role: String = role.chars().filter(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).take(30).collect();
        let said = if self.name.is_empty() { &self.text } else { &self.name };
        match (role.is_empty(), said.is_empty()) {
            (true, _) => quoted(said, 80),
            (false, true) => role,
            (false, false) => format!("{role} {}", quoted(said, 80)),
        }
    }

    /// With its ref: `button «Pay» (e12)`.
    fn full(&self) -> String {
        match self.reference.as_str() {
            "" => self.words(),
            reference => format!("{} ({reference})", self.words()),
        }
    }
}

fn list(items: &[Named]) -> String {
    items.iter().map(Named::full).collect::<Vec<_>>().join(", ")
}

impl Problem {
    /// A frame's ref whose frame is gone.
    pub(super) fn stale(reference: &str) -> Self {
        let it = Named { reference: reference.to_owned(), ..Named::default() };
        Self { kind: "stale".into(), it, ..Self::default() }
    }

    pub(super) fn is_missing(&self) -> bool {
        self.kind == "missing"
    }

    /// Waiting longer would not help.
    pub(super) fn is_final(&self) -> bool {
        matches!(self.kind.as_str(), "stale" | "selector" | "kind" | "option" | "format" | "several")
    }

    /// The error, for a step that waited so long for the target.
    pub(super) fn error(&self, target: &Target, waited: Duration) -> ToolError {
        let (what, hint) = self.words(target, waited.as_millis());
        if hint.is_empty() { ToolError::bare(what) } else { ToolError::new(what, hint) }
    }

    fn words(&self, target: &Target, ms: u128) -> (String, String) {
        let it = self.it.full();
        match self.kind.as_str() {
            "missing" => self.missing(target, ms),
            "several" => (
                format!("{} elements match {}: {}.", self.count, target.describe(), self.all_matches()),
                "Use a ref, add to the locator, or give nth.".into(),
            ),
            "stale" => self.stale_words(),
            "selector" => (
                format!("{} is no CSS selector.", quoted(target.css.as_deref().unwrap_or_default(), 120)),
                "Correct it, or use role and name, label, text or testid.".into(),
            ),
            "invisible" => (
                format!("{it} is on the page but not visible (waited {ms} ms)."),
                "It may have to be opened or scrolled to by an act first; browser_snapshot shows what is visible."
                    .into(),
            ),
            "disabled" => (
                format!("{it} is disabled (waited {ms} ms)."),
                "Do what enables it first: fill required fields, or wait for what it waits for.".into(),
            ),
            "readonly" => (format!("{it} is read-only."), String::new()),
            "obscured" => self.obscured(&it, ms),
            "outside" => (
                format!("{it} cannot be scrolled into view (waited {ms} ms)."),
                "Is it clipped by its container, or off the screen?".into(),
            ),
            "moving" => (
                format!("{it} did not stop moving in {ms} ms."),
                "Wait for the animation, or give a longer timeout_ms.".into(),
            ),
            _ => self.words_of_fields(&it, ms),
        }
    }

    fn words_of_fields(&self, it: &str, ms: u128) -> (String, String) {
        match self.kind.as_str() {
            "kind" => (format!("{it} does not take this action."), self.wants.clone()),
            "option" => {
                let options: Vec<_> = self.options.iter().map(|option| quoted(option, 60)).collect();
                let more = if self.more > 0 { format!(" and {} more", self.more) } else { String::new() };
                (format!("{it} has no such option."), format!("Its options: {}{more}.", options.join(", ")))
            }
            "format" => (
                format!("{it} (type={}) does not take this value.", quoted(&self.field, 20)),
                match self.field.as_str() {
                    "date" => "Use YYYY-MM-DD.",
                    "time" => "Use HH:MM.",
                    "datetime-local" => "Use YYYY-MM-DDTHH:MM.",
                    "month" => "Use YYYY-MM.",
                    "week" => "Use YYYY-Www.",
                    "color" => "Use #rrggbb.",
                    "number" | "range" => "Use a number within its limits.",
                    _ => "",
                }
                .into(),
            ),
            "unmoved" => (
                format!("{it} did not change its state when it was clicked."),
                "Does the app forbid it, or ask something first? Look at the page.".into(),
            ),
            "url" => {
                (format!("The address is {} (waited {ms} ms).", quoted(&address::shown(&self.url), 300)), String::new())
            }
            "there" => {
                let more = if self.count > 1 { format!(" and {} more", self.count - 1) } else { String::new() };
                (format!("{it}{more} is still there after {ms} ms."), String::new())
            }
            "value" => (format!("{it} holds {} (waited {ms} ms).", quoted(&self.holds, 300)), String::new()),
            other => (format!("The page could not do it: {}.", quoted(other, 80)), String::new()),
        }
    }

    fn missing(&self, target: &Target, ms: u128) -> (String, String) {
        let what = if self.count > 0 {
            format!(
                "Without nth, {} match{} {}.",
                self.count,
                if self.count == 1 { "es" } else { "" },
                Target { nth: None, ..target.clone() }.describe()
            )
        } else {
            format!("Nothing on the page matches {} (waited {ms} ms).", target.describe())
        };
        let hint = if self.near.is_empty() {
            "Nothing similar is there. Look with browser_snapshot.".into()
        } else {
            format!("Near: {}.", list(&self.near))
        };
        (what, hint)
    }

    fn all_matches(&self) -> String {
        let more = self.count.saturating_sub(self.matches.len());
        if more > 0 { format!("{} and {more} more", list(&self.matches)) } else { list(&self.matches) }
    }

    fn stale_words(&self) -> (String, String) {
        let reference = &self.it.reference;
        let what = match &self.was {
            Some(was) => format!("Ref {reference} is stale: {} is no longer on the page.", was.words()),
            None => format!("Ref {reference} is not of the page as it is now."),
        };
        let hint = match &self.now {
            Some(now) => format!("An element with the same role and name is there now: {}.", now.full()),
            None => "Take a browser_snapshot for the refs of now, or use a locator.".into(),
        };
        (what, hint)
    }

    fn obscured(&self, it: &str, ms: u128) -> (String, String) {
        let by = self.by.as_ref().map(Named::full).unwrap_or_default();
        (format!("{by} is in the way of {it} (waited {ms} ms)."), "Close it or act on it first.".into())
    }
}
