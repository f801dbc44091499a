//! `browser_evaluate`: the value of a JavaScript expression in the page.
//!
//! A tool of its own, so that `browser_read` can be what its hints say: an expression can do all that the page can.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    browser::Read,
    ctx::Ctx,
    error::ToolError,
    mcp::{Call, Hints, Tool, Toolset},
    report::{Render, Text},
};

/// Evaluates an expression in the page.
pub struct BrowserEvaluate;

/// What to evaluate.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Expression or function whose value is JSON.
    expression: String,
    /// Session id.
    #[schemars(with = "String", description = "")]
    #[serde(default)]
    session: Option<String>,
}

/// What the expression gave.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Report {
    /// Id of the session.
    session: String,
    /// Length of the value as JSON, in characters.
    chars: usize,
    #[serde(skip)]
    body: String,
}

impl Tool for BrowserEvaluate {
    type Input = Input;
    type Report = Report;
    const NAME: &'static str = "browser_evaluate";
    const TITLE: &'static str = "Evaluate JavaScript in the page";
    const CONTRACT: &'static str = include_str!("../../tools/browser_evaluate.md");
    const HINTS: Hints = Hints { read_only: false, destructive: true, idempotent: false, open_world: true };
    const TOOLSET: Toolset = Toolset::Browser;

    async fn run(ctx: &Ctx, _call: &Call, input: Input) -> Result<Report, ToolError> {
        let session = ctx.browsers.session(input.session.as_deref())?;
        let body = session.read(&Read::Evaluate(input.expression)).await?;
        Ok(Report { session: session.id().to_owned(), chars: body.chars().count(), body })
    }
}

impl Render for Report {
    fn render(&self, text: &mut Text) {
        text.untrusted("page", &self.body);
    }
}
