//! Stack traces of a payload → [`Frame`]s: bounded, and never failing.

use serde_json::{Map, Value};

use super::{
    Frame,
    lenient::{cut, items, text_of},
};

/// Frames kept of one stack trace; the middle of a longer one is dropped, as Sentry does.
const MAX_FRAMES: usize = 250;
/// Characters kept of a source line.
const MAX_LINE: usize = 1_024;
/// Context lines kept on each side of the crash line.
const MAX_CONTEXT: usize = 10;
/// Local variables kept of a frame.
const MAX_VARS: usize = 50;

/// Frames of a `stacktrace`: `{frames: […]}` or a bare array.
pub(super) fn frames_of(value: Option<&Value>) -> Vec<Frame> {
    let list = match value {
        Some(Value::Object(map)) => map.get("frames").map(items).unwrap_or_default(),
        Some(value @ Value::Array(_)) => items(value),
        _ => return Vec::new(),
    };
    let drop = list.len().saturating_sub(MAX_FRAMES);
    let keep_head = MAX_FRAMES / 2;
    list.iter()
        .enumerate()
        .filter(|(index, _)| *index < keep_head || *index >= keep_head + drop)
        .filter_map(|(_, value)| value.as_object())
        .map(frame_of)
        .collect()
}

/// How many frames of a `stacktrace` are missing: those that the SDK dropped (`frames_omitted: [first, last)`), and those
/// that [`frames_of`] drops.
pub(super) fn omitted_of(value: Option<&Value>) -> usize {
    let Some(value) = value else { return 0 };
    let list = value.get("frames").or(Some(value)).and_then(Value::as_array).map_or(0, Vec::len);
    let range = value.get("frames_omitted").and_then(Value::as_array).map(Vec::as_slice);
    let before = match range {
        Some([first, last]) => last.as_u64().unwrap_or(0).saturating_sub(first.as_u64().unwrap_or(0)),
        _ => 0,
    };
    list.saturating_sub(MAX_FRAMES) + usize::try_from(before).unwrap_or(0)
}

/// Frames of the thread that crashed, else of the current one, else of the only one; and how many are missing.
pub(super) fn thread_frames(value: &Value) -> (Vec<Frame>, usize) {
    let threads: Vec<&Map<String, Value>> = items(value).iter().filter_map(|thread| thread.as_object()).collect();
    let marked =
        |mark: &str| threads.iter().find(|thread| thread.get(mark).and_then(Value::as_bool) == Some(true)).copied();
    let only = || if let [only] = threads.as_slice() { Some(*only) } else { None };
    let chosen = marked("crashed").or_else(|| marked("current")).or_else(only);
    let stack = chosen.and_then(|thread| thread.get("stacktrace"));
    (frames_of(stack), omitted_of(stack))
}

fn frame_of(map: &Map<String, Value>) -> Frame {
    let number = |key: &str| map.get(key).and_then(Value::as_u64).and_then(|number| u32::try_from(number).ok());
    Frame {
        filename: text_of(map, "filename"),
        abs_path: text_of(map, "abs_path"),
        function: text_of(map, "function").or_else(|| text_of(map, "raw_function")),
        module: text_of(map, "module"),
        package: text_of(map, "package"),
        lineno: number("lineno"),
        colno: number("colno"),
        in_app: map.get("in_app").and_then(Value::as_bool),
        pre_context: lines_of(map.get("pre_context"), true),
        // A blank context line is a line: it is kept, so that the lines around it keep their numbers.
        context_line: map.get("context_line").and_then(Value::as_str).map(|line| cut(line, MAX_LINE)),
        post_context: lines_of(map.get("post_context"), false),
        vars: map
            .get("vars")
            .and_then(Value::as_object)
            .map(|vars| vars.iter().take(MAX_VARS).map(|(key, value)| (key.clone(), value.clone())).collect())
            .unwrap_or_default(),
        generated: None,
        workspace: None,
    }
}

/// Context lines, at most [`MAX_CONTEXT`] nearest to the crash line: the last ones before it, the first ones after it.
fn lines_of(value: Option<&Value>, before: bool) -> Vec<String> {
    let Some(lines) = value.and_then(Value::as_array) else { return Vec::new() };
    let skip = if before { lines.len().saturating_sub(MAX_CONTEXT) } else { 0 };
    lines.iter().skip(skip).take(MAX_CONTEXT).map(|line| cut(line.as_str().unwrap_or_default(), MAX_LINE)).collect()
}
