//! What Sentry's SDK records by itself: breadcrumbs, performance spans, its options.

use serde_json::Value;

use super::{
    Kind, Moment, Reader,
    read::{line, url},
    seconds,
};
use crate::redact;

/// Clicks in a row from which Sentry speaks of rage.
const RAGE: u64 = 5;

/// Reads a custom event: `{tag, payload}`.
pub(super) fn read(reader: &mut Reader, at: f64, data: &Value) {
    let payload = data.get("payload").unwrap_or(&Value::Null);
    match data.get("tag").and_then(Value::as_str) {
        Some("breadcrumb") => breadcrumb(reader, at, payload),
        Some("performanceSpan") => span(reader, at, payload),
        Some("options") => reader.masks_text = payload.get("maskAllText").and_then(Value::as_bool),
        _ => {}
    }
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn breadcrumb(reader: &mut Reader, at: f64, crumb: &Value) {
    let at = crumb.get("timestamp").and_then(Value::as_f64).map_or(at, seconds);
    let data = crumb.get("data").unwrap_or(&Value::Null);
    let node = data.get("nodeId").or_else(|| data.get("node")?.get("id")).and_then(Value::as_i64);
    let message = line(text(crumb, "message"), 200);
    let category = text(crumb, "category");
    if let Some(node) = node.filter(|_| category.starts_with("ui.") && !message.is_empty()) {
        reader.nodes.call(node, &message);
    }
    let moment = match category {
        "ui.click" => Moment::new(at, Kind::Click, message).on(node).by_sdk(),
        "ui.slowClickDetected" => slow_click(at, &message, data).on(node),
        "ui.multiClick" => {
            let times = data.get("clickCount").and_then(Value::as_u64).unwrap_or(2);
            Moment::new(at, Kind::SlowClick, format!("{message} (clicked {times} times in a row)")).bad(times >= RAGE)
        }
        "ui.input" => Moment::new(at, Kind::Input, message).on(node),
        "ui.keyDown" => Moment::new(at, Kind::Input, key(&message, data)),
        "ui.focus" | "ui.blur" => {
            let what = if category == "ui.blur" { "left" } else { "came back" };
            Moment::new(at, Kind::Note, format!("the user {what} the page"))
        }
        "console" => {
            let level = text(crumb, "level");
            let level = if level.is_empty() { "log" } else { level };
            Moment::new(at, Kind::Console, format!("{} {message}", line(level, 20)))
                .bad(matches!(level, "error" | "fatal" | "assert"))
        }
        "navigation" => Moment::new(at, Kind::Page, format!("{} → {}", url(text(data, "from")), url(text(data, "to")))),
        "replay.mutations" => {
            let many = data.get("count").and_then(Value::as_u64).unwrap_or(0);
            Moment::new(at, Kind::Note, format!("{many} changes of the page at once")).bad(true)
        }
        "replay.hydrate-error" => {
            Moment::new(at, Kind::Note, format!("hydration error {}", url(text(data, "url")))).bad(true)
        }
        // The error itself comes with its issue from elsewhere; transactions say nothing.
        "sentry.event" | "sentry.transaction" | "" => return,
        other => {
            let more = if data.is_null() { String::new() } else { line(&redact::json(data).to_string(), 160) };
            let more = if more == "{}" { "" } else { &more };
            Moment::new(at, Kind::Note, format!("{} {message} {more}", line(other, 40)).trim())
                .bad(matches!(text(crumb, "level"), "error" | "fatal"))
        }
    };
    reader.push(moment);
}

fn slow_click(at: f64, message: &str, data: &Value) -> Moment {
    let after = data.get("timeAfterClickMs").and_then(Value::as_f64).unwrap_or(0.0) / 1000.0;
    let times = data.get("clickCount").and_then(Value::as_u64).unwrap_or(1);
    let often = if times > 1 { format!(", {times} clicks") } else { String::new() };
    match text(data, "endReason") {
        "timeout" if times >= RAGE => {
            Moment::new(at, Kind::RageClick, format!("{message} (nothing changed in {after:.1} s{often})"))
        }
        "timeout" => Moment::new(at, Kind::DeadClick, format!("{message} (nothing changed in {after:.1} s{often})")),
        _ => Moment::new(at, Kind::SlowClick, format!("{message} (the page changed after {after:.1} s{often})")),
    }
}

fn key(target: &str, data: &Value) -> String {
    let held = [("ctrlKey", "Ctrl+"), ("metaKey", "Meta+"), ("altKey", "Alt+"), ("shiftKey", "Shift+")];
    let held: String =
        held.iter().filter(|(key, _)| data.get(*key) == Some(&Value::Bool(true))).map(|(_, name)| *name).collect();
    format!("{target}: key {held}{}", line(text(data, "key"), 20))
}

fn span(reader: &mut Reader, at: f64, span: &Value) {
    let time = |key: &str| span.get(key).and_then(Value::as_f64).map(seconds);
    let at = time("startTimestamp").unwrap_or(at);
    let took = time("endTimestamp").map(|end| (end - at).max(0.0) * 1000.0);
    let data = span.get("data").unwrap_or(&Value::Null);
    let (op, description) = (text(span, "op"), text(span, "description"));
    let moment = match op {
        "resource.fetch" | "resource.xhr" => request(at, took, description, data),
        op if op.starts_with("navigation.") => {
            let how = op.strip_prefix("navigation.").filter(|how| *how != "navigate").map(|how| format!(" ({how})"));
            let how = how.map(|how| line(&how, 40)).unwrap_or_default();
            Moment::new(at, Kind::Page, format!("{} {how}", url(description)).trim_end())
        }
        op if op.starts_with("resource.") => {
            let Some(status) = status_of(data).filter(|status| *status >= 400) else { return };
            let what = op.strip_prefix("resource.").unwrap_or(op);
            Moment::new(at, Kind::Request, format!("GET {} {status} ({})", url(description), line(what, 20))).bad(true)
        }
        "web-vital" => {
            let rating = text(data, "rating");
            if rating == "good" {
                return;
            }
            let value = data.get("value").or_else(|| data.get("size")).and_then(Value::as_f64);
            let value = value.map(|value| format!(" {value:.0}")).unwrap_or_default();
            let name = line(description, 40);
            Moment::new(at, Kind::Measure, format!("{name}{value} {}", line(rating, 20)).trim_end())
        }
        _ => return,
    };
    reader.push(moment);
}

fn request(at: f64, took: Option<f64>, address: &str, data: &Value) -> Moment {
    let method = text(data, "method");
    let method = if method.is_empty() { "GET" } else { method };
    let status = status_of(data);
    let bad = status.is_none_or(|status| status == 0 || status >= 400);
    let said = status.filter(|status| *status > 0).map_or("(no response)".to_owned(), |status| status.to_string());
    let took = took.map(|millis| format!(" {millis:.0} ms")).unwrap_or_default();
    let body = data.get("response").and_then(|response| response.get("body")).filter(|body| bad && !body.is_null());
    let body = body.map(|body| match body {
        Value::String(text) => line(text, 200),
        other => line(&redact::json(other).to_string(), 200),
    });
    let body = body.filter(|body| !body.is_empty()).map(|body| format!(", answered {body}")).unwrap_or_default();
    Moment::new(at, Kind::Request, format!("{} {} {said}{took}{body}", line(method, 12), url(address))).bad(bad)
}

fn status_of(data: &Value) -> Option<u64> {
    data.get("statusCode").or_else(|| data.get("status_code")).and_then(Value::as_u64)
}
