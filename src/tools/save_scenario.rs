//! `save_scenario`: what a session did, as a scenario file.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    ctx::Ctx,
    error::ToolError,
    mcp::{Call, Hints, Tool, Toolset},
    report::{Render, Text},
    scenario::{self, SaveRequest},
};

/// The tool.
pub struct SaveScenario;

/// Its arguments.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    name: String,
    /// Default: the one that acted last
    session: Option<String>,
    overwrite: Option<bool>,
    /// Default: origin of the first address
    base_url: Option<String>,
    /// `text: Thanks`, `url: /done`, `request: POST /pay 200`
    #[serde(default)]
    expect: Vec<String>,
}

/// Its result.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Report {
    /// The file, relative to the workspace.
    file: String,
    /// Steps in it.
    steps: usize,
    /// Expectations at the end.
    expectations: usize,
    /// Environment variables to set for running it.
    set_env: Vec<String>,
    /// Steps that could not be saved.
    lost: Vec<String>,
    #[serde(skip)]
    yaml: String,
}

impl Tool for SaveScenario {
    type Input = Input;
    type Report = Report;
    const NAME: &'static str = "save_scenario";
    const TITLE: &'static str = "Save a session as a scenario";
    const CONTRACT: &'static str = include_str!("../../tools/save_scenario.md");
    const HINTS: Hints = Hints { read_only: false, destructive: true, idempotent: false, open_world: false };
    const TOOLSET: Toolset = Toolset::Scenario;

    async fn run(ctx: &Ctx, _call: &Call, input: Input) -> Result<Report, ToolError> {
        let recording = ctx.recordings.get(input.session.as_deref()).ok_or_else(|| {
            ToolError::new(
                format!("Nothing is recorded of the session {}.", input.session.as_deref().unwrap_or("(none yet)")),
                "Open the app with browser_navigate and act with browser_act first.",
            )
        })?;
        let request = SaveRequest { name: input.name, base_url: input.base_url, expect: input.expect };
        let draft = scenario::draft(&recording, &request)?;
        let file = scenario::save(&ctx.workspace, &draft.scenario, input.overwrite.unwrap_or(false))?;
        Ok(Report {
            file,
            steps: draft.scenario.steps.len(),
            expectations: draft.scenario.expect.len(),
            set_env: draft.variables,
            lost: draft.lost,
            yaml: scenario::write(&draft.scenario),
        })
    }
}

impl Render for Report {
    fn render(&self, text: &mut Text) {
        text.line(format!("Saved {} ({} steps, {} expectations).", self.file, self.steps, self.expectations));
        if !self.set_env.is_empty() {
            text.line(format!(
                "It holds no secrets. Set in the environment of fixloop before running it: {}.",
                self.set_env.join(", ")
            ));
        }
        for lost in &self.lost {
            text.line(format!("Not saved: {lost}"));
        }
        text.untrusted("scenario", &self.yaml);
        text.line("Next: run_scenario. A run that fails now is the baseline that verify_fix needs after the fix.");
    }
}
