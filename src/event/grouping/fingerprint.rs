//! Fingerprints: those that the app sets, and those that Sentry has built in.

use std::borrow::Cow;

use super::{message::normalize, part::Part, title::crash_frame};
use crate::event::{Event, in_app::is_javascript};

/// Words of React and Next.js when the server's page and the client's differ.
const HYDRATION: [&str; 5] = [
    "Hydration failed because the initial UI does not match what was rendered on the server.",
    "The server could not finish this Suspense boundary, likely due to an error during server rendering. Switched to \
     client rendering.",
    "There was an error while hydrating this Suspense boundary. Switched to client rendering.",
    "There was an error while hydrating. Because the error happened outside of a Suspense boundary, the entire root \
     will switch to client rendering.",
    "Text content does not match server-rendered HTML.",
];

/// One entry of a fingerprint.
#[derive(Debug, Clone)]
pub(super) enum Entry<'a> {
    /// `{{ default }}`: the values that would be grouped by without a fingerprint.
    Default,
    /// A value, with where it is from.
    Value(Part<'a>),
}

/// The fingerprint of an event; none = the default one.
pub(super) fn of(event: &Event) -> Option<Vec<Entry<'_>>> {
    match event.fingerprint.as_deref() {
        Some(entries) if !matches!(entries, [only] if variable(only) == Some("default")) => {
            Some(entries.iter().map(|entry| resolve(entry, event)).collect())
        }
        _ => built_in(event),
    }
}

fn built_in(event: &Event) -> Option<Vec<Entry<'_>>> {
    if !is_javascript(&event.platform) {
        return None;
    }
    let named = |value: &'static str| Entry::Value(Part::Named("built-in fingerprint", Cow::Borrowed(value)));
    let is_chunk = event.exceptions.iter().any(|exception| {
        exception.ty.as_deref() == Some("ChunkLoadError")
            || exception.value.as_deref().is_some_and(|value| value.starts_with("ChunkLoadError"))
    });
    if is_chunk {
        return Some(vec![named("chunkloaderror")]);
    }
    let texts = event.exceptions.iter().filter_map(|exception| exception.value.as_deref());
    let hydration = texts.chain(event.message.as_deref()).any(|text| HYDRATION.contains(&text.trim()));
    let transaction = event.transaction.as_deref().or_else(|| tag(event, "transaction"))?;
    hydration.then(|| vec![named("hydrationerror"), Entry::Value(Part::Named("transaction", transaction.into()))])
}

fn resolve<'a>(entry: &'a str, event: &'a Event) -> Entry<'a> {
    let value = match variable(entry) {
        Some("default") => return Entry::Default,
        Some(name) => variable_value(name, event),
        None => entry.into(),
    };
    Entry::Value(Part::Named("fingerprint set by the app", value))
}

/// The name in `{{ name }}`.
fn variable(entry: &str) -> Option<&str> {
    let name = entry.trim().strip_prefix("{{")?.strip_suffix("}}")?.trim();
    (!name.is_empty() && !name.contains(char::is_whitespace)).then_some(name)
}

fn tag<'a>(event: &'a Event, key: &str) -> Option<&'a str> {
    event.tags.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
}

fn variable_value<'a>(name: &str, event: &'a Event) -> Cow<'a, str> {
    let last = event.exceptions.last();
    let frame = || crash_frame(event, None);
    let or = |value: Option<&'a str>, none: &'static str| Cow::Borrowed(value.unwrap_or(none));
    match name {
        "transaction" => or(event.transaction.as_deref(), "<no-transaction>"),
        "message" | "raw_message" => {
            let value = event.message.as_deref().or_else(|| last.and_then(|e| e.value.as_deref()));
            value.map_or(
                Cow::Borrowed("<no-message>"),
                |text| if name == "message" { normalize(text) } else { text.into() },
            )
        }
        "type" | "error.type" => or(last.and_then(|e| e.ty.as_deref()), "<no-type>"),
        "value" | "raw_value" | "error.value" | "error.raw_value" => {
            or(last.and_then(|e| e.value.as_deref()), "<no-value>")
        }
        "function" | "stack.function" => or(frame().and_then(|f| f.function.as_deref()), "<no-function>"),
        "path" | "stack.abs_path" => {
            or(frame().and_then(|f| f.abs_path.as_deref().or(f.filename.as_deref())), "<no-abs-path>")
        }
        "stack.filename" => or(frame().and_then(|f| f.filename.as_deref().or(f.abs_path.as_deref())), "<no-filename>"),
        "module" | "stack.module" => or(frame().and_then(|f| f.module.as_deref()), "<no-module>"),
        "package" | "stack.package" => or(frame().and_then(|f| f.package.as_deref()), "<no-package>"),
        "level" => event.level.as_str().into(),
        "logger" => or(event.logger.as_deref(), "<no-logger>"),
        "release" => or(event.release.as_deref(), "<no-release>"),
        "environment" => or(event.environment.as_deref(), "<no-environment>"),
        _ => match name.strip_prefix("tags.") {
            Some(key) => tag(event, key).map_or_else(|| Cow::Owned(format!("<no-value-for-tag-{key}>")), Cow::Borrowed),
            None => Cow::Owned(format!("<unrecognized-variable-{name}>")),
        },
    }
}
