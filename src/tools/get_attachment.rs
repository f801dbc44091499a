//! `get_attachment`: the files that came with an event.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::shared::subject::{self, Found};
use crate::{
    artifacts::Artifact,
    ctx::Ctx,
    error::{Result, ToolError},
    event::{Source, replay::Subject},
    mcp::{Call, Hints, Tool, Toolset},
    redact,
    report::{Attachment, Render, Text, count},
    sentry::{Organization, api::StoredFile},
};

/// Bytes of a file that are read.
const LIMIT: usize = 20 * 1024 * 1024;
/// Bytes of an image that goes into a reply.
const INLINE: usize = 2 * 1024 * 1024;
/// Characters of a text that go into a reply.
const TEXT: usize = 6_000;
/// Items of an event in the sink that are looked through.
const ITEMS: usize = 200;
/// Files listed in a reply.
const LISTED: usize = 30;
/// Files kept.
const KEEP: usize = 100;

/// The tool.
pub struct GetAttachment;

/// Its arguments.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Event id, or an issue (its latest event), or URL
    event: Subject,
    /// Id or file name; none = list them
    attachment: Option<String>,
    #[serde(default)]
    source: Source,
}

/// The files, or one of them.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Report {
    event: String,
    attachments: Vec<Facts>,
    /// There are more than are listed
    more: bool,
    /// The one asked for
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<File>,
    #[serde(skip)]
    place: String,
}

/// An attachment.
#[derive(Debug, Clone, Serialize, JsonSchema)]
struct Facts {
    id: String,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    mime: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<u64>,
}

/// The file that was asked for.
#[derive(Debug, Serialize, JsonSchema)]
struct File {
    id: String,
    name: String,
    bytes: usize,
    /// `text`, `image` or `binary`, by its content
    content: &'static str,
    /// On disk
    path: String,
    uri: String,
    #[serde(skip)]
    mime: &'static str,
    #[serde(skip)]
    text: Option<String>,
    #[serde(skip)]
    image: Option<Vec<u8>>,
}

/// What a file is, by its first bytes: names and content types are the sender's.
enum Content {
    Text(String),
    Image(&'static str),
    Binary,
}

impl Tool for GetAttachment {
    type Input = Input;
    type Report = Report;
    const NAME: &'static str = "get_attachment";
    const TITLE: &'static str = "Get attachments of an event";
    const CONTRACT: &'static str = include_str!("../../tools/get_attachment.md");
    const HINTS: Hints = Hints { read_only: true, destructive: false, idempotent: true, open_world: true };
    const TOOLSET: Toolset = Toolset::Sentry;

    async fn run(ctx: &Ctx, call: &Call, input: Input) -> Result<Report> {
        if let Subject::Id(id) = &input.event
            && !input.source.is_remote()
            && !ctx.sink.items(id).await?.is_empty()
        {
            return local(ctx, id, input.attachment.as_deref()).await;
        }
        match subject::event_of(ctx, call, &input.source, &input.event).await? {
            Found::Local(stored) => local(ctx, &stored.event.event_id, input.attachment.as_deref()).await,
            Found::Sentry(organization, event) => {
                let project = subject::project_of(&organization, &event)?;
                remote(ctx, &organization, &project, &event.event_id, input.attachment.as_deref()).await
            }
        }
    }
}

async fn local(ctx: &Ctx, event: &str, wanted: Option<&str>) -> Result<Report> {
    let items = ctx.sink.payloads(event, ITEMS).await?;
    let own = items.into_iter().filter(|(item, _)| item.ty == "attachment").enumerate();
    let (files, mut payloads): (Vec<StoredFile>, Vec<Vec<u8>>) = own
        .map(|(at, (item, payload))| {
            let text = |key: &str| item.header.get(key).and_then(Value::as_str).map(str::to_owned);
            let file = StoredFile {
                id: (at + 1).to_string(),
                name: text("filename").unwrap_or_default(),
                mime: text("content_type"),
                kind: text("attachment_type"),
                bytes: Some(item.bytes),
            };
            (file, payload)
        })
        .unzip();
    let chosen = wanted.map(|wanted| choose(&files, wanted)).transpose()?;
    let file = match chosen {
        Some(chosen) => {
            let at = files.iter().position(|file| file.id == chosen.id).filter(|at| *at < payloads.len());
            let payload = at.map(|at| payloads.swap_remove(at)).unwrap_or_default();
            Some(kept(ctx, event, chosen, payload)?)
        }
        None => None,
    };
    Ok(report("in the embedded sink".to_owned(), event, &files, false, file))
}

async fn remote(
    ctx: &Ctx,
    organization: &Organization,
    project: &str,
    event: &str,
    wanted: Option<&str>,
) -> Result<Report> {
    let (files, more) = organization.attachments(project, event).await?;
    let chosen = wanted.map(|wanted| choose(&files, wanted)).transpose()?;
    let file = match chosen {
        Some(chosen) => {
            let too_large = |size: String| {
                ToolError::new(
                    format!(
                        "The attachment {} has {size}; at most {} MB are read.",
                        Text::quoted(&chosen.name, 80),
                        LIMIT >> 20
                    ),
                    format!(
                        "Download it in the browser: {}",
                        organization.web_url(&format!("projects/{project}/events/{event}/"))
                    ),
                )
            };
            if let Some(bytes) = chosen.bytes.filter(|bytes| *bytes > LIMIT as u64) {
                return Err(too_large(format!("{} MB", bytes >> 20)));
            }
            let body = organization.attachment(project, event, &chosen.id, LIMIT).await?;
            if body.cut {
                return Err(too_large("more than that".to_owned()));
            }
            Some(kept(ctx, event, chosen, body.bytes.to_vec())?)
        }
        None => None,
    };
    Ok(report(organization.said(), event, &files, more, file))
}

/// The file with this id or name; of several with one name the last, as when it was sent again.
fn choose<'a>(files: &'a [StoredFile], wanted: &str) -> Result<&'a StoredFile> {
    let wanted = wanted.trim().trim_matches(['«', '»', '"']);
    let by_id = files.iter().find(|file| file.id == wanted);
    by_id.or_else(|| files.iter().rev().find(|file| file.name == wanted)).ok_or_else(|| {
        let names: Vec<String> = files.iter().take(10).map(|file| Text::quoted(&file.name, 60)).collect();
        let names = if names.is_empty() { "it has none".to_owned() } else { format!("there are {}", names.join(", ")) };
        ToolError::new(
            format!("The event has no attachment {}: {names}.", Text::quoted(wanted, 80)),
            "Leave `attachment` out for the list with ids.",
        )
    })
}

/// Writes the file, and makes it ready for the reply. A text is kept without its secrets.
fn kept(ctx: &Ctx, event: &str, about: &StoredFile, bytes: Vec<u8>) -> Result<File> {
    let size = bytes.len();
    let name = format!("{}-{}-{}", safe(event, 8), safe(&about.id, 20), safe(&about.name, 80));
    let write = |bytes: &[u8]| -> Result<Artifact> { ctx.artifacts.write("attachments", &name, bytes) };
    let (content, mime, artifact, text, image) = match content(&bytes) {
        Content::Text(text) => {
            let text = redact::text(&text);
            ("text", "text/plain", write(text.as_bytes())?, Some(text), None)
        }
        Content::Image(mime) => {
            let artifact = write(&bytes)?;
            ("image", mime, artifact, None, (size <= INLINE).then_some(bytes))
        }
        Content::Binary => ("binary", "application/octet-stream", write(&bytes)?, None, None),
    };
    ctx.artifacts.prune("attachments", KEEP);
    Ok(File {
        id: Text::plain(&about.id, 60),
        name: Text::plain(&about.name, 120),
        bytes: size,
        content,
        path: artifact.path.display().to_string(),
        uri: artifact.uri,
        mime,
        text,
        image,
    })
}

fn content(bytes: &[u8]) -> Content {
    let begins = |head: &[u8]| bytes.starts_with(head);
    if begins(b"\x89PNG\r\n\x1a\n") {
        return Content::Image("image/png");
    }
    if begins(b"\xff\xd8\xff") {
        return Content::Image("image/jpeg");
    }
    if begins(b"GIF8") {
        return Content::Image("image/gif");
    }
    if begins(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        return Content::Image("image/webp");
    }
    match std::str::from_utf8(bytes) {
        Ok(text) if !bytes.contains(&0) => Content::Text(text.to_owned()),
        _ => Content::Binary,
    }
}

/// A part of a file name of ours.
fn safe(text: &str, max: usize) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '_' };
    // The end has the extension.
    let skip = text.chars().count().saturating_sub(max);
    let name: String = text.chars().skip(skip).map(plain).collect();
    let name = name.trim_start_matches('.').replace("..", "_");
    if name.is_empty() { "file".to_owned() } else { name }
}

fn report(place: String, event: &str, files: &[StoredFile], more: bool, file: Option<File>) -> Report {
    let facts = files.iter().take(LISTED).map(|file| Facts {
        id: Text::plain(&file.id, 60),
        name: Text::plain(&file.name, 120),
        mime: file.mime.as_deref().map(|mime| Text::plain(mime, 60)),
        kind: file.kind.as_deref().map(|kind| Text::plain(kind, 60)),
        bytes: file.bytes,
    });
    Report {
        event: Text::plain(event, 40),
        attachments: facts.collect(),
        more: more || files.len() > LISTED,
        file,
        place,
    }
}

impl Render for Report {
    fn render(&self, text: &mut Text) {
        let event = Text::word(&self.event, 40);
        let Some(file) = &self.file else {
            let all = if self.more { "More than " } else { "" };
            let many = count(self.attachments.len() as u64, "attachment");
            text.line(format!("{all}{many} of event {event} {}.", self.place));
            for facts in &self.attachments {
                let size = facts.bytes.map_or("size not known".to_owned(), |bytes| count(bytes, "byte"));
                let mime =
                    facts.mime.as_deref().map(|mime| format!(", {}", Text::quoted(mime, 60))).unwrap_or_default();
                let kind = facts.kind.as_deref().filter(|kind| *kind != "event.attachment");
                let kind = kind.map(|kind| format!(", {}", Text::word(kind, 60))).unwrap_or_default();
                let id = Text::word(&facts.id, 60);
                text.line(format!("- {id}: {} ({size}{mime}{kind})", Text::quoted(&facts.name, 120)));
            }
            return;
        };
        let name = Text::quoted(&file.name, 120);
        text.line(format!(
            "{name} of event {event} {}: {}, {}.",
            self.place,
            file.content,
            count(file.bytes as u64, "byte")
        ));
        text.line(format!("File: {}", file.path));
        if let Some(body) = &file.text {
            let length = body.chars().count();
            let head: String = body.chars().take(TEXT).collect();
            text.untrusted("attachment", &head);
            if length > TEXT {
                text.line(format!("({} of {length} characters left out; the file has all.)", length - TEXT));
            }
        } else if file.content == "image" && file.image.is_none() {
            text.line("It is too large to show here; look at the file.");
        }
    }

    fn attachments(&self) -> Vec<Attachment> {
        let link = |file: &File| Attachment {
            uri: file.uri.clone(),
            name: Text::plain(&file.name, 80),
            mime: file.mime.to_owned(),
            description: "A file that came with the event".to_owned(),
            inline: file.image.clone(),
        };
        self.file.iter().map(link).collect()
    }
}
