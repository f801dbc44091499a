//! What differs between two events, and what does not (pure).

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Breadcrumb, Event, Frame, in_app::mark};

/// Depth to which contexts are taken apart.
const DEPTH: usize = 4;
/// Values compared of one aspect.
const MAX_VALUES: usize = 2_000;

/// One aspect of two events: tags, frames, ….
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Aspect {
    /// Its name.
    pub name: &'static str,
    /// What is equal.
    pub same: usize,
    /// Keys whose values differ: key, first value, second value.
    pub changed: Vec<(String, String, String)>,
    /// What only the first has.
    pub only_first: Vec<String>,
    /// What only the second has.
    pub only_second: Vec<String>,
}

impl Aspect {
    /// Whether nothing differs.
    pub fn is_equal(&self) -> bool {
        self.changed.is_empty() && self.only_first.is_empty() && self.only_second.is_empty()
    }

    /// Whether neither event has anything of it.
    pub fn is_empty(&self) -> bool {
        self.is_equal() && self.same == 0
    }
}

/// All aspects of two events, in the order in which they help.
pub fn compare(first: &Event, second: &Event) -> Vec<Aspect> {
    vec![
        pairs("error", &errors(first), &errors(second)),
        pairs("about the event", &facts(first), &facts(second)),
        frames(first, second),
        pairs("tags", &map(&first.tags), &map(&second.tags)),
        pairs("user", &user(first), &user(second)),
        pairs("request", &request(first), &request(second)),
        pairs("contexts", &contexts(first), &contexts(second)),
        breadcrumbs(&first.breadcrumbs, &second.breadcrumbs),
    ]
}

type Values = BTreeMap<String, String>;

/// Key by key.
fn pairs(name: &'static str, first: &Values, second: &Values) -> Aspect {
    let mut aspect = Aspect { name, ..Aspect::default() };
    for (key, one) in first {
        match second.get(key) {
            Some(other) if one == other => aspect.same += 1,
            Some(other) => aspect.changed.push((key.clone(), one.clone(), other.clone())),
            None => aspect.only_first.push(format!("{key}={one}")),
        }
    }
    let new = second.iter().filter(|(key, _)| !first.contains_key(*key));
    aspect.only_second.extend(new.map(|(key, value)| format!("{key}={value}")));
    aspect
}

fn map(pairs: &[(String, String)]) -> Values {
    // The same is said of every event by its id.
    pairs.iter().filter(|(key, _)| key != "replayId").take(MAX_VALUES).cloned().collect()
}

fn errors(event: &Event) -> Values {
    let mut values = Values::new();
    for (depth, exception) in event.exceptions.iter().rev().enumerate() {
        let place = if depth == 0 { String::new() } else { format!("cause {depth} ") };
        let mut set = |key: &str, value: &Option<String>| {
            if let Some(value) = value {
                values.insert(format!("{place}{key}"), value.clone());
            }
        };
        set("type", &exception.ty);
        set("message", &exception.value);
        let mechanism = exception.mechanism.as_ref();
        set("mechanism", &mechanism.and_then(|mechanism| mechanism.ty.clone()));
        let handled = mechanism.and_then(|mechanism| mechanism.handled);
        set("handled", &handled.map(|handled| if handled { "yes" } else { "no" }.to_owned()));
    }
    if let Some(message) = event.formatted.as_ref().or(event.message.as_ref()).filter(|message| !message.is_empty()) {
        values.insert("message of the event".to_owned(), message.clone());
    }
    values
}

fn facts(event: &Event) -> Values {
    let sdk = event.sdk.as_ref().map(|sdk| format!("{} {}", sdk.name, sdk.version));
    let all = [
        ("level", Some(event.level.clone())),
        ("platform", Some(event.platform.clone())),
        ("release", event.release.clone()),
        ("dist", event.dist.clone()),
        ("environment", event.environment.clone()),
        ("transaction", event.transaction.clone()),
        ("server_name", event.server_name.clone()),
        ("logger", event.logger.clone()),
        ("sdk", sdk),
    ];
    all.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect()
}

fn user(event: &Event) -> Values {
    let Some(user) = &event.user else { return Values::new() };
    let all = [
        ("id", &user.id),
        ("email", &user.email),
        ("username", &user.username),
        ("name", &user.name),
        ("ip", &user.ip_address),
        ("geo", &user.geo),
    ];
    let mut values: Values =
        all.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value.clone()?))).collect();
    flatten(&Value::Object(user.data.clone()), "", DEPTH, &mut values);
    values
}

fn request(event: &Event) -> Values {
    let Some(request) = &event.request else { return Values::new() };
    let mut values = Values::new();
    let mut set = |key: &str, value: &Option<String>| {
        if let Some(value) = value {
            values.insert(key.to_owned(), value.clone());
        }
    };
    set("method", &request.method);
    set("url", &request.url);
    set("query", &request.query_string);
    set("body", &request.data.as_ref().map(ToString::to_string));
    for (name, value) in &request.headers {
        values.insert(format!("header {}", name.to_ascii_lowercase()), value.clone());
    }
    values
}

/// Contexts and extra, field by field. Ids of trace and replay differ in every event and say nothing.
fn contexts(event: &Event) -> Values {
    let mut values = Values::new();
    for (name, value) in event.contexts.iter().filter(|(name, _)| !matches!(name.as_str(), "trace" | "replay")) {
        flatten(value, name, DEPTH, &mut values);
    }
    for (name, value) in &event.extra {
        flatten(value, &format!("extra {name}"), DEPTH, &mut values);
    }
    values
}

fn flatten(value: &Value, path: &str, depth: usize, out: &mut Values) {
    match (value, depth.checked_sub(1)) {
        _ if out.len() >= MAX_VALUES => {}
        (Value::Object(map), Some(depth)) => {
            for (key, below) in map.iter().filter(|(key, _)| key.as_str() != "type" || path.contains('.')) {
                flatten(below, &if path.is_empty() { key.clone() } else { format!("{path}.{key}") }, depth, out);
            }
        }
        (Value::Null, _) => {}
        (Value::String(text), _) => {
            out.insert(path.to_owned(), text.clone());
        }
        (other, _) => {
            out.insert(path.to_owned(), other.to_string());
        }
    }
}

/// The app's frames of the thrown error, crash first: by function and file; a moved line is a change.
fn frames(first: &Event, second: &Event) -> Aspect {
    let (one, other) = (own_frames(first), own_frames(second));
    let mut aspect = Aspect { name: "frames", ..Aspect::default() };
    let mut left = other;
    for (name, line) in one {
        // The same line where there is one, else the same function at another line.
        let exact = left.iter().position(|(key, at)| *key == name && *at == line);
        match exact.or_else(|| left.iter().position(|(key, _)| *key == name)) {
            Some(at) => {
                let (_, moved) = left.remove(at);
                if moved == line { aspect.same += 1 } else { aspect.changed.push((name, line, moved)) }
            }
            None => aspect.only_first.push(format!("{name}:{line}")),
        }
    }
    aspect.only_second = left.into_iter().map(|(name, line)| format!("{name}:{line}")).collect();
    aspect
}

fn own_frames(event: &Event) -> Vec<(String, String)> {
    let stacks = event.exceptions.iter().rev().map(|exception| exception.frames.as_slice());
    let frames = stacks.chain([event.frames.as_slice()]).find(|frames| !frames.is_empty()).unwrap_or_default();
    let marks = mark(frames, &event.platform);
    let any = marks.iter().any(|mark| mark.in_app);
    let own = frames.iter().zip(marks).rev().filter(|(_, mark)| mark.in_app || !any);
    own.map(|(frame, _)| (function_of(frame), frame.lineno.map(|line| line.to_string()).unwrap_or_default())).collect()
}

fn function_of(frame: &Frame) -> String {
    let found = match &frame.workspace {
        Some(super::InWorkspace::File(path, _)) => Some(path.as_str()),
        _ => None,
    };
    let file = found.or(frame.filename.as_deref()).or(frame.abs_path.as_deref()).or(frame.module.as_deref());
    format!("{} {}", frame.function.as_deref().unwrap_or("?"), file.unwrap_or("?"))
}

/// What happened, without its numbers and times: what only one of them saw.
fn breadcrumbs(first: &[Breadcrumb], second: &[Breadcrumb]) -> Aspect {
    let mut left: Vec<String> = second.iter().rev().map(happened).collect();
    let mut aspect = Aspect { name: "breadcrumbs", ..Aspect::default() };
    for crumb in first.iter().rev().map(happened) {
        match left.iter().position(|other| without_digits(other) == without_digits(&crumb)) {
            Some(at) => {
                left.remove(at);
                aspect.same += 1;
            }
            None => aspect.only_first.push(crumb),
        }
    }
    aspect.only_second = left;
    aspect
}

fn happened(crumb: &Breadcrumb) -> String {
    let category = crumb.category.as_deref().or(crumb.ty.as_deref()).unwrap_or("breadcrumb");
    let field =
        |key: &str| crumb.data.get(key).map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
    let data = ["method", "url", "status_code", "from", "to"].into_iter().filter_map(field);
    let words: Vec<String> = crumb.message.clone().into_iter().chain(data).collect();
    format!("{category} {}", words.join(" "))
}

/// Numbers of ids, counts and times; a status is a word.
fn without_digits(text: &str) -> String {
    let words = text.split(' ').map(|word| match word.len() {
        3 if word.starts_with(['4', '5']) => word.to_owned(),
        _ => word.chars().filter(|c| !c.is_ascii_digit()).collect(),
    });
    words.collect::<Vec<_>>().join(" ")
}
