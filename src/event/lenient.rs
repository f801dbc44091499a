//! Lenient reading of JSON values: texts, lists, pairs and times in every shape that SDKs send.

use jiff::{Timestamp, civil, tz::TimeZone};
use serde_json::{Map, Value};

/// Characters kept of a text field (Relay keeps 8,192 of a message).
const MAX_TEXT: usize = 8_192;

/// A text: a string, or a number, boolean, list or object written as one. Empty and `null` are none.
pub(super) fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) if text.is_empty() => None,
        Value::String(text) => Some(cut(text, MAX_TEXT)),
        other => Some(cut(&other.to_string(), MAX_TEXT)),
    }
}

/// The text at `key`.
pub(super) fn text_of(map: &Map<String, Value>, key: &str) -> Option<String> {
    map.get(key).and_then(text)
}

/// `text`, at most `max` characters of it, with an ellipsis where it was cut.
pub(super) fn cut(text: &str, max: usize) -> String {
    match text.char_indices().nth(max) {
        Some((end, _)) => text.get(..end).unwrap_or_default().to_owned() + "…",
        None => text.to_owned(),
    }
}

/// Items of `[…]`, of `{values: […]}`, of `{values: {…}}` or of a single object.
pub(super) fn items(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(list) => list.iter().collect(),
        Value::Object(map) => match map.get("values") {
            Some(Value::Array(list)) => list.iter().collect(),
            Some(single @ Value::Object(_)) => vec![single],
            Some(_) => Vec::new(),
            None => vec![value],
        },
        _ => Vec::new(),
    }
}

/// Pairs of `{k: v}`, `[[k, v]]`, `[{key, value}]`; a list of values is joined by commas.
pub(super) fn entries(value: &Value) -> Vec<(String, String)> {
    let plain = |value: &Value| match value {
        Value::Array(list) => Some(list.iter().filter_map(text).collect::<Vec<_>>().join(",")),
        other => text(other),
    };
    match value {
        Value::Object(map) => map.iter().filter_map(|(key, value)| Some((cut(key, 200), plain(value)?))).collect(),
        Value::Array(list) => list
            .iter()
            .filter_map(|pair| match pair {
                Value::Array(pair) => match pair.as_slice() {
                    [key, value, ..] => Some((text(key)?, plain(value)?)),
                    _ => None,
                },
                Value::Object(pair) => Some((text_of(pair, "key")?, plain(pair.get("value")?)?)),
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// Seconds since the epoch, from a number, a number in a string, or RFC 3339 (UTC where it names no zone).
pub(super) fn time_of(value: Option<&Value>) -> Option<f64> {
    let seconds = match value? {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => text.parse::<f64>().ok().or_else(|| date_seconds(text))?,
        _ => return None,
    };
    seconds.is_finite().then_some(seconds)
}

fn date_seconds(text: &str) -> Option<f64> {
    let stamp = text.parse::<Timestamp>().ok().or_else(|| {
        let civil: civil::DateTime = text.parse().ok()?;
        Some(civil.to_zoned(TimeZone::UTC).ok()?.timestamp())
    })?;
    Some(stamp.as_duration().as_secs_f64())
}

/// Puts `params` of a log entry into its template: `%s`-like places in order, `%(name)s` by name.
pub(super) fn interpolate(template: &str, entry: &Map<String, Value>) -> Option<String> {
    let params = entry.get("params")?;
    let mut ordered = params.as_array().into_iter().flatten();
    let mut out = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((head, tail)) = rest.split_once('%') {
        out.push_str(head);
        let mut chars = tail.chars();
        match chars.next() {
            Some('s' | 'd' | 'i' | 'f' | 'o' | 'O' | 'j' | 'r') => {
                out.push_str(&ordered.next().and_then(text).unwrap_or_else(|| "%s".to_owned()));
                rest = chars.as_str();
            }
            Some('(') => match tail.strip_prefix('(').and_then(|tail| tail.split_once(')')) {
                Some((name, after)) => {
                    out.push_str(&params.get(name).and_then(text).unwrap_or_default());
                    rest = after.strip_prefix(['s', 'd', 'f', 'r']).unwrap_or(after);
                }
                None => {
                    out.push('%');
                    rest = tail;
                }
            },
            Some('%') => {
                out.push('%');
                rest = chars.as_str();
            }
            _ => {
                out.push('%');
                rest = tail;
            }
        }
    }
    out.push_str(rest);
    Some(out)
}
