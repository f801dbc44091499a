//! `run_scenario`: a scenario, run fresh.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    ctx::Ctx,
    error::ToolError,
    mcp::{Call, Hints, Tool, Toolset},
    report::{Attachment, Render, Text},
    scenario::{self, Hooks, RunOptions, Summary},
};

/// The tool.
pub struct RunScenario;

/// Its arguments.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Name or file
    scenario: String,
    /// 1 to 50
    times: Option<u32>,
    /// Instead of the file's
    base_url: Option<String>,
}

/// Its result.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct Report(Summary);

impl Tool for RunScenario {
    type Input = Input;
    type Report = Report;
    const NAME: &'static str = "run_scenario";
    const TITLE: &'static str = "Run a scenario";
    const CONTRACT: &'static str = include_str!("../../tools/run_scenario.md");
    const HINTS: Hints = Hints { read_only: false, destructive: true, idempotent: false, open_world: true };
    const TOOLSET: Toolset = Toolset::Scenario;

    async fn run(ctx: &Ctx, call: &Call, input: Input) -> Result<Report, ToolError> {
        let loaded = scenario::load(&ctx.workspace, &input.scenario)?;
        let options = RunOptions { times: input.times.unwrap_or(1), base_url: input.base_url };
        let hooks = Hooks { cancel: call.cancel(), progress: &|message| call.progress(message) };
        let runs = scenario::run_times(&ctx.rooms(), &loaded, &options, &hooks).await?;
        Ok(Report(Summary::of(&loaded, &runs, options.times)))
    }
}

impl Render for Report {
    fn render(&self, text: &mut Text) {
        self.0.render(text);
    }

    fn attachments(&self) -> Vec<Attachment> {
        self.0.attachments()
    }
}
