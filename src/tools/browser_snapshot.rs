//! `browser_snapshot`: the accessible tree of the page.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    browser::{SnapshotOptions, Target},
    ctx::Ctx,
    error::ToolError,
    mcp::{Call, Hints, Tool, Toolset},
    report::{Render, Text},
};

/// Characters unless the call says otherwise; the reply's own budget is 8,000.
const DEFAULT_CHARS: usize = 7_000;
/// The least and the most that a call may ask for.
const CHARS: std::ops::RangeInclusive<usize> = 500..=100_000;

/// Shows the page.
pub struct BrowserSnapshot;

/// What to show.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Only lines with this text, and what they stand in.
    #[schemars(with = "String")]
    #[serde(default)]
    find: Option<String>,
    /// Only inside this ref or CSS selector.
    #[schemars(with = "String")]
    #[serde(default)]
    root: Option<String>,
    /// Default 7000.
    #[schemars(with = "u32")]
    #[serde(default)]
    max_chars: Option<usize>,
    /// Session id.
    #[schemars(with = "String", description = "")]
    #[serde(default)]
    session: Option<String>,
}

/// The page.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Report {
    /// Id of the session.
    session: String,
    /// Address of the page.
    url: String,
    /// Nodes shown.
    shown: usize,
    /// Nodes folded, or left out for the budget.
    left_out: usize,
    #[serde(skip)]
    title: String,
    #[serde(skip)]
    tree: String,
    #[serde(skip)]
    find: Option<String>,
}

impl Tool for BrowserSnapshot {
    type Input = Input;
    type Report = Report;
    const NAME: &'static str = "browser_snapshot";
    const TITLE: &'static str = "See the page";
    const CONTRACT: &'static str = include_str!("../../tools/browser_snapshot.md");
    const HINTS: Hints = Hints { read_only: true, destructive: false, idempotent: true, open_world: true };
    const TOOLSET: Toolset = Toolset::Browser;

    async fn run(ctx: &Ctx, _call: &Call, input: Input) -> Result<Report, ToolError> {
        let session = ctx.browsers.session(input.session.as_deref())?;
        let options = SnapshotOptions {
            root: input.root.as_deref().map(Target::ref_or_css),
            find: input.find.clone().filter(|find| !find.trim().is_empty()),
            max_chars: input.max_chars.unwrap_or(DEFAULT_CHARS).clamp(*CHARS.start(), *CHARS.end()),
        };
        let seen = session.snapshot(&options).await?;
        Ok(Report {
            session: session.id().to_owned(),
            url: seen.url,
            shown: seen.shown,
            left_out: seen.left_out,
            title: seen.title,
            tree: seen.tree,
            find: options.find,
        })
    }
}

impl Render for Report {
    fn render(&self, text: &mut Text) {
        text.line(format!("Page {} {}", Text::quoted(&self.url, 300), Text::quoted(&self.title, 100)));
        match &self.find {
            Some(find) if self.tree.is_empty() => {
                text.line(format!("Nothing on it holds {}.", Text::quoted(find, 80)));
                return;
            }
            None if self.tree.is_empty() => {
                text.line("Nothing on it can be perceived: it is empty, hidden, or not drawn yet.");
                return;
            }
            _ => text.untrusted("page", &self.tree),
        }
        if self.left_out > 0 {
            text.line(format!("{} nodes shown, {} left out; use find or root to see them.", self.shown, self.left_out));
        }
    }
}
