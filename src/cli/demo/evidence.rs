//! What the demo reads from replies: ids, places and the verdict from the structured content, code from the text.

use serde_json::Value;

use super::client::Reply;
use crate::error::{Result, ToolError};

/// What the reply to one act said of the fault: enough to find it in the source and in the sink.
#[derive(Debug)]
pub(super) struct Fault {
    /// `ReferenceError: myUndefinedFunction is not defined`
    pub(super) title: String,
    /// `myUndefinedFunction`
    pub(super) name: String,
    /// `src/checkout.ts:16:18`
    pub(super) place: String,
    /// `src/checkout.ts`
    pub(super) file: String,
    /// 1-based.
    pub(super) line: usize,
    /// `LOCAL-1`
    pub(super) issue: String,
}

impl Fault {
    /// Reads the fault out of the reply to the act that caused it.
    pub(super) fn read(reply: &Reply) -> Result<Self> {
        let missing = |what: &str| ToolError::bare(format!("The reply to the click has no {what}:\n{}", reply.text));
        let seen = || reply.data.pointer("/observations").and_then(Value::as_array).into_iter().flatten();
        let error = seen()
            .find(|seen| text(seen, "kind").as_deref() == Some("uncaught_error"))
            .ok_or_else(|| missing("uncaught error"))?;
        let title = text(error, "message").ok_or_else(|| missing("message"))?;
        let name = title
            .strip_prefix("ReferenceError: ")
            .and_then(|rest| rest.strip_suffix(" is not defined"))
            .ok_or_else(|| missing("ReferenceError"))?
            .to_owned();
        let place = text(error, "location").ok_or_else(|| missing("source line"))?;
        let mut parts = place.split(':');
        let file = parts.next().unwrap_or_default().to_owned();
        let line = parts.next().and_then(|line| line.parse().ok()).ok_or_else(|| missing("source line"))?;
        let issue = seen().find_map(|seen| text(seen, "issue")).ok_or_else(|| missing("issue of the sink"))?;
        Ok(Self { title, name, place, file, line, issue })
    }
}

/// The first excerpt of code in a reply: lines with a number and a bar, `>` before the one that failed.
pub(super) fn code(reply: &Reply) -> Vec<String> {
    let is_code = |line: &&str| {
        let line = line.trim_start().trim_start_matches('>').trim_start();
        line.split_once('|').is_some_and(|(number, _)| number.trim().parse::<u32>().is_ok())
    };
    let lines: Vec<&str> = reply.text.lines().skip_while(|line| !is_code(line)).take_while(is_code).collect();
    let margin = lines.iter().map(|line| line.len() - line.trim_start().len()).min().unwrap_or_default();
    lines.iter().map(|line| line.chars().skip(margin).collect()).collect()
}

/// The first text under this key in structured content, however deep.
pub(super) fn text(value: &Value, key: &str) -> Option<String> {
    match value {
        Value::Object(fields) => fields
            .get(key)
            .and_then(Value::as_str)
            .map(str::to_owned)
            .or_else(|| fields.values().find_map(|field| text(field, key))),
        Value::Array(items) => items.iter().find_map(|item| text(item, key)),
        _ => None,
    }
}

/// The number under a pointer, 0 where there is none.
pub(super) fn number(value: &Value, pointer: &str) -> u64 {
    value.pointer(pointer).and_then(Value::as_u64).unwrap_or_default()
}
