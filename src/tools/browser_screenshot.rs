//! `browser_screenshot`: a picture of the viewport, the page or an element.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    browser::{ScreenshotOptions, Target},
    ctx::Ctx,
    error::ToolError,
    mcp::{Call, Hints, Tool, Toolset},
    report::{Attachment, Render, Text},
};

/// Pictures above this are given by reference only: clients refuse larger messages.
const INLINE_BYTES: usize = 1_500_000;

/// Screenshots kept; the oldest go.
const KEPT: usize = 200;

/// Takes a screenshot.
pub struct BrowserScreenshot;

/// Of what.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Only this ref or CSS selector.
    #[schemars(with = "String")]
    #[serde(default)]
    target: Option<String>,
    /// Not only the viewport.
    #[serde(default)]
    full_page: bool,
    /// Session id.
    #[schemars(with = "String", description = "")]
    #[serde(default)]
    session: Option<String>,
}

/// The picture.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Report {
    /// Id of the session.
    session: String,
    /// Path of the PNG.
    path: String,
    /// The PNG as a resource.
    uri: String,
    /// Its size.
    bytes: usize,
    #[serde(skip)]
    name: String,
    #[serde(skip)]
    png: Option<Vec<u8>>,
}

impl Tool for BrowserScreenshot {
    type Input = Input;
    type Report = Report;
    const NAME: &'static str = "browser_screenshot";
    const TITLE: &'static str = "Take a screenshot";
    const CONTRACT: &'static str = include_str!("../../tools/browser_screenshot.md");
    const HINTS: Hints = Hints { read_only: true, destructive: false, idempotent: true, open_world: true };
    const TOOLSET: Toolset = Toolset::Browser;

    async fn run(ctx: &Ctx, _call: &Call, input: Input) -> Result<Report, ToolError> {
        let session = ctx.browsers.session(input.session.as_deref())?;
        let target = input.target.as_deref().map(Target::ref_or_css);
        let png = session.screenshot(&ScreenshotOptions { target, full_page: input.full_page }).await?;
        let name = format!("{}-{}.png", session.id(), jiff::Timestamp::now().as_millisecond());
        let artifact = ctx.artifacts.write("screenshots", &name, &png)?;
        ctx.artifacts.prune("screenshots", KEPT);
        Ok(Report {
            session: session.id().to_owned(),
            path: artifact.path.display().to_string(),
            uri: artifact.uri,
            bytes: png.len(),
            name,
            png: (png.len() <= INLINE_BYTES).then_some(png),
        })
    }
}

impl Render for Report {
    fn render(&self, text: &mut Text) {
        text.line(format!("Screenshot: {} ({} kB)", self.path, self.bytes.div_ceil(1000)));
        if self.png.is_none() {
            text.line("It is too large to show here; read it by its path or resource.");
        }
    }

    fn attachments(&self) -> Vec<Attachment> {
        vec![Attachment {
            uri: self.uri.clone(),
            name: self.name.clone(),
            mime: "image/png".into(),
            description: "Screenshot of the page".into(),
            inline: self.png.clone(),
        }]
    }
}
