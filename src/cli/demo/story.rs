//! The six stages of the loop, told as calls of fixloop's own tools.

use std::{
    path::{Path, PathBuf},
    time::Instant,
};

use serde_json::json;

use super::{
    client::{Client, Reply},
    evidence::{self, Fault, number},
    process,
    screen::Screen,
};
use crate::{
    artifacts,
    error::{Result, ToolError},
};

/// How often the fix is verified.
const TIMES: u32 = 3;
/// The name of the scenario that the demo saves.
const SCENARIO: &str = "pay";
/// What the page says when the payment went through.
const PAID: &str = "Thank you";
/// What the call should have named; an agent finds it in the file, a few lines above.
const RIGHT_NAME: &str = "discounted";

/// What the stages work on.
pub(super) struct Story<'a> {
    pub(super) screen: &'a Screen,
    /// The scratch copy of the app: the workspace.
    pub(super) app: &'a Path,
    /// `node_modules` of the original.
    pub(super) modules: &'a Path,
    /// Where the app is served.
    pub(super) url: String,
}

impl Story<'_> {
    /// All stages in order; stops at the first that fails. Returns the report of the verdict.
    pub(super) async fn tell(&self, client: &mut Client) -> Result<PathBuf> {
        let dsn = self.set_up(client).await?;
        let seen = self.test(client).await?;
        let fault = self.detect(&seen)?;
        self.analyze(client, &fault).await?;
        self.fix(&dsn, &fault).await?;
        let verdict = self.retest(client, &fault).await?;
        self.validate(client, &fault, &verdict).await
    }

    /// Asks where the sink is and builds the app with its DSN, as a developer would have done before.
    async fn set_up(&self, client: &mut Client) -> Result<String> {
        let start = Instant::now();
        let status = client.call("status", json!({})).await?;
        let dsn = evidence::text(&status.data, "dsn")
            .ok_or_else(|| ToolError::bare(format!("The sink has no DSN:\n{}", status.text)))?;
        let built = process::build(self.app, self.modules, &dsn).await?;
        self.screen.stage("Set up", start.elapsed(), &[format!("DSN of the sink {dsn}"), format!("built {built}")]);
        Ok(dsn)
    }

    /// Opens the page and does what a customer does.
    async fn test(&self, client: &mut Client) -> Result<Reply> {
        let start = Instant::now();
        let opened = client.call("browser_open", json!({"url": self.url})).await?;
        let browser = evidence::text(&opened.data, "browser").unwrap_or_default();
        let acting = Instant::now();
        let seen =
            client.call("browser_act", json!({"steps": [{"do": "click", "role": "button", "name": "Pay"}]})).await?;
        let act = format!("clicked button \"Pay\": one call, {} ms", acting.elapsed().as_millis());
        self.screen.stage("Test", start.elapsed(), &[format!("opened {} in {browser}", self.url), act]);
        Ok(seen)
    }

    /// Reads what that click caused: it is in the same reply.
    fn detect(&self, seen: &Reply) -> Result<Fault> {
        let start = Instant::now();
        let fault = Fault::read(seen)?;
        let evidence = [
            format!("uncaught {}", fault.title),
            format!("at {}, in the reply to the click itself", fault.place),
            format!("the page's Sentry SDK reported it too: {}", fault.issue),
        ];
        self.screen.stage("Detect", start.elapsed(), &evidence);
        Ok(fault)
    }

    /// Reads the issue, and keeps the steps as a scenario whose red run is the proof that the fault was there.
    async fn analyze(&self, client: &mut Client, fault: &Fault) -> Result<()> {
        let start = Instant::now();
        let issue = client.call("get_issue", json!({"issue": fault.issue})).await?;
        let expect = [format!("text: {PAID}")];
        let saved = client.call("save_scenario", json!({"name": SCENARIO, "expect": expect})).await?;
        let red = client.call("run_scenario", json!({"scenario": SCENARIO})).await?;
        if number(&red.data, "/passed") != 0 {
            return Err(ToolError::bare(format!("The scenario passes although the bug is there:\n{}", red.text)));
        }
        let of = |reply: &Reply, key: &str| evidence::text(&reply.data, key).unwrap_or_default();
        let mut evidence = vec![format!("{} is in {}", fault.issue, of(&issue, "culprit"))];
        evidence.extend(evidence::code(&issue));
        evidence.push(format!("steps saved as a scenario: {}", of(&saved, "file")));
        evidence.push(format!("run {} of it shows the fault: the baseline", of(&red, "id")));
        self.screen.stage("Analyze", start.elapsed(), &evidence);
        Ok(())
    }

    /// Edits the line that the stack named, and builds again.
    async fn fix(&self, dsn: &str, fault: &Fault) -> Result<()> {
        let start = Instant::now();
        let path = self.app.join(&fault.file);
        let cannot = |why: &str| ToolError::bare(format!("Cannot fix {}: {why}", fault.place));
        let source = std::fs::read_to_string(&path).map_err(|error| cannot(&error.to_string()))?;
        let wrong = source.lines().nth(fault.line.saturating_sub(1)).unwrap_or_default();
        if !wrong.contains(&fault.name) {
            return Err(cannot(&format!("the line does not hold `{}`: {wrong}", fault.name)));
        }
        let right = wrong.replace(&fault.name, RIGHT_NAME);
        let declaration = format!("declare function {}", fault.name);
        let fixed: Vec<&str> = source
            .lines()
            .filter(|line| !line.starts_with(&declaration))
            .map(|line| if line == wrong { right.as_str() } else { line })
            .collect();
        artifacts::write_whole(&path, (fixed.join("\n") + "\n").as_bytes())?;
        let built = process::build(self.app, self.modules, dsn).await?;
        let evidence = [
            format!("{}:{}", fault.file, fault.line),
            format!("- {}", wrong.trim()),
            format!("+ {}", right.trim()),
            format!("built {built}"),
        ];
        self.screen.stage("Fix", start.elapsed(), &evidence);
        Ok(())
    }

    /// Runs the scenario again, several times, against the baseline.
    async fn retest(&self, client: &mut Client, fault: &Fault) -> Result<Reply> {
        let start = Instant::now();
        let arguments = json!({"scenario": SCENARIO, "fault": fault.issue, "times": TIMES});
        let verdict = client.call("verify_fix", arguments).await?;
        let proof = |key: &str| number(&verdict.data, &format!("/proof/{key}"));
        let all = verdict.data.pointer("/proof/all_steps_ran").and_then(serde_json::Value::as_bool) == Some(true);
        let steps = if all { "every step ran in each" } else { "not every step ran" };
        let evidence = [format!("{} of {} new runs show the fault; {steps}", proof("shown"), proof("of"))];
        self.screen.stage("Retest", start.elapsed(), &evidence);
        Ok(verdict)
    }

    /// Reads the verdict; closes the issue only when it is `fixed`.
    async fn validate(&self, client: &mut Client, fault: &Fault, verdict: &Reply) -> Result<PathBuf> {
        let start = Instant::now();
        let word = evidence::text(&verdict.data, "verdict").unwrap_or_default();
        if word != "fixed" {
            return Err(ToolError::bare(format!("The verdict is not `fixed`:\n{}", verdict.text)));
        }
        client.call("update_issue", json!({"issue": fault.issue, "status": "resolved"})).await?;
        let report = evidence::text(&verdict.data, "report").unwrap_or_default();
        let name = report.strip_prefix("fixloop://").unwrap_or_default();
        let evidence = [format!("verdict: {word}"), format!("{} resolved", fault.issue)];
        self.screen.stage("Validate", start.elapsed(), &evidence);
        Ok(self.app.join(".fixloop").join(name))
    }
}
