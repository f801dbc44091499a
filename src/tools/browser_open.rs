//! `browser_open`: a browser session, and a page in it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::shared::acted::{self, Acted};
use crate::{
    browser::{OpenOptions, SessionInfo, Step},
    ctx::Ctx,
    error::ToolError,
    mcp::{Call, Hints, Tool, Toolset},
    report::{Render, Text},
};

/// Opens a session.
pub struct BrowserOpen;

/// What to open.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Page to go to.
    #[schemars(with = "String")]
    #[serde(default)]
    url: Option<String>,
    /// chrome or firefox.
    #[schemars(with = "String")]
    #[serde(default)]
    browser: Option<String>,
    /// Default 1280x720.
    #[schemars(with = "String")]
    #[serde(default)]
    viewport: Option<String>,
}

/// The session, and what opening the page did.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Report {
    /// Id of the session, for the other tools.
    session: String,
    /// Browser and version.
    browser: String,
    /// What had to be done otherwise than usual.
    notes: Vec<String>,
    /// What became of going to the page.
    #[serde(skip_serializing_if = "Option::is_none")]
    page: Option<Acted>,
}

impl Tool for BrowserOpen {
    type Input = Input;
    type Report = Report;
    const NAME: &'static str = "browser_open";
    const TITLE: &'static str = "Open a browser session";
    const CONTRACT: &'static str = include_str!("../../tools/browser_open.md");
    const HINTS: Hints = Hints { read_only: false, destructive: false, idempotent: false, open_world: true };
    const TOOLSET: Toolset = Toolset::Browser;

    async fn run(ctx: &Ctx, call: &Call, input: Input) -> Result<Report, ToolError> {
        let viewport = input.viewport.as_deref().map(parse_viewport).transpose()?;
        call.progress("starting the browser");
        let session = ctx.browsers.open(OpenOptions { browser: input.browser, viewport }, call.cancel()).await?;
        let page = match input.url {
            Some(url) => Some(acted::act(ctx, call, &session, &[Step::navigate(url)], false).await?),
            None => None,
        };
        let SessionInfo { id, browser, notes, .. } = session.info().await?;
        Ok(Report { session: id, browser, notes, page })
    }
}

/// `1280x720`, each side from 100 to 10,000 pixels.
fn parse_viewport(text: &str) -> Result<(u32, u32), ToolError> {
    let sides = text.split_once(['x', 'X', '×']).and_then(|(width, height)| {
        let side = |side: &str| side.trim().parse().ok().filter(|pixels| (100..=10_000).contains(pixels));
        Some((side(width)?, side(height)?))
    });
    sides.ok_or_else(|| {
        ToolError::new(
            format!("The viewport {} is no size.", Text::quoted(text, 40)),
            "Write WIDTHxHEIGHT in CSS pixels, 100 to 10000 each: 1280x720.",
        )
    })
}

impl Render for Report {
    fn render(&self, text: &mut Text) {
        text.line(format!("Session {} is open in {}.", self.session, self.browser));
        self.notes.iter().for_each(|note| text.line(format!("Note: {note}.")));
        if let Some(page) = &self.page {
            page.render(text);
        }
    }
}
