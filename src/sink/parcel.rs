//! A body that was taken in, made ready for the store: framed, its events parsed and grouped. Pure.

use std::{
    cell::RefCell,
    hash::{DefaultHasher, Hash, Hasher},
    ops::Range,
};

use serde_json::{Value, json};

use super::{
    auth::Refusal,
    envelope::{self, FrameError},
    limits, security,
    store::outbox::Forward,
};
use crate::event::{Event, grouping};

/// An envelope ready to be written.
#[derive(Debug)]
pub struct Parcel {
    /// Project of the path.
    pub project: String,
    /// Event id of the header, or of its event.
    pub event_id: Option<String>,
    /// The envelope as it came, after content decoding; compressed where `packed`.
    pub raw: Vec<u8>,
    /// Whether `raw` is compressed with zstd.
    pub packed: bool,
    /// Bytes of the envelope before that.
    pub size: usize,
    /// The items.
    pub items: Vec<Piece>,
    /// To whom it is passed on.
    pub forward: Option<Box<Forward>>,
    /// What is passed on in its place, where that differs.
    pub outgoing: Option<Vec<u8>>,
}

/// One item ready to be written.
#[derive(Debug)]
pub struct Piece {
    /// Item type: at most 64 of `a-z 0-9 _ . -`.
    pub ty: String,
    /// Item header as JSON.
    pub header: String,
    /// Where its payload is in the envelope.
    pub payload: Range<usize>,
    /// What tells a second copy of it from another item of the same event; none = it has no event.
    pub digest: Option<i64>,
    /// Its event, for those items that are one.
    pub record: Option<Box<Record>>,
    /// What the SDK dropped: reason, category, quantity.
    pub discarded: Vec<(String, String, u64)>,
}

/// What the store keeps of an event for finding it again.
#[derive(Debug)]
pub struct Record {
    /// 32 lower-case hex characters.
    pub event_id: String,
    /// `error`, `message`, `csp`, `feedback`, `transaction`.
    pub kind: String,
    /// Title of its issue.
    pub title: String,
    /// Culprit of its issue.
    pub culprit: String,
    /// What free text is matched against, besides the title.
    pub message: String,
    /// Level.
    pub level: String,
    /// Platform.
    pub platform: String,
    /// When it happened, milliseconds since the epoch.
    pub timestamp_ms: i64,
    /// What tells users apart.
    pub user: Option<String>,
    /// Tags and the fields that are searched like tags.
    pub tags: Vec<(String, String)>,
    /// Grouping hashes, best first; empty = it makes no issue.
    pub hashes: Vec<String>,
    /// Why it is grouped so.
    pub why: Vec<String>,
}

/// Envelopes smaller than this are not worth compressing.
const PACK_FROM: usize = 512;
const PACK_LEVEL: i32 = 1;
const TYPE_CHARS: usize = 64;
/// A tag's value is cut here, as Sentry cuts it.
const TAG_CHARS: usize = 200;
const TITLE_CHARS: usize = 256;
const MESSAGE_CHARS: usize = 1_024;

/// Frames and parses an envelope.
pub fn envelope(project: &str, raw: Vec<u8>, framed: &envelope::Envelope) -> Result<Parcel, Refusal> {
    let mut event_id = match framed.header.get("event_id") {
        None | Some(Value::Null) => None,
        Some(id) => Some(event_id_of(id).ok_or_else(|| {
            Refusal::new(400, "bad envelope data")
                .because("invalid envelope header")
                .because(format!("invalid event id {id}"))
        })?),
    };
    if framed.items.iter().filter(|part| limits::event_like(&part.ty)).count() > 1 {
        return Err(Refusal::new(400, "duplicate item in envelope")
            .because("an envelope holds one event, transaction, feedback or security report"));
    }
    let mut items = Vec::with_capacity(framed.items.len());
    for part in &framed.items {
        if part.payload.len() > limits::item(&part.ty) {
            return Err(Refusal::new(413, "envelope exceeded size limits").because(format!(
                "item `{}` has {} bytes, at most {} are taken",
                part.ty,
                part.payload.len(),
                limits::item(&part.ty)
            )));
        }
        let payload = raw.get(part.payload.clone()).unwrap_or_default();
        let mut piece = Piece {
            ty: type_name(&part.ty),
            header: Value::Object(part.header.clone()).to_string(),
            payload: part.payload.clone(),
            digest: None,
            record: None,
            discarded: Vec::new(),
        };
        match part.ty.as_str() {
            "event" | "transaction" | "feedback" | "security" => {
                let record = record(&part.ty, payload, event_id.take())?;
                event_id = Some(record.event_id.clone());
                piece.record = Some(Box::new(record));
            }
            "client_report" => piece.discarded = discarded(payload),
            _ => {}
        }
        items.push(piece);
    }
    if event_id.is_none() && framed.items.iter().any(|part| matches!(part.ty.as_str(), "attachment" | "user_report")) {
        event_id = Some(new_event_id());
    }
    for piece in &mut items {
        piece.digest =
            event_id.as_deref().map(|id| digest(id, &piece.ty, raw.get(piece.payload.clone()).unwrap_or_default()));
    }
    let size = raw.len();
    let (raw, packed) = pack(raw);
    Ok(Parcel { project: project.to_owned(), event_id, raw, packed, size, items, forward: None, outgoing: None })
}

/// Frames, then parses, an envelope.
pub fn from_envelope(project: &str, raw: Vec<u8>) -> Result<Parcel, Refusal> {
    let framed = envelope::parse(&raw).map_err(refusal)?;
    envelope(project, raw, &framed)
}

/// Relay's answer to a framing error.
pub fn refusal(error: FrameError) -> Refusal {
    let status = if matches!(error, FrameError::TooManyItems) { 413 } else { 400 };
    match error {
        FrameError::Empty => Refusal::new(status, "empty request body"),
        error => Refusal::new(status, "bad envelope data").because(error.to_string()),
    }
}

/// A legacy `store` body (one JSON event) as an envelope.
pub fn from_event(project: &str, json: &[u8]) -> Result<Parcel, Refusal> {
    if json.len() > limits::EVENT {
        return Err(Refusal::new(413, "event submission exceeded size limits").because("the event is too large"));
    }
    let value: Value = serde_json::from_slice(json)
        .map_err(|error| Refusal::new(400, "invalid event payload").because(format!("the body is no JSON: {error}")))?;
    let id = value.get("event_id").and_then(event_id_of).unwrap_or_else(new_event_id);
    let ty = if value.get("type").and_then(Value::as_str) == Some("transaction") { "transaction" } else { "event" };
    from_envelope(project, wrap(&id, ty, json))
}

/// A security report body as envelopes, one a report. `query` gives release and environment.
pub fn from_security(project: &str, body: &[u8], query: &str) -> Result<Vec<Parcel>, Refusal> {
    let reports =
        security::events(body, query).map_err(|why| Refusal::new(400, "invalid security report").because(why))?;
    reports
        .into_iter()
        .map(|report| {
            let id = new_event_id();
            let mut parcel = from_envelope(project, wrap(&id, "security", report.event.to_string().as_bytes()))?;
            // What we made of the report is for us; Sentry makes its own of the report itself.
            parcel.outgoing = Some(wrap_raw(&id, &report));
            Ok(parcel)
        })
        .collect()
}

fn wrap(id: &str, ty: &str, payload: &[u8]) -> Vec<u8> {
    let mut raw =
        format!("{}\n{}\n", json!({ "event_id": id }), json!({ "type": ty, "length": payload.len() })).into_bytes();
    raw.extend_from_slice(payload);
    raw
}

/// A security report as Sentry's own endpoint for them hands it on.
fn wrap_raw(id: &str, report: &security::Report) -> Vec<u8> {
    let payload = report.raw.to_string();
    let mut header = json!({ "type": "raw_security", "content_type": "application/json", "length": payload.len() });
    for name in ["release", "environment"] {
        if let (Some(value), Some(header)) = (report.event.get(name), header.as_object_mut()) {
            header.insert(format!("sentry_{name}"), value.clone());
        }
    }
    format!("{}\n{header}\n{payload}", json!({ "event_id": id })).into_bytes()
}

fn record(ty: &str, payload: &[u8], header_id: Option<String>) -> Result<Record, Refusal> {
    let invalid = |why: String| Refusal::new(400, "invalid event payload").because(why);
    let value: Value =
        serde_json::from_slice(payload).map_err(|error| invalid(format!("item `{ty}` is no JSON: {error}")))?;
    let Value::Object(object) = &value else {
        return Err(invalid(format!("item `{ty}` is no JSON object")));
    };
    let event_id = header_id.or_else(|| object.get("event_id").and_then(event_id_of)).unwrap_or_else(new_event_id);
    let event = Event::from_value(&value);
    let kind = match (ty, event.kind()) {
        ("transaction" | "feedback", _) => ty,
        ("security", _) => "csp",
        (_, kind) => known_kind(kind),
    };
    let grouping = if kind == "transaction" { None } else { Some(grouping::group(&event)) };
    let (title, culprit, hashes, why) = match grouping {
        Some(grouping) => (grouping.title, grouping.culprit, grouping.hashes, grouping.why),
        None => (event.transaction.clone().unwrap_or_default(), String::new(), Vec::new(), Vec::new()),
    };
    Ok(Record {
        event_id,
        kind: kind.to_owned(),
        title: cut(&title, TITLE_CHARS),
        culprit: cut(&culprit, TITLE_CHARS),
        message: cut(&message(&event), MESSAGE_CHARS),
        level: if event.level.is_empty() { "error".into() } else { event.level.clone() },
        platform: if event.platform.is_empty() { "other".into() } else { event.platform.clone() },
        #[expect(
            clippy::cast_possible_truncation,
            reason = "milliseconds of any real date fit; `as` saturates the rest"
        )]
        timestamp_ms: (event.timestamp * 1000.0) as i64,
        user: event.user.as_ref().and_then(|user| Some(cut(&user.key()?, TAG_CHARS))),
        tags: tags(&event),
        hashes,
        why,
    })
}

/// A payload's own type is the sender's text: what is not known counts as an error, as in Sentry.
fn known_kind(kind: &str) -> &'static str {
    match kind {
        "message" => "message",
        "csp" => "csp",
        "feedback" => "feedback",
        "transaction" => "transaction",
        _ => "error",
    }
}

/// An item type as it is kept and shown: all types that there are pass as they are, of other text the name is left.
fn type_name(ty: &str) -> String {
    let plain = |c: &char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '.' | '-');
    let name: String = ty.chars().map(|c| c.to_ascii_lowercase()).filter(plain).take(TYPE_CHARS).collect();
    if name.is_empty() { "unknown".into() } else { name }
}

thread_local! {
    /// Kept between envelopes: to make one costs as much as to compress a small envelope.
    static PACKER: RefCell<Option<zstd::bulk::Compressor<'static>>> = const { RefCell::new(None) };
}

/// Compresses an envelope where that makes it smaller; says whether it did.
fn pack(raw: Vec<u8>) -> (Vec<u8>, bool) {
    if raw.len() < PACK_FROM {
        return (raw, false);
    }
    let packed = PACKER.with_borrow_mut(|packer| {
        if packer.is_none() {
            *packer = zstd::bulk::Compressor::new(PACK_LEVEL).ok();
        }
        packer.as_mut()?.compress(&raw).ok()
    });
    match packed {
        Some(mut packed) if packed.len() < raw.len() => {
            // It was given room for the worst case.
            packed.shrink_to_fit();
            (packed, true)
        }
        _ => (raw, false),
    }
}

fn message(event: &Event) -> String {
    let mut parts: Vec<&str> = [event.formatted.as_deref(), event.message.as_deref()].into_iter().flatten().collect();
    parts.extend(event.exceptions.iter().rev().filter_map(|exception| exception.value.as_deref()));
    if let Some(text) =
        event.contexts.get("feedback").and_then(|feedback| feedback.get("message")).and_then(Value::as_str)
    {
        parts.push(text);
    }
    parts.join("\n")
}

fn tags(event: &Event) -> Vec<(String, String)> {
    let user = event.user.as_ref();
    let fields = [
        ("release", event.release.as_deref()),
        ("dist", event.dist.as_deref()),
        ("environment", Some(event.environment.as_deref().unwrap_or("production"))),
        ("level", Some(event.level.as_str())),
        ("platform", Some(event.platform.as_str())),
        ("transaction", event.transaction.as_deref()),
        ("logger", event.logger.as_deref()),
        ("server_name", event.server_name.as_deref()),
        ("url", event.request.as_ref().and_then(|request| request.url.as_deref())),
        ("user.id", user.and_then(|user| user.id.as_deref())),
        ("user.email", user.and_then(|user| user.email.as_deref())),
        ("user.username", user.and_then(|user| user.username.as_deref())),
        ("user.ip", user.and_then(|user| user.ip_address.as_deref())),
        ("sdk.name", event.sdk.as_ref().map(|sdk| sdk.name.as_str())),
        ("trace", event.trace.as_ref().map(|trace| trace.trace_id.as_str())),
        ("replay", event.replay_id.as_deref()),
        (
            "handled",
            event
                .exceptions
                .last()
                .and_then(|exception| exception.mechanism.as_ref()?.handled)
                .map(|handled| if handled { "yes" } else { "no" }),
        ),
    ];
    let fields = fields.into_iter().filter_map(|(key, value)| Some((key, value.filter(|value| !value.is_empty())?)));
    let sent = event.tags.iter().map(|(key, value)| (key.as_str(), value.as_str()));
    fields.chain(sent).take(100).map(|(key, value)| (cut(key, TAG_CHARS), cut(value, TAG_CHARS))).collect()
}

fn discarded(payload: &[u8]) -> Vec<(String, String, u64)> {
    let Ok(report) = serde_json::from_slice::<Value>(payload) else { return Vec::new() };
    let lists = ["discarded_events", "rate_limited_events", "filtered_events", "filtered_sampling_events"];
    lists
        .iter()
        .filter_map(|list| report.get(list)?.as_array())
        .flatten()
        .filter_map(|row| {
            let text = |key: &str| row.get(key).and_then(Value::as_str).map(|text| cut(text, TAG_CHARS));
            Some((text("reason")?, text("category")?, row.get("quantity")?.as_u64()?))
        })
        .take(200)
        .collect()
}

/// An event id in any spelling (with or without hyphens) as 32 lower-case hex characters.
pub fn event_id_of(value: &Value) -> Option<String> {
    parse_event_id(value.as_str()?)
}

/// See [`event_id_of`].
pub fn parse_event_id(text: &str) -> Option<String> {
    let id: String = text.trim().chars().filter(|c| *c != '-').map(|c| c.to_ascii_lowercase()).collect();
    (id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(id)
}

/// A random event id, for what came without.
pub fn new_event_id() -> String {
    let mut bytes = [0u8; 16];
    // Without randomness the id repeats, and a second event without an id is then taken for a copy: no harm worth failing for.
    let _ = getrandom::fill(&mut bytes);
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn digest(event_id: &str, ty: &str, payload: &[u8]) -> i64 {
    let mut hasher = DefaultHasher::new();
    (event_id, ty, payload).hash(&mut hasher);
    hasher.finish().cast_signed()
}

fn cut(text: &str, chars: usize) -> String {
    text.chars().take(chars).collect()
}
