//! Key names to WebDriver input: `Enter`, `a`, `Control+A`, `Shift+Tab`.

use serde_json::{Value, json};

use crate::{
    browser::words::quoted,
    error::{Result, ToolError},
};

/// Names as `KeyboardEvent.key` has them, and what people write, with WebDriver's code points (spec: keyboard actions).
const NAMED: &[(&str, char)] = &[
    ("Cancel", '\u{e001}'),
    ("Backspace", '\u{e003}'),
    ("Tab", '\u{e004}'),
    ("Enter", '\u{e007}'),
    ("Return", '\u{e006}'),
    ("Shift", '\u{e008}'),
    ("Control", '\u{e009}'),
    ("Ctrl", '\u{e009}'),
    ("Alt", '\u{e00a}'),
    ("Option", '\u{e00a}'),
    ("Pause", '\u{e00b}'),
    ("Escape", '\u{e00c}'),
    ("Esc", '\u{e00c}'),
    ("Space", ' '),
    ("PageUp", '\u{e00e}'),
    ("PageDown", '\u{e00f}'),
    ("End", '\u{e010}'),
    ("Home", '\u{e011}'),
    ("ArrowLeft", '\u{e012}'),
    ("ArrowUp", '\u{e013}'),
    ("ArrowRight", '\u{e014}'),
    ("ArrowDown", '\u{e015}'),
    ("Left", '\u{e012}'),
    ("Up", '\u{e013}'),
    ("Right", '\u{e014}'),
    ("Down", '\u{e015}'),
    ("Insert", '\u{e016}'),
    ("Delete", '\u{e017}'),
    ("Del", '\u{e017}'),
    ("F1", '\u{e031}'),
    ("F2", '\u{e032}'),
    ("F3", '\u{e033}'),
    ("F4", '\u{e034}'),
    ("F5", '\u{e035}'),
    ("F6", '\u{e036}'),
    ("F7", '\u{e037}'),
    ("F8", '\u{e038}'),
    ("F9", '\u{e039}'),
    ("F10", '\u{e03a}'),
    ("F11", '\u{e03b}'),
    ("F12", '\u{e03c}'),
    ("Meta", '\u{e03d}'),
    ("Command", '\u{e03d}'),
    ("Cmd", '\u{e03d}'),
];

/// The actions that press a key, with its modifiers held, as `input.performActions` takes them.
pub(super) fn press(combination: &str) -> Result<Value> {
    let keys = parse(combination)?;
    let mut actions: Vec<Value> = keys.iter().map(|key| json!({"type": "keyDown", "value": key})).collect();
    actions.extend(keys.iter().rev().map(|key| json!({"type": "keyUp", "value": key})));
    Ok(json!([{"type": "key", "id": "keyboard", "actions": actions}]))
}

fn parse(combination: &str) -> Result<Vec<String>> {
    // `+` alone, and `Control++`, mean the plus key.
    let (held, last) = match combination.strip_suffix('+') {
        Some(rest) => (rest.trim_end_matches('+'), "+"),
        None => combination.rsplit_once('+').unwrap_or(("", combination)),
    };
    let held: Vec<&str> = held.split('+').map(str::trim).filter(|key| !key.is_empty()).collect();
    let shortcut = held.iter().any(|key| !key.eq_ignore_ascii_case("shift"));
    let last = if last == " " { "Space" } else { last.trim() };
    let mut keys = held.iter().map(|key| code(key, false)).collect::<Result<Vec<_>>>()?;
    keys.push(code(last, shortcut)?);
    Ok(keys)
}

fn code(key: &str, shortcut: bool) -> Result<String> {
    if let Some((_, code)) = NAMED.iter().find(|(name, _)| name.eq_ignore_ascii_case(key)) {
        return Ok(code.to_string());
    }
    let mut chars = key.chars();
    match (chars.next(), chars.next()) {
        // People write Control+A and mean the key, not the capital letter.
        (Some(one), None) if shortcut => Ok(one.to_lowercase().collect()),
        (Some(one), None) => Ok(one.to_string()),
        _ => Err(ToolError::new(
            format!("{} is no key.", quoted(key, 40)),
            "Use one character, or a name: Enter, Tab, Escape, Space, Backspace, Delete, Home, End, PageUp, PageDown, \
             ArrowUp, ArrowDown, ArrowLeft, ArrowRight, F1…F12, with Control+, Shift+, Alt+, Meta+ before it. To type text, \
             use fill.",
        )),
    }
}
