//! Structured content: plain, without secrets, within its budget, and still valid for the output schema of its tool.

use serde_json::{Map, Value};

use super::reply::KEEP;
use crate::{
    artifacts::{Artifacts, random_hex},
    redact::text as redact,
    report::plain_block,
};

/// Characters of the structured content as JSON.
const MAX: usize = 16_000;
/// A string is only cut where cutting lists was not enough, and never below this many characters: ids stay whole.
const LONG: usize = 1_000;

/// Makes hidden characters visible and takes secrets out, in every string.
pub(super) fn clean(value: &mut Value) {
    match value {
        Value::String(text) => {
            let clean = redact(&plain_block(text));
            if clean != *text {
                *text = clean;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(clean),
        Value::Object(fields) => {
            // Names come from outside too, as those of tags do.
            if fields.keys().any(|name| plain_block(name) != *name) {
                *fields = std::mem::take(fields).into_iter().map(|(name, below)| (plain_block(&name), below)).collect();
            }
            fields.values_mut().for_each(clean);
        }
        _ => {}
    }
}

/// Cuts what is over the budget; the whole is kept in a file. A line that says so; empty = nothing was cut.
pub(super) fn fit(value: &mut Value, artifacts: &Artifacts) -> String {
    if length(value) <= MAX {
        return String::new();
    }
    let whole = value.to_string();
    let mut cut = Map::new();
    while length(value) > MAX && shorten(value, &mut cut) {}
    let places: Vec<String> = cut.iter().take(4).map(|(place, count)| format!("{count} of {place}")).collect();
    let places = places.join(", ");
    let kept = artifacts.write("replies", &format!("{}.json", random_hex()), whole.as_bytes());
    if let Value::Object(fields) = value {
        fields.entry("left_out").or_insert(Value::Object(cut));
    }
    match kept {
        Ok(kept) => {
            artifacts.prune("replies", KEEP);
            format!(
                "[Left out of the structured content: {places}. All of it: {} = {}]\n",
                kept.uri,
                kept.path.display()
            )
        }
        Err(error) => {
            tracing::warn!(%error, "the rest of structured content could not be kept");
            format!("[Left out of the structured content: {places}; it could not be written to a file.]\n")
        }
    }
}

/// Cuts the largest thing that can be cut; false = there is none.
fn shorten(value: &mut Value, cut: &mut Map<String, Value>) -> bool {
    let over = length(value).saturating_sub(MAX);
    let mut best = [None, None, None];
    weigh(value, String::new(), &mut best);
    let [list, text, single] = best;
    // First lists down to their first entry, then long texts, and last what is alone in its list.
    let Some((_, place)) = list.or(text).or(single) else { return false };
    let dropped = match value.pointer_mut(&place) {
        Some(Value::Array(items)) => {
            let keep = usize::from(items.len() > 1);
            let (before, mut gone) = (items.len(), 0);
            while items.len() > keep && gone <= over {
                gone += items.pop().map_or(0, |item| length(&item) + 1);
            }
            before - items.len()
        }
        Some(Value::String(text)) => {
            let before = text.chars().count();
            *text = text.chars().take(LONG).collect::<String>() + "…";
            before - LONG
        }
        _ => return false,
    };
    let name = place.trim_start_matches('/').to_owned();
    let sum = cut.get(&name).and_then(Value::as_u64).unwrap_or(0);
    // One place of many is as good as all of them: the note itself has a budget.
    if cut.len() < 20 || cut.contains_key(&name) {
        cut.insert(name, Value::from(sum.saturating_add(u64::try_from(dropped).unwrap_or(u64::MAX))));
    }
    true
}

/// Finds the largest list of several, the largest long text and the largest list of one; with their JSON pointers.
fn weigh(value: &Value, place: String, best: &mut [Option<(usize, String)>; 3]) {
    let [list, text, single] = best;
    let (slot, weight) = match value {
        Value::Array(items) if items.len() > 1 => (Some(list), length(value)),
        Value::Array(items) if items.len() == 1 => (Some(single), length(value)),
        Value::String(body) => {
            let long = body.chars().count();
            (Some(text).filter(|_| long > LONG + 1), long)
        }
        _ => (None, 0),
    };
    if let Some(slot) = slot
        && slot.as_ref().is_none_or(|(most, _)| weight > *most)
    {
        *slot = Some((weight, place.clone()));
    }
    match value {
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(at, item)| weigh(item, format!("{place}/{at}"), best));
        }
        Value::Object(fields) => fields.iter().for_each(|(name, below)| {
            weigh(below, format!("{place}/{}", name.replace('~', "~0").replace('/', "~1")), best);
        }),
        _ => {}
    }
}

fn length(value: &Value) -> usize {
    value.to_string().chars().count()
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};

    use super::{MAX, clean, length, shorten};

    #[test]
    fn cuts_lists_first_and_short_texts_never() {
        let (word, long) = ("w".repeat(900), "l".repeat(30_000));
        let frames: Vec<Value> = (0..100).map(|at| json!({"id": at, "line": word})).collect();
        let checks = [
            (json!({"id": word, "list": frames}), "/id", &word),
            (json!({"id": word, "events": [{"id": word, "frames": frames}]}), "/events/0/id", &word),
            (json!({"id": word, "text": long, "list": [1, 2]}), "/id", &word),
            (json!({"id": word, "list": [{"a": frames[0], "b": frames}, 1]}), "/list/0/a/line", &word),
        ];
        for (mut value, whole, expect) in checks {
            let mut cut = Map::new();
            while length(&value) > MAX && shorten(&mut value, &mut cut) {}
            assert!(length(&value) <= MAX, "{cut:?}");
            assert!(!cut.is_empty());
            assert_eq!(value.pointer(whole).and_then(Value::as_str), Some(expect.as_str()), "{whole}: {cut:?}");
        }
    }

    #[test]
    fn cleans_names_and_texts() {
        let mut value = json!({"a\u{202e}": ["x\u{200b}\u{1b}[2J\r\ny", {"b": "password=hunter2"}], "n": 1});
        clean(&mut value);
        assert_eq!(value, json!({"a\u{fffd}": ["x\u{fffd}\u{fffd}[2J\ny", {"b": "password=[redacted]"}], "n": 1}));
    }
}
