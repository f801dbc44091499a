//! `browser_read`: what the page, an element, the console or the network says.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    browser::{Read, Target},
    ctx::Ctx,
    error::ToolError,
    mcp::{Call, Hints, Tool, Toolset},
    report::{Render, Text},
};

/// Reads from the page.
pub struct BrowserRead;

// The variants carry no docs: each would be a `oneOf` entry in the schema, five times the tokens.
/// What to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum What {
    Text,
    Element,
    Console,
    Network,
}

/// What to read, and of what.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// What to read.
    #[schemars(description = "")]
    what: What,
    /// text, element: ref or CSS selector.
    #[schemars(with = "String")]
    #[serde(default)]
    target: Option<String>,
    /// Session id.
    #[schemars(with = "String", description = "")]
    #[serde(default)]
    session: Option<String>,
}

/// What was read.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Report {
    /// Id of the session.
    session: String,
    /// What was read.
    what: What,
    /// Its length in characters.
    chars: usize,
    #[serde(skip)]
    body: String,
}

impl Tool for BrowserRead {
    type Input = Input;
    type Report = Report;
    const NAME: &'static str = "browser_read";
    const TITLE: &'static str = "Read from the page";
    const CONTRACT: &'static str = include_str!("../../tools/browser_read.md");
    const HINTS: Hints = Hints { read_only: true, destructive: false, idempotent: true, open_world: true };
    const TOOLSET: Toolset = Toolset::Browser;

    async fn run(ctx: &Ctx, _call: &Call, input: Input) -> Result<Report, ToolError> {
        let session = ctx.browsers.session(input.session.as_deref())?;
        let target = input.target.as_deref().map(Target::ref_or_css);
        let read = match input.what {
            What::Text => Read::Text(target),
            What::Element => Read::Element(target.unwrap_or_default()),
            What::Console => Read::Console,
            What::Network => Read::Network,
        };
        let body = session.read(&read).await?;
        Ok(Report { session: session.id().to_owned(), what: input.what, chars: body.chars().count(), body })
    }
}

impl Render for Report {
    fn render(&self, text: &mut Text) {
        if self.body.is_empty() {
            text.line("Nothing: there is none.");
        } else {
            text.untrusted("page", &self.body);
        }
    }
}
