//! What the tools that show an event share: its frames moved to the user's files, and found in the workspace.

use std::time::Duration;

use crate::{
    ctx::Ctx,
    event::{Event, Frame, InWorkspace, in_app::mark},
};

/// Source mapping takes no longer; what is not mapped by then is shown as it is.
const MAPPING: Duration = Duration::from_secs(2);

/// The event with its frames source-mapped and found in the workspace, and why its crash frame is not mapped, where it is
/// not. Of an event of a Sentry server, which maps by itself, only built code is tried.
pub async fn mapped(ctx: &Ctx, mut event: Event) -> (Event, Option<String>) {
    let mut frames = event.take_frames();
    if event.processed.project.is_some() || event.processed.issue.is_some() {
        ctx.sourcemap.locate(&mut frames, MAPPING).await;
        let (places, mut built): (Vec<usize>, Vec<Frame>) =
            frames.iter().enumerate().filter(|(_, frame)| is_built(frame)).map(|(at, it)| (at, it.clone())).unzip();
        if !built.is_empty() {
            ctx.sourcemap.resolve(&mut built, &event.debug_images, MAPPING).await;
            ctx.sourcemap.locate(&mut built, MAPPING).await;
            for (at, frame) in places.into_iter().zip(built) {
                frames.iter_mut().skip(at).take(1).for_each(|place| *place = frame.clone());
            }
        }
    } else {
        ctx.sourcemap.resolve(&mut frames, &event.debug_images, MAPPING).await;
        ctx.sourcemap.locate(&mut frames, MAPPING).await;
    }
    event.put_frames(frames);
    let stacks = event.exceptions.iter().rev().map(|exception| exception.frames.as_slice());
    let shown = stacks.chain([event.frames.as_slice()]).find(|frames| !frames.is_empty()).unwrap_or_default();
    let own = shown.iter().zip(mark(shown, &event.platform)).rev().filter(|(_, mark)| mark.in_app);
    let found = |frame: &&Frame| matches!(frame.workspace, Some(InWorkspace::File(..)));
    let crash = own.map(|(frame, _)| frame).next().filter(|frame| frame.generated.is_none() && !found(frame));
    let why = crash.and_then(|frame| ctx.sourcemap.explain(frame));
    (event, why)
}

/// Whether a frame is of built code that nobody has mapped yet.
fn is_built(frame: &Frame) -> bool {
    let name = frame.abs_path.as_deref().or(frame.filename.as_deref()).unwrap_or_default();
    let path = name.split(['?', '#']).next().unwrap_or(name);
    let script = [".js", ".mjs", ".cjs"].iter().any(|end| path.ends_with(end));
    script
        && name.starts_with("http")
        && frame.in_app != Some(false)
        && frame.generated.is_none()
        && !matches!(frame.workspace, Some(InWorkspace::File(..)))
}
