//! Where an element is on the screen of its tab, frames counted in.

use std::time::Instant;

use serde_json::json;

use super::{Rect, call};
use crate::{
    browser::{Target, tab::Page},
    error::{Result, ToolError},
};

/// Frame elements of one document that are looked through for the one of a frame.
const MAX_SIBLINGS: usize = 20;

/// Where a target is in the tab's viewport, after scrolling it into view.
pub(super) async fn rect_of(page: &Page, target: &Target) -> Result<Rect> {
    let (context, answer) = call::somewhere(page, target, "boxFor", json!({"target": target}), Instant::now()).await?;
    let mut rect: Rect = serde_json::from_value(answer)
        .map_err(|error| ToolError::bare("The in-page code gave a place that we cannot read.").caused_by(error))?;
    let mut at = context;
    while let Some(parent) = parent_of(page, &at) {
        let Some(frame) = frame_box(page, &parent, &at).await else { break };
        rect.x += frame.x;
        rect.y += frame.y;
        at = parent;
    }
    Ok(rect)
}

fn parent_of(page: &Page, context: &str) -> Option<String> {
    page.contexts().into_iter().find(|frame| frame.id == context)?.parent
}

/// Where the frame `context` is in the document of `parent`.
async fn frame_box(page: &Page, parent: &str, context: &str) -> Option<Rect> {
    for place in 0..MAX_SIBLINGS {
        let function = "(place) => fixloop.frameWindows({})[place]";
        let found = page.frame_behind(parent, function, json!([place])).await.ok().flatten()?;
        if found == context {
            let answer = call::run(page, parent, "frameBox", json!({"place": place})).await.ok()?;
            return serde_json::from_value(answer).ok();
        }
    }
    None
}
