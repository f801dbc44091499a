//! Resources: what is large, by reference. `fixloop://<kind>/<name>`.

use base64::Engine;
use rmcp::model::{Resource, ResourceContents, ResourceTemplate};

use crate::{artifacts::random_hex, ctx::Ctx, report::Text};

/// Rows of a page of `resources/list`.
const PAGE: usize = 50;
/// A file larger than this is named by its path only.
const MAX_BYTES: u64 = 10 * 1024 * 1024;
/// Kinds that are files under `.fixloop/`, with what they are.
const FILES: [(&str, &str, &str); 5] = [
    ("runs", "id", "Report of a scenario run: steps, observations, evidence"),
    ("screenshots", "name", "Screenshot of a page"),
    ("replays", "name", "The timeline of a session replay, whole"),
    ("attachments", "name", "A file that came with an event"),
    ("replies", "id", "A tool reply that was longer than its budget, whole"),
];
/// The kind that comes from the sink.
pub(super) const ENVELOPES: &str = "envelopes";
/// What an envelope is.
const ENVELOPE: &str = "The Sentry envelope that brought an event, as it was sent";
/// Its type.
const ENVELOPE_MIME: &str = "application/x-sentry-envelope";
/// The newest envelopes are listed; search_issues finds the others.
const LISTED_ENVELOPES: usize = 200;

/// Whether a kind is files under `.fixloop/`.
pub(super) fn is_files(kind: &str) -> bool {
    FILES.iter().any(|(known, ..)| *known == kind)
}

/// The addresses that can be read.
pub(super) fn templates() -> Vec<ResourceTemplate> {
    let mut templates: Vec<ResourceTemplate> = FILES
        .iter()
        .map(|(kind, part, what)| {
            ResourceTemplate::new(format!("fixloop://{kind}/{{{part}}}"), *kind).with_description(*what)
        })
        .collect();
    templates.push(
        ResourceTemplate::new(format!("fixloop://{ENVELOPES}/{{event_id}}"), ENVELOPES).with_description(ENVELOPE),
    );
    templates
}

/// A page of what can be read, newest first within its kind; `cursor` is the last address of the page before.
pub(super) async fn list(ctx: &Ctx, cursor: Option<&str>) -> Result<(Vec<Resource>, Option<String>), String> {
    let mut resources: Vec<Resource> = FILES
        .iter()
        .flat_map(|(kind, _, what)| {
            ctx.artifacts.list(kind).into_iter().map(move |listed| {
                let resource = Resource::new(format!("fixloop://{kind}/{}", listed.name), &listed.name)
                    .with_description(*what)
                    .with_mime_type(if listed.bytes.is_some() { mime(&listed.name) } else { "text/markdown" });
                match listed.bytes {
                    Some(bytes) => resource.with_size(bytes),
                    None => resource,
                }
            })
        })
        .collect();
    let kept = ctx.sink.envelopes("", LISTED_ENVELOPES).await.map_err(|error| error.to_string())?;
    resources.extend(kept.into_iter().map(|envelope| {
        Resource::new(format!("fixloop://{ENVELOPES}/{}", envelope.event_id), envelope.event_id)
            .with_description(ENVELOPE)
            .with_mime_type(ENVELOPE_MIME)
            .with_size(envelope.bytes)
    }));
    if let Some(cursor) = cursor {
        let Some(at) = resources.iter().position(|resource| resource.uri == cursor) else {
            return Err(format!("The cursor `{cursor}` is not of this list any more. List again without one."));
        };
        resources.drain(..=at);
    }
    let more = resources.len() > PAGE;
    resources.truncate(PAGE);
    let next = resources.last().filter(|_| more).map(|resource| resource.uri.clone());
    Ok((resources, next))
}

/// What is at an address.
pub(super) async fn read(ctx: &Ctx, uri: &str) -> Result<ResourceContents, String> {
    let (kind, name) = uri
        .strip_prefix("fixloop://")
        .and_then(|rest| rest.split_once('/'))
        .ok_or_else(|| format!("`{uri}` is not an address of fixloop. They look like fixloop://runs/ID."))?;
    if kind == ENVELOPES {
        return envelope(ctx, uri, name).await;
    }
    if !is_files(kind) {
        return Err(format!("`{uri}`: there is no kind `{kind}`. There are runs, screenshots, replies and envelopes."));
    }
    let Some(path) = ctx.artifacts.find(kind, name) else {
        return Err(format!("There is nothing at `{uri}`. resources/list names what there is."));
    };
    let size = tokio::fs::metadata(&path).await.map(|about| about.len()).unwrap_or_default();
    if size > MAX_BYTES {
        return Err(format!("`{uri}` has {size} bytes, too many to send. Read the file {}.", path.display()));
    }
    let bytes = tokio::fs::read(&path).await.map_err(|error| format!("`{uri}` cannot be read: {error}."))?;
    let mime = path.file_name().and_then(|name| name.to_str()).map_or("application/octet-stream", mime);
    if kind == "runs" && mime == "application/json" {
        // It holds what pages said, word for word.
        let mut text = Text::new(random_hex());
        text.untrusted("run", &String::from_utf8_lossy(&bytes));
        return Ok(ResourceContents::text(text.finish(), uri).with_mime_type("text/plain"));
    }
    Ok(contents(uri, mime, bytes))
}

async fn envelope(ctx: &Ctx, uri: &str, event_id: &str) -> Result<ResourceContents, String> {
    let id: String = event_id.chars().filter(|c| *c != '-').collect::<String>().to_ascii_lowercase();
    if id.len() != 32 || !id.chars().all(|c| c.is_ascii_hexdigit()) {
        return Err(format!("`{uri}`: an event id has 32 hex digits."));
    }
    match ctx.sink.envelope(&id).await {
        Ok(Some(bytes)) => Ok(contents(uri, ENVELOPE_MIME, bytes)),
        Ok(None) => Err(format!("The sink keeps no event {id}. It may be too old; search_issues names what there is.")),
        Err(error) => Err(error.to_string()),
    }
}

/// Text where it is text, else a blob.
fn contents(uri: &str, mime: &str, bytes: Vec<u8>) -> ResourceContents {
    let is_text =
        mime.starts_with("text/") || mime.contains("json") || mime.contains("xml") || mime.contains("envelope");
    match String::from_utf8(bytes) {
        Ok(text) if is_text => ResourceContents::text(text, uri).with_mime_type(mime),
        Ok(text) => blob(uri, mime, text.as_bytes()),
        Err(error) => blob(uri, mime, error.as_bytes()),
    }
}

fn blob(uri: &str, mime: &str, bytes: &[u8]) -> ResourceContents {
    ResourceContents::blob(base64::engine::general_purpose::STANDARD.encode(bytes), uri).with_mime_type(mime)
}

/// The type of a file, by its name.
fn mime(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("md") => "text/markdown",
        Some("json") => "application/json",
        Some("html") => "text/html",
        Some("txt" | "log") => "text/plain",
        Some("yaml" | "yml") => "text/yaml",
        Some("xml") => "application/xml",
        Some("png") => "image/png",
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("webp") => "image/webp",
        _ => "application/octet-stream",
    }
}
