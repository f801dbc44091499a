//! A stack frame, as Sentry's event payload defines it, and where it came from before a source map moved it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One frame of a stack trace. Lines and columns are 1-based, as in Sentry's payload (`lineno`, `colno`).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Frame {
    /// File name as the SDK gave it; after source mapping the user's own path, relative to the workspace when found there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filename: Option<String>,
    /// Absolute path or URL of the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub abs_path: Option<String>,
    /// Function name; `?` and `<anonymous>` stand for none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub function: Option<String>,
    /// Module (Python, Java, Node).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub module: Option<String>,
    /// Package or image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub package: Option<String>,
    /// 1-based line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lineno: Option<u32>,
    /// 1-based column.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub colno: Option<u32>,
    /// Whether the frame is the app's own code; `None` where the SDK did not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_app: Option<bool>,
    /// Source lines before `context_line`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pre_context: Vec<String>,
    /// The source line of the frame.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context_line: Option<String>,
    /// Source lines after `context_line`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub post_context: Vec<String>,
    /// Local variables, as the SDK sent them (Python, Node); untrusted.
    #[serde(skip_serializing_if = "serde_json::Map::is_empty")]
    pub vars: serde_json::Map<String, serde_json::Value>,
    /// Where the frame was in the built code, once a source map has moved it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub generated: Option<Box<Generated>>,
    /// The file in the workspace that it is of, once that was looked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workspace: Option<InWorkspace>,
}

/// What was found of a frame's file in the workspace.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub enum InWorkspace {
    /// This file, relative to the workspace; whether its line still is the frame's, where that can be told.
    File(String, Option<bool>),
    /// So many files that it may be.
    Several(usize),
    /// None.
    No,
}

/// The place of a frame in the built code, before source mapping.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Generated {
    /// URL or path of the built file.
    pub abs_path: String,
    /// 1-based line in the built file.
    pub lineno: u32,
    /// 1-based column in the built file.
    pub colno: u32,
    /// Function name in the built file.
    pub function: Option<String>,
}

impl Frame {
    /// `file:line:column` as far as it is known, for people.
    pub fn location(&self) -> Option<String> {
        let file = self.filename.as_deref().or(self.abs_path.as_deref())?;
        Some(match (self.lineno, self.colno) {
            (Some(line), Some(column)) => format!("{file}:{line}:{column}"),
            (Some(line), None) => format!("{file}:{line}"),
            _ => file.to_owned(),
        })
    }
}
