//! What else an event says: request, user, tags, contexts, extra. Short, and without secrets. Everything is untrusted.

use serde_json::{Map, Value};

use super::{lines::one_line, section::Row};
use crate::{
    event::{Event, RequestInfo, TagSpread},
    redact,
};

/// Headers that say something of a fault; the others are shown where the request alone is asked for.
const HEADERS: [&str; 6] = ["user-agent", "referer", "origin", "content-type", "x-request-id", "traceparent"];
/// Contexts that the reply says elsewhere.
const ELSEWHERE: [&str; 3] = ["trace", "replay", "feedback"];
/// Tags that only repeat other fields.
const REPEATED: [&str; 4] = ["replayId", "level", "environment", "release"];

/// The request or page, a line each. `wide`: more of long values.
pub(super) fn request(event: &Event, wide: bool) -> Vec<Row> {
    let Some(request) = event.request.as_ref() else { return Vec::new() };
    let mut rows = Vec::new();
    let method = request.method.as_deref().map(|method| one_line(method, 20) + " ").unwrap_or_default();
    let mut address = redact::url(request.url.as_deref().unwrap_or_default());
    if let Some(query) = request.query_string.as_deref().filter(|_| !address.contains('?')) {
        address.push('?');
        address.push_str(&redact::query(query.trim_start_matches('?')));
    }
    let address = one_line(&address, if wide { 2_000 } else { 400 });
    if !address.is_empty() || !method.is_empty() {
        rows.push(Row::one(format!("{method}{address}")));
    }
    headers(request, wide, event.contexts.contains_key("browser"), &mut rows);
    if let Some(data) = &request.data {
        let body = match data {
            Value::String(text) => match serde_json::from_str::<Value>(text) {
                Ok(inner @ (Value::Object(_) | Value::Array(_))) => redact::json(&inner).to_string(),
                _ if text.contains('=') && !text.contains(char::is_whitespace) => redact::query(text),
                _ => redact::text(&one_line(text, 6_000)),
            },
            other => redact::json(other).to_string(),
        };
        rows.push(Row::one(format!("  body: {}", one_line(&body, if wide { 4_000 } else { 400 }))));
    }
    rows
}

/// `browser`: a context says already what the user agent would.
fn headers(request: &RequestInfo, wide: bool, browser: bool, rows: &mut Vec<Row>) {
    for (name, value) in &request.headers {
        let known = HEADERS.iter().any(|header| header.eq_ignore_ascii_case(name))
            && !(browser && name.eq_ignore_ascii_case("user-agent"));
        if wide || known || redact::is_secret(name) {
            let value = if value.contains("://") { redact::url(value) } else { value.clone() };
            let most = if wide { 600 } else { 160 };
            rows.push(Row::one(format!("  {}: {}", one_line(name, 60), one_line(redact::shown(name, &value), most))));
        }
    }
}

/// The user, on one line; what else the app said of them on a second one.
pub(super) fn user(event: &Event, wide: bool) -> Vec<Row> {
    let Some(user) = event.user.as_ref() else { return Vec::new() };
    let name = user.name.as_ref().filter(|name| user.username.as_ref() != Some(name)).cloned();
    let fields = [
        ("id", &user.id),
        ("email", &user.email),
        ("username", &user.username),
        ("name", &name),
        ("ip", &user.ip_address),
        ("geo", &user.geo),
    ];
    let said: Vec<String> = fields
        .into_iter()
        .filter_map(|(name, value)| value.as_deref().map(|value| format!("{name}={}", one_line(value, 80))))
        .chain(fields_of(&user.data, if wide { 1_000 } else { 240 }))
        .collect();
    if said.is_empty() { Vec::new() } else { vec![Row::one(said.join(", "))] }
}

/// Tags that say something new, each with how its value is spread over the issue where that is known; and what else the
/// issue's other events have.
pub(super) fn tags(event: &Event, spread: &[TagSpread], wide: bool) -> Vec<Row> {
    let most = if wide { 500 } else { 120 };
    let of = |key: &str| spread.iter().find(|spread| spread.key == key);
    let news = |key: &str| wide || !REPEATED.contains(&key) || of(key).is_some_and(|spread| spread.top.len() > 1);
    let said =
        |key: &str, value: &str| !wide && of(key).is_none_or(|it| it.top.len() < 2) && is_said(event, key, value);
    let own = event.tags.iter().filter(|(key, value)| news(key) && !said(key, value)).map(|(key, value)| {
        let secret = redact::is_secret(key);
        let spread = of(key).filter(|_| !secret).map(|spread| shares(spread, Some(value), wide)).unwrap_or_default();
        format!("{}={}{spread}", one_line(key, 40), one_line(redact::shown(key, value), most))
    });
    let has = |key: &str| event.tags.iter().any(|(own, _)| own == key);
    let others = spread.iter().filter(|spread| !has(&spread.key) && !spread.top.is_empty());
    let others = others
        .filter(|spread| !redact::is_secret(&spread.key))
        .map(|spread| format!("{} in other events{}", one_line(&spread.key, 40), shares(spread, None, wide)));
    own.chain(others).map(Row::one).collect()
}

/// Whether a tag only repeats what the reply says elsewhere: the head, the request, the user, a context.
fn is_said(event: &Event, key: &str, value: &str) -> bool {
    let mechanism = event.exceptions.last().and_then(|exception| exception.mechanism.as_ref());
    match key {
        "url" => event
            .request
            .as_ref()
            .and_then(|request| request.url.as_deref())
            .is_some_and(|url| value == url || value.strip_prefix(url).is_some_and(|rest| rest.starts_with('?'))),
        "transaction" => event.transaction.as_deref() == Some(value),
        "server_name" => event.server_name.as_deref() == Some(value),
        "logger" => event.logger.as_deref() == Some(value),
        "handled" => mechanism.is_some_and(|mechanism| mechanism.handled.is_some()),
        "mechanism" => mechanism.is_some_and(|mechanism| mechanism.ty.as_deref() == Some(value)),
        "user" => event.user.as_ref().and_then(crate::event::User::key).as_deref() == Some(value),
        _ => {
            let context = event.contexts.get(key.strip_suffix(".name").unwrap_or(key));
            let named = |key: &str| context?.get(key)?.as_str();
            let (name, version) = (named("name"), named("version").unwrap_or_default());
            name.is_some_and(|name| value == name || value == format!("{name} {version}"))
        }
    }
}

/// ` (91%; Safari 9%)`: the share of the event's own value, then the most frequent other ones.
fn shares(spread: &TagSpread, own: Option<&String>, wide: bool) -> String {
    let sum: u64 = spread.top.iter().map(|(_, count)| count).sum();
    let total = spread.total.unwrap_or(sum).max(sum);
    if total == 0 {
        return String::new();
    }
    let percent = |count: u64| match count.saturating_mul(100) / total {
        0 => "<1%".to_owned(),
        percent => format!("{percent}%"),
    };
    let mut said: Vec<String> = Vec::new();
    let is_own = |value: &String| own == Some(value);
    said.extend(spread.top.iter().find(|(value, _)| is_own(value)).map(|(_, count)| percent(*count)));
    let others = spread.top.iter().filter(|(value, _)| !is_own(value)).take(if wide { 12 } else { 2 });
    said.extend(others.map(|(value, count)| format!("{} {}", one_line(&redact::text(value), 60), percent(*count))));
    if said.is_empty() {
        return String::new();
    }
    let more = spread.values.unwrap_or(0).saturating_sub(said.len() as u64);
    if more > 0 {
        said.push(format!("{more} more"));
    }
    format!(" ({})", said.join("; "))
}

/// Contexts and extra, one a line.
pub(super) fn contexts(event: &Event, wide: bool) -> Vec<Row> {
    let contexts = event.contexts.iter().filter(|(name, _)| !ELSEWHERE.contains(&name.as_str()));
    let server = event.server_name.iter().map(|name| ("server_name".to_owned(), one_line(name, 80)));
    let logger = event.logger.iter().map(|name| ("logger".to_owned(), one_line(name, 80)));
    let contexts = contexts.filter_map(|(name, value)| Some((name.clone(), context(value, wide)?)));
    let extra = event.extra.iter().map(|(name, value)| {
        let value = if redact::is_secret(name) { redact::REDACTED.to_owned() } else { redact::json(value).to_string() };
        (format!("extra {name}"), one_line(&value, if wide { 2_000 } else { 200 }))
    });
    let all = server.chain(logger).chain(contexts).chain(extra);
    let indent = if wide { "  " } else { "" };
    all.map(|(name, said)| Row::one(format!("{indent}{}: {said}", one_line(&name, 60)))).collect()
}

/// `Chrome 156.0.0`, or the fields on one line.
fn context(value: &Value, wide: bool) -> Option<String> {
    let most = if wide { 2_000 } else { 240 };
    let Value::Object(map) = value else { return Some(one_line(&redact::json(value).to_string(), most)) };
    let named = |key: &str| map.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    if let Some(name) = named("name").filter(|_| map.len() <= if wide { 3 } else { 6 }) {
        let version = named("version").or_else(|| named("build")).map(|version| format!(" {version}"));
        return Some(one_line(&(name.to_owned() + &version.unwrap_or_default()), 120));
    }
    let said: Vec<String> = fields_of(map, most).collect();
    (!said.is_empty()).then(|| said.join(", "))
}

/// `key=value` of each field, in at most `budget` characters, with a word on what is left out.
fn fields_of(map: &Map<String, Value>, budget: usize) -> impl Iterator<Item = String> {
    let mut out = Vec::new();
    let (mut used, mut left_out) = (0, 0);
    for (key, value) in map.iter().filter(|(key, value)| *key != "type" && !value.is_null()) {
        let text = match value {
            _ if redact::is_secret(key) => redact::REDACTED.to_owned(),
            Value::String(text) => redact::url(text),
            other => redact::json(other).to_string(),
        };
        let said = format!("{}={}", one_line(key, 40), one_line(&text, budget / 2));
        if used + said.chars().count() + 2 > budget {
            left_out += 1;
            continue;
        }
        used += said.chars().count() + 2;
        out.push(said);
    }
    if left_out > 0 {
        out.push(format!("({left_out} more left out)"));
    }
    out.into_iter()
}
