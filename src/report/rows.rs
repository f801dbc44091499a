//! Rows and values over time, for a model: one line a row, and only what the row has.

use serde_json::Value;

use super::{Text, count};
use crate::{
    event::explore::{Row, Series},
    redact,
};

/// Characters of one value.
const VALUE: usize = 160;
/// Members of a list that are shown.
const MEMBERS: usize = 5;
/// Values of a series that are shown.
const VALUES: usize = 60;

/// `timestamp=… title=«…»`, for a line of ours; the fields' names come from whoever asked.
pub fn row(row: &Row) -> String {
    if row.is_empty() {
        return "(none of the fields)".to_owned();
    }
    let said = row.iter().map(|(field, value)| format!("{}={}", name(field), shown(field, value)));
    said.collect::<Vec<_>>().join(" ")
}

/// A row for structured content: values cut, secrets left out.
pub fn plain_row(row: &Row) -> Row {
    let plain = |field: &str, value: &Value| match value {
        Value::String(text) => Value::String(Text::plain(&clean(field, text), VALUE)),
        Value::Array(list) => {
            let clean = list.iter().take(MEMBERS).map(|one| match one {
                Value::String(text) => Value::String(Text::plain(&clean(field, text), VALUE)),
                other => plain_json(&redact::json(other)),
            });
            Value::Array(clean.collect())
        }
        other => plain_json(&redact::json(other)),
    };
    row.iter().map(|(field, value)| (Text::plain(field, 80), plain(field, value))).collect()
}

/// A value of a value, without secrets: each text in it, and each name, is one clean line.
fn plain_json(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(Text::plain(text, VALUE)),
        Value::Array(list) => list.iter().map(plain_json).collect(),
        Value::Object(map) => map.iter().map(|(name, below)| (Text::plain(name, 80), plain_json(below))).collect(),
        other => other.clone(),
    }
}

fn name(field: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || "_.-()[],|/*".contains(c);
    if field.len() <= 80 && field.chars().all(bare) { field.to_owned() } else { Text::quoted(field, 80) }
}

fn clean(field: &str, text: &str) -> String {
    let text = redact::shown(field, text);
    if text.contains("://") && !text.contains(char::is_whitespace) { redact::url(text) } else { redact::text(text) }
}

fn shown(field: &str, value: &Value) -> String {
    match value {
        Value::String(text) if text.len() < 40 && text.parse::<jiff::Timestamp>().is_ok() => text.clone(),
        Value::String(text) => Text::word(&clean(field, text), VALUE),
        Value::Number(number) => number.as_f64().map_or_else(|| number.to_string(), |value| exact(number, value)),
        Value::Bool(truth) => truth.to_string(),
        Value::Null => "none".to_owned(),
        Value::Array(list) => {
            let said: Vec<String> = list.iter().take(MEMBERS).map(|one| shown(field, one)).collect();
            let more = list.len().saturating_sub(said.len());
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            format!("[{}{more}]", said.join(", "))
        }
        Value::Object(_) => Text::quoted(&redact::json(value).to_string(), VALUE),
    }
}

/// A number as it came, without the `.0` of a whole one and without digits that say nothing.
fn exact(number: &serde_json::Number, value: f64) -> String {
    if number.is_f64() && value != 0.0 && value.abs() < 0.01 {
        self::number(value)
    } else if number.is_f64() {
        format!("{:.3}", value).trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        number.to_string()
    }
}

/// A number as people write it: no more digits than say something.
pub fn number(value: f64) -> String {
    let size = value.abs();
    if size >= 100.0 || value.fract() == 0.0 {
        return format!("{value:.0}");
    }
    if size < 1e-6 {
        return format!("{value:.1e}");
    }
    // Small ones keep two digits that are not 0: among values that are not 0, none reads 0.
    let small = [(0.1, 2), (0.01, 3), (0.001, 4), (0.000_1, 5), (0.000_01, 6)];
    let digits = small.into_iter().find(|(least, _)| size >= *least).map_or(7, |(_, digits)| digits);
    let said = format!("{value:.digits$}");
    if digits > 2 { said.trim_end_matches('0').to_owned() } else { said }
}

/// Values over time: a head, and the values that are not 0.
pub fn series(text: &mut Text, series: &Series) {
    let group: Vec<String> = series
        .group
        .iter()
        .map(|(field, value)| format!("{}={}", name(field), Text::word(&clean(field, value), 80)))
        .collect();
    let group = match (series.is_other, group.is_empty()) {
        (true, _) => " of all others".to_owned(),
        (false, true) => String::new(),
        (false, false) => format!(" of {}", group.join(" ")),
    };
    let unit = series.unit.as_deref().map(|unit| format!(" ({})", Text::word(unit, 40))).unwrap_or_default();
    let known: Vec<(i64, f64)> = series.values.iter().filter_map(|(at, value)| Some((*at, (*value)?))).collect();
    let highest = known.iter().copied().max_by(|a, b| a.1.total_cmp(&b.1));
    let sum = if series.name.starts_with("count(") || series.name.starts_with("sum(") {
        format!(", {} in all", number(known.iter().map(|(_, value)| value).sum()))
    } else {
        String::new()
    };
    let highest =
        highest.map(|(at, value)| format!(", highest {} at {}", number(value), moment(at))).unwrap_or_default();
    text.line(format!(
        "{}{unit}{group}: {} of {} s{sum}{highest}.",
        name(&series.name),
        count(series.values.len() as u64, "stretch").replace("stretchs", "stretches"),
        series.interval,
    ));
    let other: Vec<&(i64, f64)> = known.iter().filter(|(_, value)| *value != 0.0).collect();
    let left_out = other.len().saturating_sub(VALUES);
    let said: Vec<String> =
        other.iter().skip(left_out).map(|(at, value)| format!("{} {}", moment(*at), number(*value))).collect();
    if !said.is_empty() {
        let zeros = if other.len() < known.len() { "; the others are 0" } else { "" };
        let more = if left_out > 0 { format!("; {left_out} earlier ones left out") } else { String::new() };
        let open = if series.open { "; the last is not over yet" } else { "" };
        text.line(format!("  {}{zeros}{more}{open}.", said.join(", ")));
    }
}

/// `2026-11-20T09:00Z`.
fn moment(ms: i64) -> String {
    let stamp = jiff::Timestamp::from_millisecond(ms).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    let said = format!("{stamp:.0}");
    said.strip_suffix(":00Z").map_or(said.clone(), |short| format!("{short}Z"))
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn numbers_say_something() {
        for (value, expected) in [
            (0.0, "0"),
            (1234.56, "1235"),
            (12.0, "12"),
            (12.345, "12.35"),
            (-0.5, "-0.50"),
            (0.05, "0.05"),
            (0.00312, "0.0031"),
            (0.000_004, "0.000004"),
            (0.000_000_25, "2.5e-7"),
        ] {
            assert_eq!(number(value), expected, "{value}");
        }
    }
}
