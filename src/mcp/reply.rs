//! An outcome → what goes on the wire: budget, redaction, structured content, images and links.

use base64::Engine;
use rmcp::model::{CallToolResult, ContentBlock, ImageContent, Resource};

use super::{route::Outcome, structured};
use crate::{
    artifacts::{Artifacts, random_hex},
    error::ToolError,
    redact::text as redact,
    report::{Attachment, close_fences},
};

/// Replies kept under `replies/`.
pub(super) const KEEP: usize = 100;

/// A reply with its text within `budget` characters. What is over it is in a file that the text names. `links`: the
/// client knows the content type `resource_link`.
pub(super) fn success(
    outcome: Outcome,
    boundary: &str,
    budget: usize,
    artifacts: &Artifacts,
    links: bool,
) -> CallToolResult {
    let mut structured = outcome.structured;
    structured::clean(&mut structured);
    let note = structured::fit(&mut structured, artifacts);
    let room = budget.saturating_sub(note.chars().count());
    let mut text = fit(redact(&outcome.text), boundary, room, artifacts);
    text.push_str(&note);
    let mut blocks = Vec::new();
    for attachment in outcome.attachments {
        if !links {
            text.push_str(&format!("{}: {} ({})\n", attachment.name, attachment.uri, attachment.description));
        }
        blocks.extend(shown(attachment, links));
    }
    let mut content = vec![ContentBlock::text(text)];
    content.append(&mut blocks);
    let mut result = CallToolResult::success(content);
    result.structured_content = Some(structured);
    result
}

/// A reply that says why we could not look, and what to do next.
pub(super) fn failure(error: &ToolError, budget: usize) -> CallToolResult {
    let text = redact(&error.to_string());
    let text = if text.chars().count() > budget { text.chars().take(budget).collect::<String>() + "…" } else { text };
    CallToolResult::error(vec![ContentBlock::text(text)])
}

/// The content blocks of an attachment: the picture itself where the tool asked for it, and the link.
fn shown(attachment: Attachment, links: bool) -> Vec<ContentBlock> {
    let mut blocks = Vec::new();
    if let Some(bytes) = attachment.inline {
        let data = base64::engine::general_purpose::STANDARD.encode(bytes);
        blocks.push(ContentBlock::Image(ImageContent::new(data, attachment.mime.clone())));
    }
    if links {
        let link = Resource::new(attachment.uri, attachment.name)
            .with_mime_type(attachment.mime)
            .with_description(attachment.description);
        blocks.push(ContentBlock::ResourceLink(link));
    }
    blocks
}

/// The text, or its head with a word on where the rest is.
fn fit(text: String, boundary: &str, budget: usize, artifacts: &Artifacts) -> String {
    let length = text.chars().count();
    if length <= budget {
        return text;
    }
    // Room for the words below the cut: a closing fence, the count, an address and a path.
    let head = close_fences(&head(&text, budget.saturating_sub(400)), boundary);
    let left_out = length.saturating_sub(head.chars().count());
    match artifacts.write("replies", &format!("{}.md", random_hex()), text.as_bytes()) {
        Ok(kept) => {
            artifacts.prune("replies", KEEP);
            format!(
                "{head}\n[{left_out} of {length} characters left out. The whole reply: {} = {}]\n",
                kept.uri,
                kept.path.display()
            )
        }
        Err(error) => {
            tracing::warn!(%error, "the rest of a reply could not be kept");
            format!("{head}\n[{left_out} of {length} characters left out; they could not be written to a file.]\n")
        }
    }
}

/// At most `max` characters, cut at the end of a line unless the line alone is over it.
fn head(text: &str, max: usize) -> String {
    let mut head = String::new();
    let mut used = 0;
    for line in text.split_inclusive('\n') {
        let length = line.chars().count();
        if used + length > max {
            if used < max / 2 {
                head.extend(line.chars().take(max - used));
                head.push_str("…\n");
            }
            break;
        }
        used += length;
        head.push_str(line);
    }
    head
}
