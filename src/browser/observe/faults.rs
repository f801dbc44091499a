//! What the observer script and the browser's log say went wrong.

use serde_json::Value;

use super::{address, remote, stack, text};
use crate::event::{Csp, Fault, What};

/// A message of the observer script.
#[derive(Debug)]
pub enum Told {
    /// A fault.
    Fault(What),
    /// An error without an error object: cross-origin, or a worker's, which the log tells better.
    Bare(Fault),
}

/// Reads a message of the observer script.
pub fn told(data: &Value) -> Option<Told> {
    let message = remote::plain(data);
    let fault = || Fault {
        name: text(&message, "name").to_owned(),
        message: text(&message, "message").to_owned(),
        frames: stack::parse(text(&message, "stack")),
        causes: strings(message.get("causes")),
    };
    Some(match text(&message, "kind") {
        "error" if message.get("bare").and_then(Value::as_bool) == Some(true) => Told::Bare(fault()),
        "error" => Told::Fault(What::UncaughtError(fault())),
        "rejection" => Told::Fault(What::UnhandledRejection(fault())),
        "console" => Told::Fault(What::ConsoleError(fault())),
        "csp" => Told::Fault(What::CspViolation(csp(&message))),
        _ => return None,
    })
}

/// The address that a `csp` message says was blocked, as it was sent.
pub fn blocked_address(data: &Value) -> Option<String> {
    let message = remote::plain(data);
    (text(&message, "kind") == "csp" && text(&message, "disposition") != "report")
        .then(|| text(&message, "blocked").to_owned())
}

fn csp(message: &Value) -> Csp {
    let location = text(message, "location");
    Csp {
        directive: text(message, "directive").to_owned(),
        blocked_url: address::shown(text(message, "blocked")),
        disposition: text(message, "disposition").to_owned(),
        location: (!location.is_empty()).then(|| location.to_owned()),
    }
}

/// Reads an error of a log entry: `TypeError: x is not a function`.
pub fn of_log(entry: &Value) -> Fault {
    let line = text(entry, "text");
    let (name, message) = match line.split_once(": ") {
        Some((name, message)) if is_class(name) => (name, message),
        _ => ("", line),
    };
    Fault {
        name: name.to_owned(),
        message: message.chars().take(2_000).collect(),
        frames: entry.get("stackTrace").map(stack::from_bidi).unwrap_or_default(),
        causes: Vec::new(),
    }
}

/// The text of a fault in one line: `TypeError: x`.
pub fn line_of(fault: &Fault) -> String {
    if fault.name.is_empty() { fault.message.clone() } else { format!("{}: {}", fault.name, fault.message) }
}

fn is_class(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_uppercase()) && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn strings(value: Option<&Value>) -> Vec<String> {
    let items = value.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    items.iter().filter_map(Value::as_str).take(20).map(str::to_owned).collect()
}
