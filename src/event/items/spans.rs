//! All spans of an item: of a transaction, of a container of version 2, or one alone.

use serde_json::{Map, Value};

use super::text;
use crate::event::{lenient::time_of, trace::Span};

/// Spans of one item that are read: an SDK sends at most 1,000.
const SPANS: usize = 2_000;

/// Reads the spans of an item of type `transaction` or `span`; a transaction is itself the first of its spans.
pub fn spans_of(ty: &str, value: &Value) -> Vec<Span> {
    if ty == "transaction" {
        return transaction(value);
    }
    match value.get("items").unwrap_or(value) {
        Value::Array(all) => all.iter().take(SPANS).map(|one| span(one, "", "")).collect(),
        one @ Value::Object(_) => vec![span(one, "", "")],
        _ => Vec::new(),
    }
}

fn transaction(value: &Value) -> Vec<Span> {
    let none = Value::Null;
    let trace = value.get("contexts").and_then(|contexts| contexts.get("trace")).unwrap_or(&none);
    let name = text(value, &["transaction"]);
    let service = service_of(&value.get("sdk").map(|sdk| text(sdk, &["name"])).unwrap_or_default());
    let mut attributes = flat(trace.get("data"));
    for key in ["environment", "release", "platform", "server_name"] {
        let said = text(value, &[key]);
        if !said.is_empty() {
            attributes.insert(key.to_owned(), Value::String(said));
        }
    }
    let root = Span {
        id: text(trace, &["span_id"]),
        parent: Some(text(trace, &["parent_span_id"])).filter(|parent| !parent.is_empty()),
        trace: text(trace, &["trace_id"]),
        op: text(trace, &["op"]),
        name: name.clone(),
        status: text(trace, &["status"]),
        service: service.clone(),
        transaction: name.clone(),
        start: time_of(value.get("start_timestamp")),
        end: time_of(value.get("timestamp")),
        is_transaction: true,
        attributes,
        ..Span::default()
    };
    let below = value.get("spans").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let below = below.iter().take(SPANS).map(|one| {
        let mut below = span(one, &name, &service);
        if below.trace.is_empty() {
            below.trace.clone_from(&root.trace);
        }
        below
    });
    std::iter::once(root.clone()).chain(below).collect()
}

fn span(value: &Value, transaction: &str, service: &str) -> Span {
    let attributes = flat(value.get("attributes").or_else(|| value.get("data")));
    let said = |key: &str| text(&Value::Object(attributes.clone()), &[key]);
    let or = |first: String, second: &dyn Fn() -> String| if first.is_empty() { second() } else { first };
    Span {
        id: text(value, &["span_id"]),
        parent: Some(text(value, &["parent_span_id"])).filter(|parent| !parent.is_empty()),
        trace: text(value, &["trace_id"]),
        op: or(text(value, &["op"]), &|| said("sentry.op")),
        name: or(text(value, &["description", "name"]), &|| said("sentry.description")),
        status: text(value, &["status"]),
        service: or(service.to_owned(), &|| service_of(&said("sentry.sdk.name"))),
        transaction: or(transaction.to_owned(), &|| said("sentry.segment.name")),
        start: time_of(value.get("start_timestamp")),
        end: time_of(value.get("end_timestamp").or_else(|| value.get("timestamp"))),
        is_transaction: value.get("is_segment").and_then(Value::as_bool).unwrap_or(false),
        attributes,
        ..Span::default()
    }
}

/// `sentry.javascript.node` is `javascript.node`: what tells the services of one trace apart where they share a DSN.
fn service_of(sdk: &str) -> String {
    sdk.strip_prefix("sentry.").unwrap_or(sdk).to_owned()
}

/// Attributes without their types: `{"value": 1, "type": "integer"}` is `1`.
pub(super) fn flat(attributes: Option<&Value>) -> Map<String, Value> {
    let Some(Value::Object(attributes)) = attributes else { return Map::new() };
    let plain = |value: &Value| match value {
        Value::Object(map) if map.contains_key("value") => map.get("value").cloned().unwrap_or_default(),
        other => other.clone(),
    };
    attributes.iter().take(100).map(|(key, value)| (key.clone(), plain(value))).collect()
}
