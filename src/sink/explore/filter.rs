//! Which rows a query takes: `key:value`, `!key:value`, `key:>10`, `key:[a,b]`, `has:key`, `*` as wildcard, and free text.

use serde_json::Value;

use crate::{
    error::{Result, ToolError},
    event::explore::{Dataset, Row},
    sink::query::{self, Order, Word},
};

/// All terms must hold.
#[derive(Debug, Clone)]
pub struct Filter {
    dataset: Dataset,
    terms: Vec<Term>,
}

#[derive(Debug, Clone)]
struct Term {
    negated: bool,
    test: Test,
}

#[derive(Debug, Clone)]
enum Test {
    /// Free text in any field.
    Text(String),
    /// The row has the field.
    Has(String),
    /// The field is like one of these.
    Like(String, Vec<String>),
    /// The field compares so with a number, or with a text such as a time.
    Compare(String, Order, String),
}

impl Filter {
    /// Reads a query.
    pub fn parse(dataset: Dataset, text: &str) -> Result<Self> {
        let terms = query::words(text)?.iter().map(term).collect::<Result<_>>()?;
        Ok(Self { dataset, terms })
    }

    /// Whether a row is meant.
    pub fn takes(&self, row: &Row) -> bool {
        self.terms.iter().all(|term| term.negated != self.holds(&term.test, row))
    }

    /// The fields that it asks for by name, without those that may well be missing.
    pub fn keys(&self) -> Vec<String> {
        let named = self.terms.iter().filter(|term| !term.negated).filter_map(|term| match &term.test {
            Test::Like(key, _) | Test::Compare(key, ..) => Some(key.clone()),
            Test::Text(_) | Test::Has(_) => None,
        });
        named.collect()
    }

    fn holds(&self, test: &Test, row: &Row) -> bool {
        let value = |key: &str| value_of(self.dataset, row, key).filter(|value| !value.is_null());
        match test {
            Test::Text(text) => row.values().any(|value| texts(value).iter().any(|held| like(held, text, true))),
            Test::Has(key) => value(key).is_some(),
            Test::Like(key, wanted) => value(key).is_some_and(|value| {
                texts(value).iter().any(|held| wanted.iter().any(|wanted| like(held, wanted, false)))
            }),
            Test::Compare(key, order, wanted) => {
                let millis = millis_of(self.dataset, key);
                value(key).is_some_and(|value| compares(value, millis, *order, wanted))
            }
        }
    }
}

fn term(word: &Word) -> Result<Term> {
    let Some(key) = &word.key else {
        if matches!(word.value.as_str(), "OR" | "AND") && !word.quoted {
            return Err(ToolError::new(
                format!("`{}` is not understood: all terms of a query must hold in the sink.", word.value),
                "Ask twice, or list values: key:[a,b].",
            ));
        }
        let negated = !word.quoted && word.value.len() > 1 && word.value.starts_with('!');
        let text = if negated { word.value.trim_start_matches('!') } else { &word.value };
        return Ok(Term { negated, test: Test::Text(text.to_owned()) });
    };
    let negated = key.starts_with('!');
    let key = key.trim_start_matches('!').to_owned();
    let orders = [(">=", Order::AtLeast), ("<=", Order::AtMost), (">", Order::More), ("<", Order::Less)];
    let order = orders.into_iter().find_map(|(sign, order)| Some((order, word.value.strip_prefix(sign)?)));
    let test = match order {
        _ if word.value.is_empty() && !word.quoted => {
            // `TypeError: x` pasted as it is.
            return Ok(Term { negated, test: Test::Text(key) });
        }
        _ if key == "has" => Test::Has(word.value.clone()),
        Some((order, value)) if !word.quoted => Test::Compare(key, order, value.to_owned()),
        _ => Test::Like(key, query::values(word)),
    };
    Ok(Term { negated, test })
}

/// The value of a field, by its own name or another that it goes by.
pub fn value_of<'a>(dataset: Dataset, row: &'a Row, field: &str) -> Option<&'a Value> {
    let inner = |prefix: &str| field.strip_prefix(prefix).and_then(|rest| rest.strip_suffix(']'));
    let field = inner("tags[").or_else(|| inner("tag[")).map_or(field, |tag| tag.split(',').next().unwrap_or(tag));
    // Attributes of version 2 have the SDK's own in a name space: `sentry.environment`.
    let own = || row.get(&format!("sentry.{field}"));
    row.get(field).or_else(|| row.get(alias(dataset, field)?)).or_else(own)
}

fn alias(dataset: Dataset, field: &str) -> Option<&'static str> {
    Some(match (field, dataset) {
        ("trace_id" | "traceId", _) => "trace",
        ("time" | "received", _) => "timestamp",
        ("event_id", Dataset::Errors)
        | ("span_id" | "span.id", Dataset::Spans)
        | ("profile.id" | "profile_id", Dataset::Profiles)
        | ("replay_id" | "replay.id" | "replayId", Dataset::Replays)
        | ("check_in_id", Dataset::CheckIns) => "id",
        ("level", Dataset::Logs) => "severity",
        ("severity", Dataset::Errors) => "level",
        ("body", Dataset::Logs) => "message",
        ("name", Dataset::Metrics) => "metric.name",
        ("type", Dataset::Metrics) => "metric.type",
        ("unit", Dataset::Metrics) => "metric.unit",
        ("op", Dataset::Spans) => "span.op",
        ("description" | "name" | "span.name", Dataset::Spans) => "span.description",
        ("duration" | "transaction.duration", Dataset::Spans) => "span.duration",
        ("status", Dataset::Spans) => "span.status",
        ("parent_span_id" | "span.parent", Dataset::Spans) => "parent_span",
        ("platform", Dataset::Errors) => "platform.name",
        ("handled", Dataset::Errors) => "error.handled",
        ("replay" | "replay_id" | "replay.id", Dataset::Errors) => "replayId",
        ("monitor" | "slug", Dataset::CheckIns) => "monitor.slug",
        ("project.name" | "project.id" | "project_id", _) => "project",
        _ => return None,
    })
}

/// Milliseconds in one of the unit that a field's values are in, where they are a time.
fn millis_of(dataset: Dataset, field: &str) -> f64 {
    match (dataset, field) {
        (Dataset::Replays | Dataset::CheckIns, "duration") => 1_000.0,
        _ => 1.0,
    }
}

/// A number with a unit of time in the unit of the field, any other as it is.
fn number(text: &str, millis: f64) -> Option<f64> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let amount: f64 = digits.parse().ok()?;
    let unit = match text.strip_prefix(digits)? {
        "" => return Some(amount),
        "ms" => 1.0,
        "us" => 0.001,
        "s" => 1_000.0,
        "m" | "min" => 60_000.0,
        "h" => 3_600_000.0,
        "d" => 86_400_000.0,
        _ => return None,
    };
    Some(amount * unit / millis)
}

fn compares(value: &Value, millis: f64, order: Order, wanted: &str) -> bool {
    let found = value.as_f64().or_else(|| value.as_str()?.parse().ok());
    let ordering = match (found, number(wanted, millis), value.as_str()) {
        (Some(found), Some(wanted), _) => found.total_cmp(&wanted),
        // Times in RFC 3339 sort as texts.
        (_, _, Some(text)) => text.cmp(wanted),
        _ => return false,
    };
    match order {
        Order::Equal => ordering.is_eq(),
        Order::More => ordering.is_gt(),
        Order::AtLeast => ordering.is_ge(),
        Order::Less => ordering.is_lt(),
        Order::AtMost => ordering.is_le(),
    }
}

/// A value as texts; a list as each of its members.
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::Null => Vec::new(),
        Value::String(text) => vec![text.clone()],
        Value::Array(list) => list.iter().take(100).flat_map(texts).collect(),
        other => vec![other.to_string()],
    }
}

/// Whether `text` is like `wanted`, in any case, where `*` stands for anything; anywhere in it when `within`.
fn like(text: &str, wanted: &str, within: bool) -> bool {
    let (text, wanted) = (text.to_lowercase(), wanted.to_lowercase());
    if within && !wanted.contains('*') {
        return text.contains(&wanted);
    }
    let parts: Vec<&str> = wanted.split('*').collect();
    let [first, middle @ .., last] = parts.as_slice() else { return text == wanted };
    let mut rest = text.as_str();
    if !within {
        let Some(after) = rest.strip_prefix(first) else { return false };
        rest = after;
    } else if let Some((_, after)) = rest.split_once(first) {
        rest = after;
    } else {
        return false;
    }
    for part in middle {
        let Some((_, after)) = rest.split_once(part) else { return false };
        rest = after;
    }
    if within { rest.contains(last) } else { rest.ends_with(last) }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Filter, like};
    use crate::event::explore::{Dataset, Row};

    #[test]
    fn wildcards() {
        for (text, wanted, expected) in [
            ("GET /api", "get /api", true),
            ("GET /api/1", "GET /api", false),
            ("GET /api/1", "GET*", true),
            ("GET /api/1", "*api*", true),
            ("GET /api/1", "*/2", false),
            ("aXbYc", "a*b*c", true),
            ("aXcYb", "a*b*c", false),
            ("ab", "a*b*b", false),
        ] {
            assert_eq!(like(text, wanted, false), expected, "{text} {wanted}");
        }
    }

    #[test]
    fn names_and_units_are_those_of_the_dataset() {
        let Value::Object(row) = json!({"id": "a", "span_id": "b", "replayId": "c", "duration": 90}) else { return };
        for (dataset, query, expected) in [
            (Dataset::Errors, "event_id:a", true),
            (Dataset::Errors, "replay_id:c", true),
            (Dataset::Errors, "profile.id:a", false),
            (Dataset::Logs, "event_id:a", false),
            (Dataset::Logs, "span_id:b", true),
            (Dataset::Spans, "replay_id:a", false),
            (Dataset::Spans, "span.id:a", true),
            (Dataset::Replays, "replay_id:a", true),
            (Dataset::Replays, "event_id:a", false),
            (Dataset::Profiles, "profile.id:a", true),
            (Dataset::CheckIns, "check_in_id:a", true),
            // Seconds.
            (Dataset::Replays, "duration:>1m", true),
            (Dataset::Replays, "duration:>2m", false),
            (Dataset::Replays, "duration:<=90s", true),
            (Dataset::Replays, "duration:>89", true),
            (Dataset::CheckIns, "duration:>100s", false),
            (Dataset::CheckIns, "duration:<1d", true),
            // Milliseconds.
            (Dataset::Profiles, "duration:>1m", false),
            (Dataset::Profiles, "duration:>89ms", true),
        ] {
            let taken = Filter::parse(dataset, query).is_ok_and(|filter| filter.takes(&row));
            assert_eq!(taken, expected, "{} {query}", dataset.word());
        }
    }

    #[test]
    fn takes_what_is_meant() {
        let Value::Object(row) = json!({"timestamp": "2026-11-20T09:15:40.000Z", "span.op": "db", "span.duration": 120.5,
            "span.description": "SELECT * FROM price", "http.status": 500, "tags": ["a", "b"]})
        else {
            return;
        };
        let row: Row = row;
        for (query, expected) in [
            ("", true),
            ("span.op:db", true),
            ("op:db duration:>100ms", true),
            ("duration:>1s", false),
            ("!op:db", false),
            ("op:[http,db]", true),
            ("price", true),
            ("!price", false),
            ("\"FROM price\"", true),
            ("http.status:500", true),
            ("http.status:>=500", true),
            ("tags:b", true),
            ("has:tags !has:nothing", true),
            ("timestamp:>2026-11-20T09:00", true),
            ("nothing:x", false),
            ("!nothing:x", true),
        ] {
            let taken = Filter::parse(Dataset::Spans, query).is_ok_and(|filter| filter.takes(&row));
            assert_eq!(taken, expected, "{query}");
        }
        assert!(Filter::parse(Dataset::Spans, "a OR b").is_err());
    }
}
