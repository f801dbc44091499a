//! Any SDK's event payload → [`Event`]: lenient in what it accepts, bounded in what it keeps, and never fails.
//!
//! Shapes seen from real SDKs: `exception` and `breadcrumbs` as `{values: […]}` or a bare array, `tags` and headers as
//! an object or as pairs, timestamps as seconds or RFC 3339, messages as `message`, `logentry` or both.

use serde_json::{Map, Value};

use super::{
    Breadcrumb, DebugImage, Event, Exception, Frame, Mechanism, RequestInfo, Sdk, TraceContext, User,
    lenient::{self, entries, items, text, text_of, time_of},
    parse_frame::{self, frames_of, omitted_of},
    processed::{Processed, errors_of, threads_of},
};

/// Exceptions kept of a chain; the outermost ones.
const MAX_EXCEPTIONS: usize = 50;
/// Breadcrumbs kept; the newest ones. SDKs send at most 100.
const MAX_BREADCRUMBS: usize = 200;
/// Tags and headers kept.
const MAX_PAIRS: usize = 200;
/// Debug images kept.
const MAX_IMAGES: usize = 2_000;

impl Event {
    /// Reads an event payload. What is missing, `null` or of the wrong type is left out; nothing fails. An event without
    /// an id keeps an empty [`Event::event_id`]: the envelope header, or the sink, names it then.
    pub fn from_value(value: &Value) -> Self {
        let Some(map) = value.as_object() else {
            return Self { level: "error".to_owned(), platform: "other".to_owned(), ..Self::default() };
        };
        let contexts = map.get("contexts").and_then(Value::as_object).cloned().unwrap_or_default();
        let tags = pairs_of(map.get("tags"));
        let csp = map.get("csp").or_else(|| map.get("csp-report")).and_then(Value::as_object).cloned();
        let (message, formatted) = message_of(map);
        let exceptions = exceptions_of(map);
        let (frames, omitted) = outer_frames(map);
        let mut threads = threads_of(map.get("threads"));
        for thread in threads.iter_mut().filter(|thread| !frames.is_empty() && thread.frames == frames) {
            thread.frames.clear();
        }
        let ty = match text_of(map, "type") {
            Some(ty) if ty != "error" && ty != "default" => ty,
            _ if csp.is_some() => "csp".to_owned(),
            _ => String::new(),
        };
        Self {
            event_id: text_of(map, "event_id").map(|id| normal_id(&id)).unwrap_or_default(),
            level: level_of(map, &ty),
            ty,
            platform: text_of(map, "platform").unwrap_or_else(|| "other".to_owned()),
            timestamp: time_of(map.get("timestamp")).unwrap_or_default(),
            release: text_of(map, "release"),
            dist: text_of(map, "dist"),
            environment: text_of(map, "environment"),
            transaction: text_of(map, "transaction"),
            server_name: text_of(map, "server_name"),
            logger: text_of(map, "logger"),
            message,
            formatted,
            exceptions,
            frames,
            breadcrumbs: breadcrumbs_of(map.get("breadcrumbs")),
            user: map.get("user").and_then(Value::as_object).map(user_of),
            request: map.get("request").and_then(Value::as_object).map(request_of),
            sdk: map.get("sdk").or_else(|| map.get("client_sdk")).and_then(Value::as_object).map(sdk_of),
            extra: map.get("extra").and_then(Value::as_object).cloned().unwrap_or_default(),
            fingerprint: fingerprint_of(map.get("fingerprint")),
            debug_images: images_of(map.get("debug_meta")),
            trace: contexts.get("trace").and_then(Value::as_object).and_then(trace_of),
            replay_id: replay_of(&contexts, &tags),
            tags,
            contexts,
            csp,
            threads,
            omitted,
            processed: Processed { errors: errors_of(map.get("errors")), ..Processed::default() },
        }
    }

    /// What kind of event it is: `error`, `message`, `csp`, `feedback`, `transaction`, or the payload's own type.
    pub fn kind(&self) -> &str {
        match self.ty.as_str() {
            "" if self.exceptions.iter().any(|e| e.ty.is_some() && !e.is_synthetic()) => "error",
            "" if self.message.is_some() => "message",
            "" => "error",
            ty => ty,
        }
    }
}

impl Event {
    /// All frames, exception by exception, then those outside of exceptions and those of threads, taken out to be source-mapped; put them
    /// back with [`Event::put_frames`].
    pub fn take_frames(&mut self) -> Vec<Frame> {
        let mut all = Vec::new();
        for exception in &mut self.exceptions {
            all.extend(exception.frames.iter_mut().map(std::mem::take));
        }
        all.extend(self.frames.iter_mut().map(std::mem::take));
        all.extend(self.threads.iter_mut().flat_map(|thread| &mut thread.frames).map(std::mem::take));
        all
    }

    /// Puts back what [`Event::take_frames`] took, in the same order.
    pub fn put_frames(&mut self, frames: Vec<Frame>) {
        let places = self.exceptions.iter_mut().flat_map(|exception| &mut exception.frames).chain(&mut self.frames);
        let places = places.chain(self.threads.iter_mut().flat_map(|thread| &mut thread.frames));
        places.zip(frames).for_each(|(place, frame)| *place = frame);
    }
}

impl Exception {
    /// Whether the SDK made up the class name (`mechanism.synthetic`).
    pub fn is_synthetic(&self) -> bool {
        self.mechanism.as_ref().and_then(|m| m.synthetic).unwrap_or(false)
    }
}

impl User {
    /// What tells this user from others: id, else e-mail, user name or IP address.
    pub fn key(&self) -> Option<String> {
        let named = |name: &str, value: &Option<String>| value.as_ref().map(|value| format!("{name}:{value}"));
        named("id", &self.id)
            .or_else(|| named("email", &self.email))
            .or_else(|| named("username", &self.username))
            .or_else(|| named("ip", &self.ip_address))
    }
}

/// An event id as 32 lower-case hex characters; what is no UUID stays as it is.
fn normal_id(id: &str) -> String {
    let hex: String = id.chars().filter(|c| *c != '-').map(|c| c.to_ascii_lowercase()).collect();
    if hex.len() == 32 && hex.chars().all(|c| c.is_ascii_hexdigit()) { hex } else { lenient::cut(id, 64) }
}

fn level_of(map: &Map<String, Value>, ty: &str) -> String {
    let sent = map.get("level").and_then(text).map(|level| level.to_ascii_lowercase());
    match sent.as_deref() {
        Some("warn") => "warning".to_owned(),
        Some("log" | "information") => "info".to_owned(),
        Some("critical") => "fatal".to_owned(),
        Some(level @ ("fatal" | "error" | "warning" | "info" | "debug")) => level.to_owned(),
        _ if ty == "transaction" || ty == "feedback" => "info".to_owned(),
        _ => "error".to_owned(),
    }
}

/// The raw template, and the formatted message where it differs.
fn message_of(map: &Map<String, Value>) -> (Option<String>, Option<String>) {
    let entry = ["logentry", "sentry.interfaces.Message", "message"]
        .iter()
        .filter_map(|key| map.get(*key))
        .find(|value| value.is_object() || value.is_string());
    match entry {
        Some(Value::Object(entry)) => {
            let outer = map.get("message").filter(|message| message.is_string()).and_then(text);
            let template = text_of(entry, "message");
            let formatted =
                text_of(entry, "formatted").or(outer).or_else(|| lenient::interpolate(template.as_deref()?, entry));
            let raw = template.or_else(|| formatted.clone());
            (raw.clone(), formatted.filter(|formatted| Some(formatted) != raw.as_ref()))
        }
        Some(value) => (text(value).filter(|message| !message.trim().is_empty()), None),
        None => (None, None),
    }
}

fn exceptions_of(map: &Map<String, Value>) -> Vec<Exception> {
    let Some(value) = map.get("exception").or_else(|| map.get("sentry.interfaces.Exception")) else {
        return Vec::new();
    };
    let list = items(value);
    let skip = list.len().saturating_sub(MAX_EXCEPTIONS);
    list.iter().skip(skip).filter_map(|value| value.as_object()).map(exception_of).collect()
}

fn exception_of(map: &Map<String, Value>) -> Exception {
    let frames = frames_of(map.get("stacktrace"));
    let own = if frames.is_empty() { "raw_stacktrace" } else { "stacktrace" };
    Exception {
        ty: text_of(map, "type"),
        value: text_of(map, "value"),
        module: text_of(map, "module"),
        mechanism: map.get("mechanism").and_then(Value::as_object).map(|mechanism| Mechanism {
            ty: text_of(mechanism, "type"),
            handled: mechanism.get("handled").and_then(Value::as_bool),
            synthetic: mechanism.get("synthetic").and_then(Value::as_bool),
            source: text_of(mechanism, "source"),
            exception_id: mechanism.get("exception_id").and_then(Value::as_i64),
            parent_id: mechanism.get("parent_id").and_then(Value::as_i64),
            is_exception_group: mechanism.get("is_exception_group").and_then(Value::as_bool),
        }),
        omitted: omitted_of(map.get(own)),
        frames: if frames.is_empty() { frames_of(map.get(own)) } else { frames },
    }
}

/// Frames outside exceptions and how many were dropped: the event's own stack trace, else the crashed or current thread's.
fn outer_frames(map: &Map<String, Value>) -> (Vec<Frame>, usize) {
    let stack = map.get("stacktrace").or_else(|| map.get("sentry.interfaces.Stacktrace"));
    let own = frames_of(stack);
    if !own.is_empty() {
        return (own, omitted_of(stack));
    }
    map.get("threads").map(parse_frame::thread_frames).unwrap_or_default()
}

fn breadcrumbs_of(value: Option<&Value>) -> Vec<Breadcrumb> {
    let Some(list) = value.map(items) else { return Vec::new() };
    let skip = list.len().saturating_sub(MAX_BREADCRUMBS);
    list.iter()
        .skip(skip)
        .filter_map(|value| value.as_object())
        .map(|crumb| Breadcrumb {
            timestamp: time_of(crumb.get("timestamp")),
            ty: text_of(crumb, "type"),
            category: text_of(crumb, "category"),
            level: text_of(crumb, "level"),
            message: text_of(crumb, "message"),
            data: crumb.get("data").and_then(Value::as_object).cloned().unwrap_or_default(),
        })
        .collect()
}

/// Tags or headers: an object, or pairs.
fn pairs_of(value: Option<&Value>) -> Vec<(String, String)> {
    let mut pairs = value.map(entries).unwrap_or_default();
    pairs.truncate(MAX_PAIRS);
    pairs
}

fn user_of(map: &Map<String, Value>) -> User {
    User {
        id: text_of(map, "id"),
        email: text_of(map, "email"),
        username: text_of(map, "username").or_else(|| text_of(map, "name")),
        // `{{auto}}` asks the server to take the sender's address: it names nobody.
        ip_address: text_of(map, "ip_address").filter(|ip| ip != "{{auto}}"),
        name: text_of(map, "name"),
        geo: map.get("geo").and_then(Value::as_object).and_then(geo_of),
        data: map.get("data").and_then(Value::as_object).cloned().unwrap_or_default(),
    }
}

/// `Utrecht, Netherlands, NL`.
fn geo_of(map: &Map<String, Value>) -> Option<String> {
    let parts: Vec<String> = ["city", "region", "country_code"].iter().filter_map(|key| text_of(map, key)).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// Cookies are left out on purpose: nothing needs them, and they are secrets.
fn request_of(map: &Map<String, Value>) -> RequestInfo {
    let query = map.get("query_string").and_then(|query| match query {
        Value::String(_) => text(query),
        _ => {
            let pairs: Vec<String> = entries(query).into_iter().map(|(key, value)| format!("{key}={value}")).collect();
            (!pairs.is_empty()).then(|| pairs.join("&"))
        }
    });
    RequestInfo {
        url: text_of(map, "url"),
        method: text_of(map, "method"),
        headers: pairs_of(map.get("headers")),
        query_string: query.filter(|query| !query.is_empty()),
        data: map.get("data").filter(|data| !data.is_null()).cloned(),
    }
}

fn sdk_of(map: &Map<String, Value>) -> Sdk {
    Sdk { name: text_of(map, "name").unwrap_or_default(), version: text_of(map, "version").unwrap_or_default() }
}

fn fingerprint_of(value: Option<&Value>) -> Option<Vec<String>> {
    let parts: Vec<String> = match value? {
        Value::Array(parts) => parts.iter().filter_map(text).take(50).collect(),
        single => text(single).into_iter().collect(),
    };
    (!parts.is_empty()).then_some(parts)
}

fn images_of(value: Option<&Value>) -> Vec<DebugImage> {
    let Some(images) = value.and_then(|meta| meta.get("images")).and_then(Value::as_array) else { return Vec::new() };
    images
        .iter()
        .filter_map(Value::as_object)
        .filter(|image| image.get("type").and_then(Value::as_str) == Some("sourcemap"))
        .filter_map(|image| {
            Some(DebugImage { code_file: text_of(image, "code_file")?, debug_id: text_of(image, "debug_id")? })
        })
        .take(MAX_IMAGES)
        .collect()
}

fn trace_of(map: &Map<String, Value>) -> Option<TraceContext> {
    Some(TraceContext {
        trace_id: text_of(map, "trace_id")?,
        span_id: text_of(map, "span_id"),
        parent_span_id: text_of(map, "parent_span_id"),
    })
}

fn replay_of(contexts: &Map<String, Value>, tags: &[(String, String)]) -> Option<String> {
    let context = contexts.get("replay").and_then(Value::as_object).and_then(|replay| text_of(replay, "replay_id"));
    let tag = || tags.iter().find(|(key, _)| key == "replayId").map(|(_, value)| value.clone());
    // Anybody may send any text as a tag: only an id is one.
    context.filter(|id| is_id(id)).or_else(|| tag().filter(|id| is_id(id)))
}

/// Hex characters, with or without hyphens.
fn is_id(text: &str) -> bool {
    text.len() <= 36 && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}
