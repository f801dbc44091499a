//! The accessible tree of tab and frames, as one text.

use std::time::Instant;

use serde::Deserialize;
use serde_json::{Value, json};

use super::call;
use crate::{
    browser::{Snapshot, SnapshotOptions, observe::address, tab::Page},
    error::{Result, ToolError},
};

/// Characters when the caller gives no budget.
const DEFAULT_CHARS: usize = 7_000;
/// With frames on the page, the tab leaves them this share of the budget.
const SHARE_OF_FRAMES: usize = 4;
/// How deep frames in frames are shown.
const MAX_DEPTH: usize = 4;

/// One document's part.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Part {
    tree: String,
    shown: usize,
    left_out: usize,
    url: String,
    title: String,
    frames: Vec<Gap>,
}

/// Where a frame's tree belongs: after this line.
#[derive(Debug, Clone, Copy, Deserialize)]
struct Gap {
    line: usize,
    indent: usize,
}

/// The accessible tree.
pub(super) async fn take(page: &Page, options: &SnapshotOptions) -> Result<Snapshot> {
    let max = if options.max_chars == 0 { DEFAULT_CHARS } else { options.max_chars };
    let root = options.root.clone().filter(|root| !root.is_empty());
    let has_frames = !call::frames(page).is_empty();
    let own = if has_frames { max - max / SHARE_OF_FRAMES } else { max };
    let input = json!({"root": root, "find": options.find, "max_chars": own});
    let target = root.unwrap_or_default();
    let (context, answer) = call::somewhere(page, &target, "snapshot", input, Instant::now()).await?;
    let part = read(answer)?;
    let (shown, left_out) = (part.shown, part.left_out);
    let mut snapshot =
        Snapshot { tree: String::new(), shown, left_out, url: address::shown(&part.url), title: part.title.clone() };
    let left = max.saturating_sub(part.tree.chars().count());
    snapshot.tree = with_frames(page, &context, part, options, left, MAX_DEPTH, &mut snapshot).await;
    Ok(snapshot)
}

/// The part's lines with the trees of its frames under their lines.
async fn with_frames(
    page: &Page,
    context: &str,
    part: Part,
    options: &SnapshotOptions,
    left: usize,
    depth: usize,
    total: &mut Snapshot,
) -> String {
    let mut out: Vec<String> = Vec::new();
    let mut left = left;
    for (index, line) in part.tree.lines().enumerate() {
        out.push(line.to_owned());
        let Some(place) = part.frames.iter().position(|gap| gap.line == index) else { continue };
        let Some(gap) = part.frames.get(place).copied() else { continue };
        if depth == 0 || left < 100 {
            continue;
        }
        let Some(frame) = window(page, context, place).await else { continue };
        let input = json!({"find": options.find, "max_chars": left});
        let Ok(inner) = call::run(page, &frame, "snapshot", input).await else { continue };
        let Ok(inner) = read(inner) else { continue };
        total.shown += inner.shown;
        total.left_out += inner.left_out;
        let remaining = left.saturating_sub(inner.tree.chars().count());
        let tree = Box::pin(with_frames(page, &frame, inner, options, remaining, depth - 1, total)).await;
        left = left.saturating_sub(tree.chars().count() + tree.lines().count() * gap.indent * 2);
        let indent = "  ".repeat(gap.indent);
        out.extend(tree.lines().map(|line| format!("{indent}{line}")));
    }
    out.join("\n")
}

/// The browsing context of the frame element that the last snapshot of `context` showed in this place.
async fn window(page: &Page, context: &str, place: usize) -> Option<String> {
    let function = "(place) => fixloop.frameWindows({ shown: true })[place]";
    page.frame_behind(context, function, json!([place])).await.ok().flatten()
}

fn read(answer: Value) -> Result<Part> {
    serde_json::from_value(answer)
        .map_err(|error| ToolError::bare("The in-page code gave a snapshot that we cannot read.").caused_by(error))
}
