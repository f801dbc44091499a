//! The six stages of the loop, told as calls of fixloop's own tools.

use std::{path::Path, time::Instant};

use serde_json::json;

use super::{
    client::{Client, Reply},
    evidence::{self, Fault},
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
/// What the call was renamed to; an agent finds it in the file, three lines above.
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
    /// All stages in order; stops at the first that fails.
    pub(super) async fn tell(&self, client: &mut Client) -> Result<()> {
        let dsn = self.set_up(client).await?;
        let seen = self.test(client).await?;
        let fault = self.detect(&seen)?;
        self.fix(&dsn, &fault).await
    }

    /// Asks where the sink is and builds the app with its DSN, as a developer would have done before.
    async fn set_up(&self, client: &mut Client) -> Result<String> {
        let start = Instant::now();
        let status = client.call("status", json!({})).await?;
        let dsn = evidence::text(&status.data, "dsn")
            .ok_or_else(|| ToolError::new("The sink has no DSN.", "`fixloop serve` says in `status` why."))?;
        let built = process::build(self.app, self.modules, &dsn).await?;
        self.screen.stage("Set up", start.elapsed(), &[format!("DSN {dsn}"), format!("built {built}")]);
        Ok(dsn)
    }

    /// Opens the page and does what a customer does.
    async fn test(&self, client: &mut Client) -> Result<Reply> {
        let start = Instant::now();
        client.call("browser_open", json!({"url": self.url})).await?;
        let seen =
            client.call("browser_act", json!({"steps": [{"do": "click", "role": "button", "name": "Pay"}]})).await?;
        self.screen.stage("Test", start.elapsed(), &[format!("opened {}", self.url), "clicked button \"Pay\"".into()]);
        Ok(seen)
    }

    /// Reads what that click caused, in the same reply.
    fn detect(&self, seen: &Reply) -> Result<Fault> {
        let start = Instant::now();
        let fault = Fault::read(seen)?;
        self.screen.stage(
            "Detect",
            start.elapsed(),
            &[
                fault.title.clone(),
                format!("at {}:{}, in the reply of the click itself", fault.file, fault.line),
                format!("the page's Sentry SDK reported it: {}", fault.issue),
            ],
        );
        Ok(fault)
    }

    /// Edits the line that the stack named, and builds again.
    async fn fix(&self, dsn: &str, fault: &Fault) -> Result<()> {
        let start = Instant::now();
        let path = self.app.join(&fault.file);
        let cannot = |why: &str| ToolError::bare(format!("Cannot fix {}:{}: {why}", fault.file, fault.line));
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
}
