//! `verify_fix`: the verdict on a fix, with proof.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    ctx::Ctx,
    error::ToolError,
    mcp::{Call, Hints, Tool, Toolset},
    report::{Attachment, Render, Text},
    scenario::{self, Hooks, Verification, VerifyRequest},
};

/// The tool.
pub struct VerifyFix;

/// Its arguments.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Name or file
    scenario: String,
    /// Fingerprint, LOCAL-n or part of the title; default: all of the newest red run
    fault: Option<String>,
    /// Default 3
    times: Option<u32>,
    /// Run id; default: newest red run
    baseline: Option<String>,
}

/// Its result.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct Report(Verification);

impl Tool for VerifyFix {
    type Input = Input;
    type Report = Report;
    const NAME: &'static str = "verify_fix";
    const TITLE: &'static str = "Verify a fix";
    const CONTRACT: &'static str = include_str!("../../tools/verify_fix.md");
    const HINTS: Hints = Hints { read_only: false, destructive: true, idempotent: false, open_world: true };
    const TOOLSET: Toolset = Toolset::Scenario;

    async fn run(ctx: &Ctx, call: &Call, input: Input) -> Result<Report, ToolError> {
        let loaded = scenario::load(&ctx.workspace, &input.scenario)?;
        let request = VerifyRequest {
            fault: input.fault,
            times: input.times.unwrap_or(scenario::VERIFY_TIMES),
            baseline: input.baseline,
            base_url: None,
        };
        let hooks = Hooks { cancel: call.cancel(), progress: &|message| call.progress(message) };
        let (verification, _) = scenario::verify(&ctx.rooms(), &loaded, &request, &hooks).await?;
        Ok(Report(verification))
    }
}

impl Render for Report {
    fn render(&self, text: &mut Text) {
        let verification = &self.0;
        text.line(format!("Verdict: **{}**", verification.verdict.word()));
        scenario::render_verdict(text, verification);
        if !verification.resolvable.is_empty() {
            text.line(format!("Next: update_issue to resolve {}.", verification.resolvable.join(", ")));
        }
    }

    fn attachments(&self) -> Vec<Attachment> {
        let link = |uri: &String| Attachment {
            uri: uri.clone(),
            name: "verdict.md".to_owned(),
            mime: "text/markdown".to_owned(),
            description: "The verdict with its proof".to_owned(),
            inline: None,
        };
        self.0.report.iter().map(link).collect()
    }
}
