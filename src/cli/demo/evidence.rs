//! What the demo reads from replies, as an agent does: from the text, and the verdict from the structured content.

use regex::Regex;
use serde_json::Value;

use super::client::Reply;
use crate::error::{Result, ToolError};

/// What one reply said of the fault: enough to find it in the source and in the sink.
#[derive(Debug)]
pub(super) struct Fault {
    /// `ReferenceError: myUndefinedFunction is not defined`
    pub(super) title: String,
    /// `myUndefinedFunction`
    pub(super) name: String,
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
        let missing = |what: &str| ToolError::bare(format!("The reply of the act has no {what}:\n{}", reply.text));
        let title = first(&reply.text, r"(ReferenceError: (\w+) is not defined)")?;
        let [title, name] = title.as_slice() else { return Err(missing("ReferenceError")) };
        let place = first(&reply.text, r"(src/[\w./-]+\.ts):(\d+)")?;
        let [file, line] = place.as_slice() else { return Err(missing("TypeScript line")) };
        let issue = first(&reply.text, r"(LOCAL-\d+)")?;
        let [issue] = issue.as_slice() else { return Err(missing("issue of the sink")) };
        Ok(Self {
            title: title.clone(),
            name: name.clone(),
            file: file.clone(),
            line: line.parse().map_err(|_| missing("line number"))?,
            issue: issue.clone(),
        })
    }
}

/// The groups of the first match of `pattern`; none = no match.
fn first(text: &str, pattern: &str) -> Result<Vec<String>> {
    let regex = Regex::new(pattern).map_err(|error| ToolError::bare(error.to_string()))?;
    Ok(regex
        .captures(text)
        .map_or_else(Vec::new, |found| found.iter().skip(1).flatten().map(|group| group.as_str().to_owned()).collect()))
}

/// The lines of a reply that hold one of these words, trimmed.
pub(super) fn lines_with(reply: &Reply, words: &[&str]) -> Vec<String> {
    reply
        .text
        .lines()
        .filter(|line| words.iter().any(|word| line.contains(word)))
        .map(|line| line.trim().to_owned())
        .collect()
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
