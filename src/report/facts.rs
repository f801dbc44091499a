//! What else an event says: request, user, tags, contexts, extra. Short, and without secrets. Everything is untrusted.

use serde_json::{Map, Value};

use super::lines::{Lines, one_line};
use crate::{
    event::{Event, RequestInfo},
    redact,
};

/// Headers that say something of a fault; the rest is counted.
const HEADERS: [&str; 8] =
    ["user-agent", "referer", "origin", "content-type", "accept", "host", "x-request-id", "traceparent"];
/// Contexts that the reply says elsewhere.
const ELSEWHERE: [&str; 3] = ["trace", "replay", "feedback"];
/// Tags that only repeat other fields.
const REPEATED: [&str; 4] = ["replayId", "level", "environment", "release"];

/// The request or page, in at most `budget` characters; `None` = there is none.
pub fn request(event: &Event, budget: usize) -> Option<String> {
    let request = event.request.as_ref()?;
    let mut lines = Lines::new(budget);
    let method = request.method.as_deref().map(|method| one_line(method, 20) + " ").unwrap_or_default();
    let mut address = redact::url(request.url.as_deref().unwrap_or_default());
    if let Some(query) = request.query_string.as_deref().filter(|_| !address.contains('?')) {
        address.push('?');
        address.push_str(&redact::query(query.trim_start_matches('?')));
    }
    let address = one_line(&address, 400);
    if !address.is_empty() || !method.is_empty() {
        lines.push(&format!("{method}{address}"));
    }
    headers(request, &mut lines);
    if let Some(data) = &request.data {
        let body = match data {
            Value::String(text) => match serde_json::from_str::<Value>(text) {
                Ok(inner @ (Value::Object(_) | Value::Array(_))) => redact::json(&inner).to_string(),
                _ if text.contains('=') && !text.contains(char::is_whitespace) => redact::query(text),
                _ => redact::text(&one_line(text, 600)),
            },
            other => redact::json(other).to_string(),
        };
        lines.push(&format!("  body: {}", one_line(&body, 400)));
    }
    if lines.is_full() {
        lines.note("  (more left out)");
    }
    let said = lines.finish();
    (!said.is_empty()).then_some(said)
}

fn headers(request: &RequestInfo, lines: &mut Lines) {
    let mut other = Vec::new();
    for (name, value) in &request.headers {
        let known = HEADERS.iter().any(|header| header.eq_ignore_ascii_case(name));
        if known || redact::is_secret(name) {
            let value = if value.contains("://") { redact::url(value) } else { value.clone() };
            lines.push(&format!("  {}: {}", one_line(name, 60), one_line(redact::shown(name, &value), 160)));
        } else {
            other.push(one_line(name, 40));
        }
    }
    if !other.is_empty() {
        lines.push(&format!("  other headers: {}", one_line(&other.join(", "), 200)));
    }
}

/// The user, on one line.
pub fn user(event: &Event) -> Option<String> {
    let user = event.user.as_ref()?;
    let fields = [("id", &user.id), ("email", &user.email), ("username", &user.username), ("ip", &user.ip_address)];
    let said: Vec<String> = fields
        .into_iter()
        .filter_map(|(name, value)| value.as_deref().map(|value| format!("{name}={}", one_line(value, 80))))
        .collect();
    (!said.is_empty()).then(|| said.join(", "))
}

/// Tags that say something new, on one line of at most `budget` characters.
pub fn tags(event: &Event, budget: usize) -> Option<String> {
    let tags = event.tags.iter().filter(|(key, _)| !REPEATED.contains(&key.as_str()));
    let said = tags.map(|(key, value)| format!("{}={}", one_line(key, 40), one_line(redact::shown(key, value), 120)));
    joined(said, ", ", budget)
}

/// Contexts and extra, one a line, in at most `budget` characters.
pub fn contexts(event: &Event, budget: usize) -> Option<String> {
    let mut lines = Lines::new(budget);
    let mut left_out = 0;
    let contexts = event.contexts.iter().filter(|(name, _)| !ELSEWHERE.contains(&name.as_str()));
    let server = event.server_name.iter().map(|name| ("server_name".to_owned(), one_line(name, 80)));
    let logger = event.logger.iter().map(|name| ("logger".to_owned(), one_line(name, 80)));
    let contexts = contexts.filter_map(|(name, value)| Some((name.clone(), context(value)?)));
    let extra = event.extra.iter().map(|(name, value)| {
        let value = if redact::is_secret(name) { redact::REDACTED.to_owned() } else { redact::json(value).to_string() };
        (format!("extra {name}"), one_line(&value, 200))
    });
    for (name, said) in server.chain(logger).chain(contexts).chain(extra) {
        if !lines.push(&format!("  {}: {said}", one_line(&name, 60))) {
            left_out += 1;
        }
    }
    if left_out > 0 {
        lines.note(&format!("  ({left_out} more left out)"));
    }
    let said = lines.finish();
    (!said.is_empty()).then_some(said)
}

/// `Chrome 156.0.0`, or the fields on one line.
fn context(value: &Value) -> Option<String> {
    let Value::Object(map) = value else { return Some(one_line(&redact::json(value).to_string(), 200)) };
    let named = |key: &str| map.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    if let Some(name) = named("name").filter(|_| map.len() <= 6) {
        let version = named("version").or_else(|| named("build")).map(|version| format!(" {version}"));
        return Some(one_line(&(name.to_owned() + &version.unwrap_or_default()), 120));
    }
    fields(map)
}

fn fields(map: &Map<String, Value>) -> Option<String> {
    let said = map.iter().filter(|(key, value)| *key != "type" && !value.is_null()).map(|(key, value)| {
        let text = match value {
            _ if redact::is_secret(key) => redact::REDACTED.to_owned(),
            Value::String(text) => redact::url(text),
            other => redact::json(other).to_string(),
        };
        format!("{}={}", one_line(key, 40), one_line(&text, 120))
    });
    joined(said, ", ", 240)
}

fn joined(said: impl Iterator<Item = String>, separator: &str, budget: usize) -> Option<String> {
    let mut out = String::new();
    let mut left_out = 0;
    let mut used = 0;
    for said in said {
        let length = said.chars().count() + separator.len();
        if used + length > budget {
            left_out += 1;
            continue;
        }
        if used > 0 {
            out.push_str(separator);
        }
        used += length;
        out.push_str(&said);
    }
    if left_out > 0 {
        out.push_str(&format!(" ({left_out} more left out)"));
    }
    (!out.is_empty()).then_some(out)
}
