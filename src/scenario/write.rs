//! The writer of scenario files: the same scenario is always the same text, and reads back as it was.

use std::fmt::Write as _;

use super::{
    format::{Allow, Observations, Scenario},
    template,
};
use crate::{
    browser::{Action, Step},
    event::is_invisible,
};

/// Writes a scenario as YAML.
pub fn write(scenario: &Scenario) -> String {
    let mut out = String::new();
    head(&mut out, scenario);
    out.push_str("\nsteps:\n");
    for step in &scenario.steps {
        let _ = writeln!(out, "  - {}", line(step));
    }
    out.push_str("\n# What must be so at the end.\nexpect:\n");
    for step in &scenario.expect {
        let pairs = pairs(step);
        match pairs.as_slice() {
            [(key, value)] => _ = writeln!(out, "  - {key}: {value}"),
            _ => _ = writeln!(out, "  - {}", flow(&pairs)),
        }
    }
    match scenario.observations {
        Observations::None => out.push_str("  - observations: none # but those under `allow`\n"),
        Observations::Any => out.push_str("  - observations: any\n"),
    }
    if !scenario.allow.is_empty() {
        out.push_str("\n# Observations that are fine.\nallow:\n");
    }
    for allow in &scenario.allow {
        let _ = match allow {
            Allow::Fingerprint(fingerprint) => writeln!(out, "  - fingerprint: {}", scalar(fingerprint)),
            Allow::Text { kind, text } => writeln!(out, "  - {{kind: {}, text: {}}}", kind.word(), scalar(text)),
        };
    }
    out
}

fn head(out: &mut String, scenario: &Scenario) {
    let _ = writeln!(out, "name: {}", scalar(&scenario.name));
    if let Some(description) = &scenario.description {
        let _ = writeln!(out, "description: {}", scalar(description));
    }
    if let Some(base_url) = &scenario.base_url {
        let _ = writeln!(out, "base_url: {}", scalar(base_url));
    }
    if let Some((width, height)) = scenario.viewport {
        let _ = writeln!(out, "viewport: {width}x{height}");
    }
}

/// `click: {role: button, name: Pay}`, with a word on the variables it needs.
fn line(step: &Step) -> String {
    let word = step.action.word();
    let pairs = pairs(step);
    let mut line = match (step.action, pairs.as_slice()) {
        (Action::Navigate | Action::Press, [("url" | "key", value)]) => format!("{word}: {value}"),
        _ => format!("{word}: {}", flow(&pairs)),
    };
    let names = step.value.as_deref().and_then(|value| template::variables(value).ok()).unwrap_or_default();
    if !names.is_empty() {
        let names = names.into_iter().collect::<Vec<_>>().join(", ");
        let _ = write!(line, " # from the environment: {names}");
    }
    line
}

fn pairs(step: &Step) -> Vec<(&'static str, String)> {
    // By destructuring, so that a new field cannot be forgotten here.
    let Step { action, reference: _, role, name, label, text, testid, css, nth, value, url, request, gone, timeout_ms } =
        step;
    let value_key = match action {
        Action::Navigate => "url",
        Action::Press => "key",
        _ => "value",
    };
    let texts = [("role", role), ("name", name), ("label", label), ("text", text), ("testid", testid), ("css", css)];
    let mut pairs: Vec<(&'static str, String)> = Vec::new();
    for (key, text) in texts {
        pairs.extend(text.as_deref().map(|text| (key, scalar(text))));
    }
    pairs.extend(nth.map(|nth| ("nth", nth.to_string())));
    for (key, text) in [(value_key, value), ("url", url), ("request", request)] {
        pairs.extend(text.as_deref().map(|text| (key, scalar(text))));
    }
    pairs.extend(gone.then(|| ("gone", "true".to_owned())));
    pairs.extend(timeout_ms.map(|limit| ("timeout_ms", limit.to_string())));
    pairs
}

fn flow(pairs: &[(&str, String)]) -> String {
    let inside = pairs.iter().map(|(key, value)| format!("{key}: {value}")).collect::<Vec<_>>().join(", ");
    format!("{{{inside}}}")
}

/// A text as a YAML scalar that any YAML reader takes for this text: plain where that is safe, else double-quoted.
fn scalar(text: &str) -> String {
    if is_plain(text) {
        return text.to_owned();
    }
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if is_hidden(c) && u32::from(c) <= 0xff => _ = write!(out, "\\x{:02x}", u32::from(c)),
            c if is_hidden(c) && u32::from(c) <= 0xffff => _ = write!(out, "\\u{:04x}", u32::from(c)),
            c if is_hidden(c) => _ = write!(out, "\\U{:08x}", u32::from(c)),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Characters that a person does not see: written as escapes, so that what stands in the file is what it says.
fn is_hidden(c: char) -> bool {
    c.is_control() || is_invisible(c) || matches!(c, '\u{fffe}' | '\u{ffff}') || (c.is_whitespace() && c != ' ')
}

fn is_plain(text: &str) -> bool {
    let mut previous = ' ';
    let plain_inside = text.chars().zip(text.chars().skip(1).chain([' '])).all(|(c, next)| {
        let ok = match c {
            ' ' => previous != ' ' || next != ' ',
            ':' => next.is_ascii_alphanumeric() || next == '/',
            c => (c.is_alphanumeric() && !is_invisible(c)) || "_-./@+=?&%~".contains(c),
        };
        previous = c;
        ok
    });
    // A letter or a slash first: no number, date or indicator begins so.
    let first_ok = text.chars().next().is_some_and(|c| c.is_alphabetic() || c == '/');
    let reserved = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    plain_inside && first_ok && !text.ends_with([' ', ':']) && !reserved.contains(&text.to_lowercase().as_str())
}
