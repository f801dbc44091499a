//! `compare_runs`: what changed from one run to another.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    ctx::Ctx,
    error::ToolError,
    mcp::{Call, Hints, Tool, Toolset},
    report::{Render, Text},
    scenario::{self, Comparison, Runs},
};

/// The tool.
pub struct CompareRuns;

/// Its arguments.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Run id
    before: String,
    /// Run id
    after: String,
}

/// Its result.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct Report(Comparison);

impl Tool for CompareRuns {
    type Input = Input;
    type Report = Report;
    const NAME: &'static str = "compare_runs";
    const TITLE: &'static str = "Compare two runs";
    const CONTRACT: &'static str = include_str!("../../tools/compare_runs.md");
    const HINTS: Hints = Hints { read_only: true, destructive: false, idempotent: true, open_world: false };
    const TOOLSET: Toolset = Toolset::Scenario;

    async fn run(ctx: &Ctx, _call: &Call, input: Input) -> Result<Report, ToolError> {
        let runs = Runs::new(&ctx.artifacts);
        Ok(Report(scenario::compare(&runs.get(&input.before)?, &runs.get(&input.after)?)))
    }
}

impl Render for Report {
    fn render(&self, text: &mut Text) {
        scenario::render_comparison(text, &self.0);
    }
}
