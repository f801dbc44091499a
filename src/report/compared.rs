//! What differs between two events: aspect by aspect, in one fence; what is equal in one line. Everything is untrusted.

use super::lines::one_line;
use crate::{event::Aspect, redact};

/// Characters of all aspects.
const ROOM: usize = 6_200;
/// Characters of a value.
const VALUE: usize = 200;
/// Differences shown of an aspect before the others have had their turn.
const FIRST: usize = 12;

/// The aspects that differ, as lines; and how many differences are left out.
pub fn differences(aspects: &[Aspect]) -> (String, usize) {
    let mut rest: Vec<(usize, Vec<String>)> = aspects.iter().map(lines).enumerate().collect();
    let mut shown: Vec<Vec<String>> = vec![Vec::new(); aspects.len()];
    let mut room = ROOM;
    // A turn for each before anyone gets more.
    for turn in [FIRST, usize::MAX] {
        for ((at, lines), shown) in rest.iter_mut().zip(shown.iter_mut()) {
            // Where only one of them has anything, a few of it say that.
            let one_sided = aspects.get(*at).is_some_and(one_sided);
            if turn > FIRST && one_sided {
                continue;
            }
            let mut taken = 0;
            for line in lines.iter().take(turn) {
                let length = line.chars().count() + 1;
                if length > room {
                    break;
                }
                room -= length;
                shown.push(line.clone());
                taken += 1;
            }
            lines.drain(..taken);
        }
    }
    let mut out = String::new();
    let mut left_out = 0;
    for ((aspect, shown), (_, lines)) in aspects.iter().zip(&shown).zip(&rest) {
        if shown.is_empty() && lines.is_empty() {
            continue;
        }
        let same = if aspect.same > 0 { format!(" ({} equal)", aspect.same) } else { String::new() };
        out.push_str(&format!("{}{same}:\n", aspect.name));
        for line in shown {
            out.push_str(line);
            out.push('\n');
        }
        if !lines.is_empty() {
            left_out += lines.len();
            out.push_str(&format!("  … {} more differences left out\n", lines.len()));
        }
    }
    (out, left_out)
}

/// Whether only one of the two has anything of it.
fn one_sided(aspect: &Aspect) -> bool {
    let shared = aspect.same + aspect.changed.len();
    shared == 0 && (aspect.only_first.is_empty() || aspect.only_second.is_empty())
}

/// What is equal, in one line: names and counts of ours.
pub fn equal(aspects: &[Aspect]) -> String {
    let equal = aspects.iter().filter(|aspect| aspect.is_equal() && !aspect.is_empty());
    let said: Vec<String> = equal.map(|aspect| format!("{} ({})", aspect.name, aspect.same)).collect();
    let none: Vec<&str> = aspects.iter().filter(|aspect| aspect.is_empty()).map(|aspect| aspect.name).collect();
    let mut line =
        if said.is_empty() { "Equal: nothing as a whole.".to_owned() } else { format!("Equal: {}.", said.join(", ")) };
    if !none.is_empty() {
        line.push_str(&format!(" Neither has: {}.", none.join(", ")));
    }
    line
}

fn lines(aspect: &Aspect) -> Vec<String> {
    let changed = aspect.changed.iter().map(|(key, one, other)| {
        let (key, one, other) = (one_line(key, 120), value(key, one), value(key, other));
        if one == other { format!("  ~ {key}: differs, {one}") } else { format!("  ~ {key}: {one} → {other}") }
    });
    let one = aspect.only_first.iter().map(|only| format!("  A {}", keyed(only)));
    let other = aspect.only_second.iter().map(|only| format!("  B {}", keyed(only)));
    changed.chain(one).chain(other).collect()
}

fn keyed(text: &str) -> String {
    match text.split_once('=') {
        Some((key, said)) if !key.contains(' ') || key.starts_with("header ") => {
            format!("{}={}", one_line(key, 120), value(key, said))
        }
        _ => shown(text),
    }
}

/// A value, without its secrets: by its name (`header cookie`, `cart.token`) or its shape.
fn value(key: &str, text: &str) -> String {
    let name = key.rsplit(['.', ' ']).next().unwrap_or(key);
    if redact::is_secret(name) {
        return redact::REDACTED.to_owned();
    }
    if name == "query" {
        return one_line(&redact::query(text), VALUE);
    }
    match serde_json::from_str::<serde_json::Value>(text) {
        Ok(json) if json.is_object() || json.is_array() => one_line(&redact::json(&json).to_string(), VALUE),
        _ => shown(text),
    }
}

fn shown(text: &str) -> String {
    let head: String = text.chars().take(4 * VALUE).collect();
    let words: Vec<String> = head
        .split(' ')
        .map(|word| if word.contains('?') || word.contains("://") { redact::url(word) } else { word.to_owned() })
        .collect();
    one_line(&redact::text(&words.join(" ")), VALUE)
}
