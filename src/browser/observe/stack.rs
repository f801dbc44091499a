//! JavaScript stack traces, as Chrome and Firefox print them, read into frames.

use serde_json::Value;

use crate::event::Frame;

/// Frames kept of one stack.
const MAX_FRAMES: usize = 50;

/// Reads `error.stack`; the crash frame comes first, as printed.
pub fn parse(stack: &str) -> Vec<Frame> {
    stack.lines().filter_map(line).take(MAX_FRAMES).collect()
}

/// Reads a BiDi `stackTrace`, whose lines and columns count from 0.
pub fn from_bidi(stack: &Value) -> Vec<Frame> {
    let frames = stack.get("callFrames").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let one_based = |frame: &Value, key: &str| frame.get(key).and_then(Value::as_u64).map_or(1, |n| n + 1);
    let read = |frame: &Value| {
        let url = frame.get("url")?.as_str()?;
        let function = frame.get("functionName").and_then(Value::as_str).unwrap_or_default();
        frame_at(function, url, one_based(frame, "lineNumber"), one_based(frame, "columnNumber"))
    };
    frames.iter().filter_map(read).take(MAX_FRAMES).collect()
}

/// Chrome: `    at async checkout (http://h/a.js:3:9)`, `    at http://h/a.js:3:9`; Firefox: `checkout@http://h/a.js:3:9`.
fn line(text: &str) -> Option<Frame> {
    let text = text.trim();
    if let Some(rest) = text.strip_prefix("at ") {
        let rest = rest.strip_prefix("async ").unwrap_or(rest);
        if let Some((function, place)) = rest.strip_suffix(')').and_then(|inner| inner.rsplit_once(" (")) {
            return placed(function, place);
        }
        return placed("", rest);
    }
    let (function, place) = text.rsplit_once('@')?;
    placed(function, place)
}

fn placed(function: &str, place: &str) -> Option<Frame> {
    // `eval at f (http://h/a.js:1:2), <anonymous>:1:1` has no file of its own.
    let mut parts = place.rsplitn(3, ':');
    let column = parts.next()?.parse().ok()?;
    let row = parts.next()?.parse().ok()?;
    frame_at(function, parts.next()?, row, column)
}

fn frame_at(function: &str, url: &str, line: u64, column: u64) -> Option<Frame> {
    if url.is_empty() {
        return None;
    }
    let function = function.trim();
    Some(Frame {
        filename: Some(url.to_owned()),
        abs_path: Some(url.to_owned()),
        function: (!function.is_empty()).then(|| function.to_owned()),
        lineno: u32::try_from(line).ok(),
        colno: u32::try_from(column).ok(),
        ..Frame::default()
    })
}
