//! Items as rows that can be searched, with the field names that Sentry's own search has.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{spans::flat, spans_of, text};
use crate::event::{
    Event,
    explore::{Dataset, Row},
    lenient::time_of,
};

/// What the sink knows of an item besides its payload.
#[derive(Debug, Clone, Default)]
pub struct About {
    /// Item type.
    pub ty: String,
    /// Event id of the item, or of its envelope.
    pub event_id: Option<String>,
    /// `LOCAL-3`.
    pub issue: Option<String>,
    /// Title of the event's issue.
    pub title: String,
    /// Project id of the DSN path.
    pub project: String,
    /// When it was received, milliseconds since the epoch.
    pub received_ms: i64,
}

/// The rows of an item.
pub fn rows(dataset: Dataset, about: &About, payload: &Value) -> Vec<Row> {
    let mut rows = match dataset {
        Dataset::Errors => vec![error(about, payload)],
        Dataset::Spans => spans_of(&about.ty, payload).iter().map(span).collect(),
        Dataset::Logs => entries(payload).map(log).collect(),
        Dataset::Metrics => entries(payload).map(metric).collect(),
        Dataset::Profiles => vec![profile(about, payload)],
        Dataset::Replays => vec![replay(payload)],
        Dataset::CheckIns => vec![check_in(payload)],
    };
    for row in &mut rows {
        row.retain(|_, value| !(value.is_null() || value.as_str().is_some_and(str::is_empty)));
        row.entry("timestamp").or_insert_with(|| json!(stamp(about.received_ms)));
        row.entry("project").or_insert_with(|| json!(about.project));
    }
    rows
}

fn entries(payload: &Value) -> impl Iterator<Item = &Value> {
    let all = payload.get("items").unwrap_or(payload);
    let list = all.as_array().map_or_else(|| std::slice::from_ref(all), Vec::as_slice);
    list.iter().filter(|one| one.is_object()).take(1_000)
}

fn stamp(ms: i64) -> String {
    format!("{:.3}", Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH))
}

/// Seconds since the epoch as RFC 3339, to the millisecond.
fn moment(seconds: Option<f64>) -> Option<String> {
    #[expect(clippy::cast_possible_truncation, reason = "a float cast saturates, and jiff checks the range")]
    let ms = (seconds.filter(|seconds| *seconds > 0.0)? * 1_000.0).round() as i64;
    Timestamp::from_millisecond(ms).ok().map(|stamp| format!("{stamp:.3}"))
}

fn object(value: Value) -> Row {
    match value {
        Value::Object(row) => row,
        _ => Row::new(),
    }
}

/// Puts attributes behind the fields of ours, where they have other names.
fn with(value: Value, more: impl IntoIterator<Item = (String, Value)>) -> Row {
    let mut row = object(value);
    for (key, value) in more {
        row.entry(key).or_insert(value);
    }
    row
}

fn error(about: &About, payload: &Value) -> Row {
    let event = Event::from_value(payload);
    let thrown = event.exceptions.last();
    let mechanism = thrown.and_then(|thrown| thrown.mechanism.as_ref());
    let user = event.user.as_ref();
    let frame = thrown.and_then(|thrown| thrown.frames.last());
    let fields = json!({
        "id": about.event_id,
        "timestamp": moment(Some(event.timestamp)),
        "issue": about.issue,
        "title": if about.title.is_empty() { event.kind().to_owned() } else { about.title.clone() },
        "level": event.level,
        "message": event.formatted.as_deref().or(event.message.as_deref()),
        "event.type": event.kind(),
        "error.type": thrown.and_then(|thrown| thrown.ty.as_deref()),
        "error.value": thrown.and_then(|thrown| thrown.value.as_deref()),
        "error.handled": mechanism.and_then(|mechanism| mechanism.handled),
        "error.mechanism": mechanism.and_then(|mechanism| mechanism.ty.as_deref()),
        "stack.filename": frame.and_then(|frame| frame.filename.as_deref()),
        "stack.function": frame.and_then(|frame| frame.function.as_deref()),
        "transaction": event.transaction,
        "url": event.request.as_ref().and_then(|request| request.url.as_deref()),
        "release": event.release,
        "dist": event.dist,
        "environment": event.environment,
        "platform.name": event.platform,
        "server_name": event.server_name,
        "logger": event.logger,
        "sdk.name": event.sdk.as_ref().map(|sdk| sdk.name.as_str()),
        "sdk.version": event.sdk.as_ref().map(|sdk| sdk.version.as_str()),
        "user.id": user.and_then(|user| user.id.as_deref()),
        "user.email": user.and_then(|user| user.email.as_deref()),
        "user.username": user.and_then(|user| user.username.as_deref()),
        "user.ip": user.and_then(|user| user.ip_address.as_deref()),
        "trace": event.trace.as_ref().map(|trace| trace.trace_id.as_str()),
        "replayId": event.replay_id,
    });
    with(fields, event.tags.iter().map(|(key, value)| (key.clone(), json!(value))))
}

fn span(span: &crate::event::trace::Span) -> Row {
    let fields = json!({
        "timestamp": moment(span.start),
        "id": span.id,
        "trace": span.trace,
        "parent_span": span.parent,
        "span.op": span.op,
        "span.description": span.name,
        "span.duration": span.millis().map(|millis| (millis * 1_000.0).round() / 1_000.0),
        "span.status": span.status,
        "transaction": span.transaction,
        "is_transaction": span.is_transaction,
        "service": span.service,
    });
    with(fields, span.attributes.clone())
}

fn log(value: &Value) -> Row {
    let body = value.get("body").map(|body| body.get("stringValue").unwrap_or(body));
    let nanos = time_of(value.get("timeUnixNano")).map(|nanos| nanos / 1e9);
    let fields = json!({
        "timestamp": moment(time_of(value.get("timestamp")).or(nanos)),
        "severity": text(value, &["level", "severity_text", "severityText"]),
        "message": body,
        "trace": text(value, &["trace_id", "traceId"]),
        "span_id": text(value, &["span_id", "spanId"]),
    });
    with(fields, flat(value.get("attributes")))
}

fn metric(value: &Value) -> Row {
    let fields = json!({
        "timestamp": moment(time_of(value.get("timestamp"))),
        "metric.name": text(value, &["name"]),
        "metric.type": text(value, &["type"]),
        "metric.unit": text(value, &["unit"]),
        "value": value.get("value"),
        "trace": text(value, &["trace_id"]),
        "span_id": text(value, &["span_id"]),
    });
    with(fields, flat(value.get("attributes")))
}

fn profile(about: &About, value: &Value) -> Row {
    let read = crate::event::profile::Profile::read(value);
    let none = Value::Null;
    let transaction = value.get("transaction").unwrap_or(&none);
    let id = text(value, &["event_id", "profile_id", "chunk_id"]);
    object(json!({
        "timestamp": moment(time_of(value.get("timestamp")).or(read.start)),
        "id": if id.is_empty() { about.event_id.clone().unwrap_or_default() } else { id },
        "transaction": text(transaction, &["name"]),
        "trace": text(transaction, &["trace_id"]),
        "platform": text(value, &["platform"]),
        "release": text(value, &["release"]),
        "environment": text(value, &["environment"]),
        "duration": read.nanos().map(|nanos| (nanos / 1e4).round() / 100.0),
        "samples": read.samples,
        "frames": read.frames.len(),
        "profiler.id": text(value, &["profiler_id"]),
    }))
}

/// One segment; the sink puts those of one replay together.
fn replay(value: &Value) -> Row {
    let list = |key: &str| value.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
    let start = time_of(value.get("replay_start_timestamp"));
    let end = time_of(value.get("timestamp"));
    object(json!({
        "timestamp": moment(end),
        "started_at": moment(start.or(end)),
        "id": text(value, &["replay_id"]),
        "segment_id": value.get("segment_id"),
        "duration": start.zip(end).map(|(start, end)| (end - start).max(0.0).round()),
        "count_errors": list("error_ids").len(),
        "count_urls": list("urls").len(),
        "urls": list("urls"),
        "error_ids": list("error_ids"),
        "trace_ids": list("trace_ids"),
        "replay_type": text(value, &["replay_type"]),
        "release": text(value, &["release"]),
        "environment": text(value, &["environment"]),
        "platform": text(value, &["platform"]),
    }))
}

fn check_in(value: &Value) -> Row {
    object(json!({
        "id": text(value, &["check_in_id"]),
        "monitor.slug": text(value, &["monitor_slug"]),
        "status": text(value, &["status"]),
        "duration": value.get("duration"),
        "environment": text(value, &["environment"]),
        "release": text(value, &["release"]),
    }))
}
