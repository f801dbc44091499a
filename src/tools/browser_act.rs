//! `browser_act`: an ordered list of steps in one call.

use schemars::JsonSchema;
use serde::Deserialize;

use super::shared::acted::{self, Acted};
use crate::{
    browser::Step,
    ctx::Ctx,
    error::ToolError,
    mcp::{Call, Hints, Tool, Toolset},
};

/// Steps in one call; a longer list is a scenario.
const MAX_STEPS: usize = 50;

/// Acts on the page.
pub struct BrowserAct;

/// What to do.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Done in order.
    #[schemars(description = "")]
    steps: Vec<Step>,
    /// Session id; needed with several.
    #[schemars(with = "String", description = "")]
    #[serde(default)]
    session: Option<String>,
    /// Append a page snapshot.
    #[serde(default)]
    snapshot: bool,
}

impl Tool for BrowserAct {
    type Input = Input;
    type Report = Acted;
    const NAME: &'static str = "browser_act";
    const TITLE: &'static str = "Act on the page";
    const CONTRACT: &'static str = include_str!("../../tools/browser_act.md");
    const HINTS: Hints = Hints { read_only: false, destructive: true, idempotent: false, open_world: true };
    const TOOLSET: Toolset = Toolset::Browser;

    async fn run(ctx: &Ctx, call: &Call, input: Input) -> Result<Acted, ToolError> {
        if input.steps.is_empty() || input.steps.len() > MAX_STEPS {
            return Err(ToolError::new(
                format!("browser_act takes 1 to {MAX_STEPS} steps; {} were given.", input.steps.len()),
                r#"A step is an object: {"do": "click", "role": "button", "name": "Pay"}."#,
            ));
        }
        let session = ctx.browsers.session(input.session.as_deref())?;
        acted::act(ctx, call, &session, &input.steps, input.snapshot).await
    }
}
