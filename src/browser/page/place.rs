//! Where an element is on the screen of its tab, frames counted in.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

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

/// Fails when something in a document around the frame `context` would take a click at this point of the frame.
pub(super) async fn reachable(page: &Page, context: &str, target: &Target, x: f64, y: f64) -> Result<()> {
    let (mut at, mut x, mut y) = (context.to_owned(), x, y);
    while let Some(parent) = parent_of(page, &at) {
        let Some(place) = place_in(page, &parent, &at).await else { break };
        match call::run(page, &parent, "frameHit", json!({"place": place, "x": x, "y": y})).await {
            Ok(point) => {
                let side = |key: &str| point.get(key).and_then(Value::as_f64).unwrap_or_default();
                (x, y) = (side("x"), side("y"));
            }
            Err(call::Miss::Problem(problem)) => return Err(problem.error(target, Duration::ZERO)),
            // The document around is on its way out: the click will tell.
            Err(call::Miss::Failure(_)) => break,
        }
        at = parent;
    }
    Ok(())
}

/// Where the frame `context` is in the document of `parent`.
async fn frame_box(page: &Page, parent: &str, context: &str) -> Option<Rect> {
    let place = place_in(page, parent, context).await?;
    let answer = call::run(page, parent, "frameBox", json!({"place": place})).await.ok()?;
    serde_json::from_value(answer).ok()
}

/// Which frame element of `parent`, in document order, holds the frame `context`.
async fn place_in(page: &Page, parent: &str, context: &str) -> Option<usize> {
    for place in 0..MAX_SIBLINGS {
        let function = "(place) => fixloop.frameWindows({})[place]";
        if page.frame_behind(parent, function, json!([place])).await.ok().flatten()? == context {
            return Some(place);
        }
    }
    None
}
