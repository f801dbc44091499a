//! CSP reports as events: the `report-uri` object and the Reporting API's list. Pure.

use serde_json::{Map, Value, json};

/// At most this many reports of one request are taken.
const MAX_REPORTS: usize = 50;

/// A report.
#[derive(Debug)]
pub struct Report {
    /// As it came.
    pub raw: Value,
    /// The event that it makes.
    pub event: Value,
}

/// The reports of a body. `query` is the request's query string (`sentry_release`, `sentry_environment`).
pub fn events(body: &[u8], query: &str) -> Result<Vec<Report>, String> {
    let value: Value = serde_json::from_slice(body).map_err(|error| format!("the body is no JSON: {error}"))?;
    let reports = match &value {
        Value::Array(list) => list
            .iter()
            .filter(|report| report.get("type").and_then(Value::as_str) == Some("csp-violation"))
            .filter_map(|report| Some((report.clone(), report.get("body")?.as_object()?.clone())))
            .take(MAX_REPORTS)
            .collect::<Vec<_>>(),
        Value::Object(object) => match object.get("csp-report").and_then(Value::as_object) {
            Some(report) => vec![(value.clone(), report.clone())],
            None => return Err("it has no `csp-report`".into()),
        },
        _ => return Err("it is no JSON object or array".into()),
    };
    Ok(reports.into_iter().map(|(raw, report)| Report { raw, event: event(report, query) }).collect())
}

fn event(report: Map<String, Value>, query: &str) -> Value {
    // `report-uri` bodies spell `blocked-uri`, the Reporting API `blockedURL`.
    let text = |keys: &[&str]| keys.iter().find_map(|key| report.get(*key)?.as_str()).unwrap_or_default().to_owned();
    let directive = text(&["effective-directive", "effectiveDirective", "violated-directive"]);
    let directive = directive.split_whitespace().next().unwrap_or("unknown").to_owned();
    let blocked = text(&["blocked-uri", "blockedURL"]);
    let mut event = json!({
        "type": "csp",
        "platform": "other",
        "logger": "csp",
        "level": "error",
        "timestamp": jiff::Timestamp::now().as_millisecond() as f64 / 1000.0,
        "message": format!("Blocked '{directive}' from '{blocked}'"),
        "request": { "url": text(&["document-uri", "documentURL"]) },
        "tags": { "effective-directive": directive, "blocked-uri": blocked },
    });
    if let Some(object) = event.as_object_mut() {
        for (key, value) in url::form_urlencoded::parse(query.as_bytes()) {
            if let Some(name @ ("release" | "environment")) = key.strip_prefix("sentry_") {
                object.insert(name.to_owned(), Value::String(value.into_owned()));
            }
        }
        object.insert("csp".into(), Value::Object(report));
    }
    event
}
