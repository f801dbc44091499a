//! Lenient reading of answers: what is missing, null or of another type is none, and what is unknown is left alone.

use serde_json::Value;

/// What nothing leads to.
static NOTHING: Value = Value::Null;

/// Reads a JSON value without ever failing.
pub trait Read {
    /// The value at a key; null where there is none.
    fn at(&self, key: &str) -> &Value;
    /// A text, or a number written as one; empty is none.
    fn text(&self, key: &str) -> Option<String>;
    /// A whole number, or a text that is one (Sentry writes counts as texts).
    fn count(&self, key: &str) -> Option<u64>;
    /// A number.
    fn number(&self, key: &str) -> Option<f64>;
    /// A truth value.
    fn truth(&self, key: &str) -> Option<bool>;
    /// The items of the list that this is; none where it is no list.
    fn items(&self) -> std::slice::Iter<'_, Value>;
    /// Texts of the list at a key.
    fn texts(&self, key: &str) -> Vec<String>;
}

impl Read for Value {
    fn at(&self, key: &str) -> &Value {
        self.get(key).unwrap_or(&NOTHING)
    }

    fn text(&self, key: &str) -> Option<String> {
        text(self.at(key))
    }

    fn count(&self, key: &str) -> Option<u64> {
        match self.at(key) {
            Value::Number(number) => number.as_u64().or_else(|| {
                let float = number.as_f64().filter(|float| *float >= 0.0)?;
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a float cast saturates")]
                Some(float as u64)
            }),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        }
    }

    fn number(&self, key: &str) -> Option<f64> {
        match self.at(key) {
            Value::Number(number) => number.as_f64(),
            Value::String(text) => text.trim().parse().ok().filter(|number: &f64| number.is_finite()),
            _ => None,
        }
    }

    fn truth(&self, key: &str) -> Option<bool> {
        self.at(key).as_bool()
    }

    fn items(&self) -> std::slice::Iter<'_, Value> {
        self.as_array().map_or([].iter(), |list| list.iter())
    }

    fn texts(&self, key: &str) -> Vec<String> {
        self.at(key).items().filter_map(text).collect()
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
