//! What "inert" means, for one reply:
//!
//! 1. No character anywhere, in text, data or names, that hides, turns the direction, or controls a terminal.
//! 2. Fences open and close in turn, with one boundary for the reply that is random, and with a label.
//! 3. Outside fences, what a sender wrote is only between « and », which it cannot close, on one line; or it is one bare
//!    word that can do nothing.
//! 4. Between « and » no Markdown or HTML is active that would load an address or hide what follows.
//! 5. In data it is on one line.

use serde_json::Value;

use super::MARK;
use crate::support::Reply;

/// What is not inert in a reply, as lines.
pub fn faults(reply: &Reply) -> Vec<String> {
    let mut faults = Vec::new();
    if let Some(hidden) = reply.raw.to_string().chars().find(|c| hides(*c)) {
        faults.push(format!("{hidden:?} in the raw reply"));
    }
    strings(&reply.raw, "", &mut |place, text| {
        if let Some(hidden) = text.chars().find(|c| hides(*c)) {
            faults.push(format!("{hidden:?} in {place}: {}", shown(text)));
        }
        if place.starts_with("/structuredContent") && text.contains('\n') && text.contains(MARK) {
            faults.push(format!("several lines in {place}: {}", shown(text)));
        }
    });
    for block in &reply.content {
        match block["type"].as_str() {
            Some("text") => text_faults(block["text"].as_str().unwrap(), &mut faults),
            Some("resource_link") => {
                let said = format!("{} {} {}", block["uri"], block["name"], block["description"]);
                outside(&said, &mut faults);
            }
            Some("image") => {}
            // An embedded resource is data by its type, but its text reaches the model all the same.
            Some("resource") => text_faults(block["resource"]["text"].as_str().unwrap_or_default(), &mut faults),
            other => faults.push(format!("a content block of type {other:?}")),
        }
    }
    faults
}

fn text_faults(text: &str, faults: &mut Vec<String>) {
    let mut boundary = None;
    let mut inside = false;
    for line in text.lines() {
        let opened = line.strip_prefix("<untrusted-").and_then(|rest| rest.split_once(" from=\""));
        if let (Some((mark, label)), false) = (opened, inside) {
            inside = true;
            let good = mark.len() >= 8 && mark.bytes().all(|byte| byte.is_ascii_hexdigit());
            if !good || boundary.is_some_and(|known| known != mark) {
                faults.push(format!("a fence that is not of this reply: {}", shown(line)));
            }
            if !label.ends_with("\">") || label.len() < 5 || label.contains(MARK) {
                faults.push(format!("a fence that does not say where its text came from: {}", shown(line)));
            }
            boundary = Some(mark);
        } else if inside && boundary.is_some_and(|mark| line == format!("</untrusted-{mark}>")) {
            inside = false;
        } else if inside {
            if line.contains("<untrusted-") || line.contains("</untrusted-") {
                faults.push(format!("looks like a fence within a fence: {}", shown(line)));
            }
        } else {
            outside(line, faults);
        }
    }
    if inside {
        faults.push("a fence is not closed".to_owned());
    }
}

/// A line outside fences.
fn outside(line: &str, faults: &mut Vec<String>) {
    let (mut ours, mut quoted) = (String::new(), String::new());
    let mut inside = false;
    for c in line.chars() {
        match (c, inside) {
            ('«', false) => inside = true,
            ('»', true) => {
                inside = false;
                active(&quoted, faults);
                quoted.clear();
            }
            ('«' | '»', _) => faults.push(format!("quotes that are not closed: {}", shown(line))),
            (c, true) => quoted.push(c),
            (c, false) => ours.push(c),
        }
    }
    if inside {
        faults.push(format!("quotes that are not closed: {}", shown(line)));
    }
    if ours.contains(MARK) || ours.contains("evil.example") {
        faults.push(format!("outside of fences and quotes: {}", shown(line)));
    }
    active(&ours, faults);
}

/// Markdown and HTML that a viewer would load or run, or that hides what follows.
fn active(text: &str, faults: &mut Vec<String>) {
    let lower = text.to_ascii_lowercase();
    let tags = ["<img", "<script", "<iframe", "<svg", "<style", "<base", "<a ", "<!--", "<details", "<video"];
    let found = ["](", "!["].iter().chain(&tags).find(|mark| lower.contains(**mark));
    if let Some(found) = found {
        faults.push(format!("{found} is active outside of fences: {}", shown(text)));
    }
}

/// Not shown, or changes how the rest is shown: Unicode's default ignorable characters, bidi and other format marks,
/// controls but the end of a line.
fn hides(c: char) -> bool {
    let listed = matches!(u32::from(c),
        0xad | 0x34f | 0x61c | 0x115f | 0x1160 | 0x17b4 | 0x17b5 | 0x180b..=0x180f | 0x200b..=0x200f | 0x2028..=0x202e | 0x2060..=0x206f
        | 0x3164 | 0xfeff | 0xffa0 | 0xfff0..=0xfffb | 0x1bca0..=0x1bca3 | 0x1d173..=0x1d17a | 0xe0000..=0xe0fff);
    listed || (c.is_control() && c != '\n')
}

/// Every text in a value with its place; names of fields too.
fn strings(value: &Value, place: &str, say: &mut impl FnMut(&str, &str)) {
    match value {
        Value::String(text) => say(place, text),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(at, item)| strings(item, &format!("{place}/{at}"), say))
        }
        Value::Object(fields) => fields.iter().for_each(|(name, below)| {
            say(&format!("{place} (name)"), name);
            strings(below, &format!("{place}/{name}"), say);
        }),
        _ => {}
    }
}

fn shown(text: &str) -> String {
    let text = format!("{text:?}");
    if text.chars().count() > 240 { text.chars().take(240).collect::<String>() + "…" } else { text }
}
