//! `get_event`: one event by its id, with what came with it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    ctx::Ctx,
    error::{Result, ToolError},
    event::{Event, EventRef, Forwarded, Source, items::Item},
    mcp::{Call, Hints, Tool, Toolset},
    report::{self, Attachment, EventFacts, Render, Text},
};

/// Items listed.
const ITEMS: usize = 20;

/// The tool.
pub struct GetEvent;

/// Its arguments.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// 32 hex characters
    event: EventRef,
    #[serde(default)]
    source: Source,
}

/// The event.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Report {
    /// `LOCAL-3`; none for transactions and the like.
    issue: Option<String>,
    title: String,
    event: EventFacts,
    /// Items that came with it, at most 20.
    items: Vec<ItemFacts>,
    /// All of them.
    item_count: u64,
    /// What became of it where the sink passes envelopes on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    forwarded: Vec<Forwarded>,
    #[serde(skip)]
    shown: Box<Event>,
}

/// An item of an envelope.
#[derive(Debug, Serialize, JsonSchema)]
struct ItemFacts {
    /// `attachment`, `replay_event`, ….
    kind: String,
    /// File name of an attachment.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    bytes: u64,
    /// What it says, in one line.
    #[serde(skip)]
    says: String,
}

impl Tool for GetEvent {
    type Input = Input;
    type Report = Report;
    const NAME: &'static str = "get_event";
    const TITLE: &'static str = "Get an event";
    const CONTRACT: &'static str = include_str!("../../tools/get_event.md");
    const HINTS: Hints = Hints { read_only: true, destructive: false, idempotent: true, open_world: false };
    const TOOLSET: Toolset = Toolset::Sentry;

    async fn run(ctx: &Ctx, call: &Call, input: Input) -> Result<Report> {
        let place = super::place::place(ctx, call, &input.source).await?;
        super::place::only_local(&place, "get_event")?;
        let id = input.event.0;
        let stored = ctx.sink.event(&id).await?.ok_or_else(|| ToolError::no_event(&id))?;
        let items = ctx.sink.items(&id).await?;
        let count = items.len() as u64;
        let items = ctx.sink.payloads(&id, ITEMS).await?;
        let (shown, _) = super::mapped::mapped(ctx, stored.event).await;
        let items = items.into_iter().map(|(item, payload)| ItemFacts {
            says: report::item(&Item::read(&item.ty, &item.header, &payload)).unwrap_or_default(),
            name: item.header.get("filename").and_then(|name| name.as_str()).map(|name| Text::plain(name, 80)),
            kind: Text::plain(&item.ty, 40),
            bytes: item.bytes,
        });
        Ok(Report {
            issue: stored.issue,
            title: Text::plain(&shown.title(), 300),
            event: EventFacts::of(&shown),
            items: items.collect(),
            item_count: count,
            forwarded: report::plain_fates(ctx.sink.forwarded(&id).await?),
            shown: Box::new(shown),
        })
    }
}

impl Render for Report {
    fn render(&self, text: &mut Text) {
        let issue = self.issue.as_deref().unwrap_or("no issue");
        text.heading(format!(
            "Event of {issue} ({}, {})",
            Text::word(&self.shown.level, 40),
            Text::quoted(self.shown.kind(), 40)
        ));
        text.line(Text::quoted(&self.title, 300));
        report::forwarded(text, &self.forwarded);
        report::event(text, "", &self.shown, &[]);
        let listed: Vec<String> = self
            .items
            .iter()
            .map(|item| {
                let name = item.name.as_deref().map(|name| format!(" {}", Text::quoted(name, 80))).unwrap_or_default();
                let says = if item.says.is_empty() { String::new() } else { format!(" ({})", item.says) };
                format!("{}{name} {} bytes{says}", Text::quoted(&item.kind, 40), item.bytes)
            })
            .collect();
        if self.item_count > 1 {
            let more = self.item_count.saturating_sub(self.items.len() as u64);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            text.line(format!("Items under this id: {}{more}.", listed.join(", ")));
        }
    }

    fn attachments(&self) -> Vec<Attachment> {
        vec![report::envelope_link(&self.shown.event_id)]
    }
}
