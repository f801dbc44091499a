//! `browser_close`: ends a session.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    ctx::Ctx,
    error::ToolError,
    mcp::{Call, Hints, Tool, Toolset},
    report::{Render, Text},
};

/// Closes a session.
pub struct BrowserClose;

/// Which.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Session id; needed with several.
    #[schemars(with = "String", description = "")]
    #[serde(default)]
    session: Option<String>,
}

/// What was closed.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Report {
    /// Id of the session; it is not used again.
    session: String,
    /// Sessions that are still open.
    open: Vec<String>,
}

impl Tool for BrowserClose {
    type Input = Input;
    type Report = Report;
    const NAME: &'static str = "browser_close";
    const TITLE: &'static str = "Close a browser session";
    const CONTRACT: &'static str = include_str!("../../tools/browser_close.md");
    const HINTS: Hints = Hints { read_only: false, destructive: true, idempotent: false, open_world: false };
    const TOOLSET: Toolset = Toolset::Browser;

    async fn run(ctx: &Ctx, _call: &Call, input: Input) -> Result<Report, ToolError> {
        let closed = ctx.browsers.close(input.session.as_deref()).await?;
        Ok(Report { session: closed.id, open: ctx.browsers.ids() })
    }
}

impl Render for Report {
    fn render(&self, text: &mut Text) {
        let open = if self.open.is_empty() { "none".to_owned() } else { self.open.join(", ") };
        text.line(format!("Session {} is closed, with its cookies and storage. Still open: {open}.", self.session));
    }
}
