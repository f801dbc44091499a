//! `get_event`: one event by its id, with what came with it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::shared::found::{self, Found};
use crate::{
    ctx::Ctx,
    error::{Result, ToolError},
    event::{Event, EventRef, Forwarded, Source, StoredEvent, items::Item},
    mcp::{Call, Hints, Tool, Toolset},
    report::{self, Around, Attachment, EventFacts, Render, Section, Text, View},
};

/// Items listed.
const ITEMS: usize = 20;

/// The tool.
pub struct GetEvent;

/// Its arguments.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// 32 hex characters, or URL
    event: EventRef,
    /// These sections only, in more detail
    only: Option<Vec<Section>>,
    /// From a reply: reads on where a section was cut
    cursor: Option<String>,
    #[serde(default)]
    source: Source,
}

/// The event.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Report {
    /// `LOCAL-3`, `FRONTEND-4K`; none for transactions and the like.
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
    /// Its page, where it is in Sentry
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    #[serde(skip)]
    shown: Box<Event>,
    /// Where it was asked.
    #[serde(skip)]
    place: String,
    /// What is said beside it: what failed, why it is not mapped.
    #[serde(skip)]
    notes: Vec<String>,
    #[serde(skip)]
    view: View,
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
    const HINTS: Hints = Hints { read_only: true, destructive: false, idempotent: true, open_world: true };
    const TOOLSET: Toolset = Toolset::Sentry;

    async fn run(ctx: &Ctx, call: &Call, input: Input) -> Result<Report> {
        let view = View::of(input.only, input.cursor.as_deref())
            .map_err(|why| ToolError::new(format!("{why}."), "Take it from the end of a reply, or leave it out."))?;
        match found::by_id(ctx, call, &input.source, &input.event).await? {
            Found::Local(stored) => local(ctx, *stored, view).await,
            Found::Sentry { organization, event, issue, project, failed } => {
                let place = organization.said();
                let number = event.processed.issue.clone();
                let path = match (&number, &project) {
                    (Some(number), _) => Some(format!("issues/{}/events/{}/", plain(number), plain(&event.event_id))),
                    (None, Some(project)) => {
                        Some(format!("projects/{}/events/{}/", plain(project), plain(&event.event_id)))
                    }
                    (None, None) => None,
                };
                let url = path.map(|path| organization.web_url(&path));
                let (shown, unmapped) = super::shared::mapped::mapped(ctx, *event).await;
                let mut notes = found::failed(failed);
                notes
                    .extend(unmapped.map(|why| format!("Its crash frame is not mapped: {}.", Text::quoted(&why, 200))));
                Ok(Report {
                    issue: issue.map(|id| Text::plain(&id, 100)),
                    url,
                    place,
                    notes,
                    ..Report::of(shown, view)
                })
            }
        }
    }
}

/// A word of the API for an address of ours.
fn plain(word: &str) -> String {
    word.chars().filter(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).take(100).collect()
}

async fn local(ctx: &Ctx, stored: StoredEvent, view: View) -> Result<Report> {
    let id = stored.event.event_id.clone();
    let count = ctx.sink.items(&id).await?.len() as u64;
    let items = ctx.sink.payloads(&id, ITEMS).await?;
    let (shown, _) = super::shared::mapped::mapped(ctx, stored.event).await;
    let items = items.into_iter().map(|(item, payload)| ItemFacts {
        says: report::item(&Item::read(&item.ty, &item.header, &payload)).unwrap_or_default(),
        name: item.header.get("filename").and_then(|name| name.as_str()).map(|name| Text::plain(name, 80)),
        kind: Text::plain(&item.ty, 40),
        bytes: item.bytes,
    });
    Ok(Report {
        issue: stored.issue,
        items: items.collect(),
        item_count: count,
        forwarded: report::plain_fates(ctx.sink.forwarded(&id).await?),
        place: "in the embedded sink".to_owned(),
        ..Report::of(shown, view)
    })
}

impl Report {
    fn of(shown: Event, view: View) -> Self {
        Self {
            issue: None,
            title: Text::plain(&shown.title(), 300),
            event: EventFacts::of(&shown),
            items: Vec::new(),
            item_count: 0,
            forwarded: Vec::new(),
            url: None,
            shown: Box::new(shown),
            place: String::new(),
            notes: Vec::new(),
            view,
        }
    }
}

impl Render for Report {
    fn render(&self, text: &mut Text) {
        let issue = self.issue.as_deref().map_or_else(|| "no issue".to_owned(), |id| Text::word(id, 100));
        text.heading(format!(
            "Event of {issue} ({}, {}) {}",
            Text::word(&self.shown.level, 40),
            Text::word(self.shown.kind(), 40),
            self.place
        ));
        text.line(Text::quoted(&self.title, 300));
        report::forwarded(text, &self.forwarded);
        for note in self.url.iter().chain(&self.notes) {
            text.line(note);
        }
        report::event_view(text, "", &self.shown, &Around::default(), &self.view);
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
        if self.url.is_some() { Vec::new() } else { vec![report::envelope_link(&self.shown.event_id)] }
    }
}
