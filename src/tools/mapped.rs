//! What the tools that show an event share: its frames moved to the user's files.

use std::time::Duration;

use crate::{
    ctx::Ctx,
    event::{Event, in_app::mark},
};

/// Source mapping takes no longer; what is not mapped by then is shown as it is.
const MAPPING: Duration = Duration::from_secs(2);

/// The event with its frames source-mapped, and why its crash frame is not, where it is not.
pub async fn mapped(ctx: &Ctx, mut event: Event) -> (Event, Option<String>) {
    let mut frames = event.take_frames();
    ctx.sourcemap.resolve(&mut frames, &event.debug_images, MAPPING).await;
    event.put_frames(frames);
    let stacks = event.exceptions.iter().rev().map(|exception| exception.frames.as_slice());
    let shown = stacks.chain([event.frames.as_slice()]).find(|frames| !frames.is_empty()).unwrap_or_default();
    let own = shown.iter().zip(mark(shown, &event.platform)).rev().filter(|(_, mark)| mark.in_app);
    let crash = own.map(|(frame, _)| frame).next().filter(|frame| frame.generated.is_none());
    let why = crash.and_then(|frame| ctx.sourcemap.explain(frame));
    (event, why)
}
