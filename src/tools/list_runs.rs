//! `list_runs`: the runs that are kept.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    ctx::Ctx,
    error::ToolError,
    mcp::{Call, Hints, Tool, Toolset},
    report::{Render, Text},
    scenario::{RunLine, Runs},
};

/// Runs of one page, unless asked otherwise.
const DEFAULT_LIMIT: usize = 20;
/// Most runs of one page.
const MAX_LIMIT: usize = 100;

/// The tool.
pub struct ListRuns;

/// Its arguments.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    scenario: Option<String>,
    limit: Option<usize>,
    cursor: Option<String>,
}

/// Its result.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Report {
    /// Newest first.
    runs: Vec<RunLine>,
    /// Give it as `cursor` for the next page.
    next: Option<String>,
}

impl Tool for ListRuns {
    type Input = Input;
    type Report = Report;
    const NAME: &'static str = "list_runs";
    const TITLE: &'static str = "List runs";
    const CONTRACT: &'static str = include_str!("../../tools/list_runs.md");
    const HINTS: Hints = Hints { read_only: true, destructive: false, idempotent: true, open_world: false };
    const TOOLSET: Toolset = Toolset::Scenario;

    async fn run(ctx: &Ctx, _call: &Call, input: Input) -> Result<Report, ToolError> {
        let limit = input.limit.unwrap_or(DEFAULT_LIMIT).clamp(1, MAX_LIMIT);
        let page = Runs::new(&ctx.artifacts).list(input.scenario.as_deref(), limit, input.cursor.as_deref());
        Ok(Report { runs: page.rows.iter().map(RunLine::of).collect(), next: page.next })
    }
}

impl Render for Report {
    fn render(&self, text: &mut Text) {
        if self.runs.is_empty() {
            text.line("No runs are kept. run_scenario makes one.");
        }
        for run in &self.runs {
            text.line(run.words());
        }
        if let Some(next) = &self.next {
            text.line(format!("More: cursor {next}"));
        }
    }
}
