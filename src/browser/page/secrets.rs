//! Values that were typed into, or compared with, secret fields of a session: they are not to come back in any reply.

use std::sync::{Mutex, PoisonError};

use serde_json::Value;
use url::form_urlencoded;

/// What stands in for a secret value.
const REDACTED: &str = "[redacted]";
/// Values remembered; the oldest go first.
const MAX: usize = 100;
/// Shorter values are ordinary words and numbers: leaving them out would ruin every reply and hide nothing.
const SHORTEST: usize = 4;
/// A value shorter than this is only taken for the secret where it stands alone: a PIN may be part of many a number.
const ALONE: usize = 8;

/// The secret values of one session.
#[derive(Debug, Default)]
pub struct Secrets(Mutex<Vec<String>>);

impl Secrets {
    /// Remembers a value.
    pub(super) fn add(&self, value: &str) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if value.is_empty() || all.iter().any(|known| known == value) {
            return;
        }
        if all.len() >= MAX {
            all.remove(0);
        }
        all.push(value.to_owned());
    }

    /// Whether it is one of them, whole.
    pub(super) fn has(&self, value: &str) -> bool {
        self.all().iter().any(|known| known == value)
    }

    /// The text with all of them left out, as they are and as addresses and JSON write them.
    pub fn hide(&self, text: &str) -> String {
        let mut out = text.to_owned();
        let mut all = self.all();
        // A secret may be part of a longer one.
        all.sort_by_key(|value| std::cmp::Reverse(value.len()));
        for value in all.iter().filter(|value| value.chars().count() >= SHORTEST) {
            let in_form: String = form_urlencoded::byte_serialize(value.as_bytes()).collect();
            let in_path = in_form.replace('+', "%20");
            let in_json = Value::from(value.as_str()).to_string();
            for written in [value.as_str(), &in_form, &in_path, in_json.trim_matches('"')] {
                out = without(&out, written);
            }
        }
        out
    }

    /// The same in every string of a JSON value.
    pub fn hide_json(&self, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.hide(text),
            Value::Array(list) => list.iter_mut().for_each(|item| self.hide_json(item)),
            Value::Object(map) => map.values_mut().for_each(|item| self.hide_json(item)),
            _ => {}
        }
    }

    fn all(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn without(text: &str, secret: &str) -> String {
    if secret.chars().count() >= ALONE {
        return text.replace(secret, REDACTED);
    }
    let is_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(secret) {
        out.push_str(before);
        let is_part = is_word(out.chars().next_back()) || is_word(after.chars().next());
        out.push_str(if is_part { secret } else { REDACTED });
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_hidden_as_they_are_written() {
        let secrets = Secrets::default();
        for value in ["hunter2 & \"co\"", "1234", "abc", "hunter2 & \"co\" two"] {
            secrets.add(value);
        }
        for (text, expected) in [
            ("no hunter2 & \"co\"!", "no [redacted]!"),
            ("x=hunter2+%26+%22co%22&y", "x=[redacted]&y"),
            ("/hunter2%20%26%20%22co%22/", "/[redacted]/"),
            (r#"{"p":"hunter2 & \"co\" two"}"#, r#"{"p":"[redacted]"}"#),
            ("pin 1234, port 12345, 01234", "pin [redacted], port 12345, 01234"),
            ("abc", "abc"),
        ] {
            assert_eq!(secrets.hide(text), expected);
        }
    }
}
