//! Reports: plain data that renders itself to Markdown for a model. Pure; no I/O.

mod breadcrumbs;
mod code;
mod compared;
mod event;
mod facts;
mod fold;
mod forwards;
pub mod frames;
mod items;
mod lines;
mod observations;
pub mod profile;
pub mod rows;
mod section;
mod stack;
mod text;
pub mod timeline;
pub mod trace;
mod tracked;

pub use breadcrumbs::breadcrumbs;
pub use compared::{differences, equal};
pub use event::{Around, EventFacts, Place, envelope_link, event, event_brief, event_view, item_brief, no_event};
pub use forwards::{forwarded, forwards, plain_counts, plain_fates, tunnel_refused};
pub use items::item;
pub use lines::count;
pub use observations::{observation_line, observations};
pub use section::{Section, View};
pub use stack::stack;
pub use text::{Text, close_fences};
pub use tracked::{Beside, head as tracked};

pub use crate::event::plain_block;

use serde::Serialize;

/// A report that can be shown: text for the model, and the artifacts that belong to it.
///
/// Text and `structuredContent` come from the same value, so they cannot disagree.
pub trait Render {
    /// Writes the report as Markdown. Text from a page or an event goes through [`Text::untrusted`] or
    /// [`Text::quoted`], never through [`Text::line`].
    fn render(&self, text: &mut Text);

    /// Files that belong to the reply (screenshots, run reports), by reference.
    fn attachments(&self) -> Vec<Attachment> {
        Vec::new()
    }
}

/// A file that belongs to a reply.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Attachment {
    /// `fixloop://…`
    pub uri: String,
    /// Short name.
    pub name: String,
    /// MIME type.
    pub mime: String,
    /// One line that says what it is.
    pub description: String,
    /// Bytes to send inline as an image (PNG/JPEG), where the tool was asked to.
    #[serde(skip)]
    pub inline: Option<Vec<u8>>,
}
