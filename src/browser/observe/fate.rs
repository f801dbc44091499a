//! What became of an envelope, judged by the response it got.

use serde_json::Value;

use crate::event::Fate;

/// The fate of an envelope whose last request had this `method` and this response.
pub fn of_response(status: u16, response: &Value, method: &str) -> Fate {
    let is_html = || {
        let mime = response.get("mimeType").and_then(Value::as_str).unwrap_or_default();
        mime.contains("html") || header(response, "content-type").is_some_and(|ty| ty.contains("html"))
    };
    match status {
        429 => Fate::RateLimited,
        200..=299 if header(response, "x-sentry-rate-limits").is_some() => Fate::RateLimited,
        // A 302 turned the POST into a GET: the envelope was dropped on the way.
        200..=299 if method != "POST" || is_html() => Fate::RedirectedToHtml,
        200..=299 => Fate::Accepted,
        300..=399 => Fate::RedirectedToHtml,
        404 | 405 => Fate::NotFound,
        _ => Fate::Rejected,
    }
}

/// A header of a BiDi request or response, in lower case; lower-case name.
pub fn header(message: &Value, name: &str) -> Option<String> {
    header_as_sent(message, name).map(str::to_ascii_lowercase)
}

/// A header of a BiDi request or response; lower-case name.
pub fn header_as_sent<'a>(message: &'a Value, name: &str) -> Option<&'a str> {
    let headers = message.get("headers")?.as_array()?;
    let found = headers.iter().find(|header| {
        header.get("name").and_then(Value::as_str).is_some_and(|header| header.eq_ignore_ascii_case(name))
    })?;
    found.pointer("/value/value").and_then(Value::as_str)
}
