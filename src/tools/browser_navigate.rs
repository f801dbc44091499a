//! `browser_navigate`: to a URL, back, forward, reload.

use schemars::JsonSchema;
use serde::Deserialize;

use super::shared::acted::{self, Acted};
use crate::{
    browser::Step,
    ctx::Ctx,
    error::ToolError,
    mcp::{Call, Hints, Tool, Toolset},
};

/// Navigates.
pub struct BrowserNavigate;

/// Where to.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// URL, back, forward or reload.
    url: String,
    /// Session id; needed with several.
    #[schemars(with = "String")]
    #[serde(default)]
    session: Option<String>,
}

impl Tool for BrowserNavigate {
    type Input = Input;
    type Report = Acted;
    const NAME: &'static str = "browser_navigate";
    const TITLE: &'static str = "Go to a page";
    const CONTRACT: &'static str = include_str!("../../tools/browser_navigate.md");
    const HINTS: Hints = Hints { read_only: false, destructive: false, idempotent: false, open_world: true };
    const TOOLSET: Toolset = Toolset::Browser;

    async fn run(ctx: &Ctx, call: &Call, input: Input) -> Result<Acted, ToolError> {
        let session = ctx.browsers.session(input.session.as_deref())?;
        acted::act(ctx, call, &session, &[Step::navigate(input.url)], false).await
    }
}
