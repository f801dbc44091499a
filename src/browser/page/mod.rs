//! The in-page parts: the walker that writes the accessible tree, locators, actions, expectations.

mod act;
mod call;
mod expect;
mod keys;
mod place;
mod problem;
mod read;
mod refs;
mod request;
mod secrets;
mod snapshot;

use std::time::Instant;

use super::{Action, Read, Snapshot, SnapshotOptions, Step, Target, tab::Page};
use crate::error::{Result, ToolError};

pub use refs::Refs;
pub use secrets::Secrets;

/// JavaScript function expression, run once per document in our sandbox; what it returns is `fixloop` in [`Page::call`].
///
/// The files share one scope, in this order: each may use what the ones before it define.
pub const SCRIPT: &str = concat!(
    "() => {\n\"use strict\";\n",
    include_str!("names.js"),
    include_str!("refs.js"),
    include_str!("walk.js"),
    include_str!("snapshot.js"),
    include_str!("locate.js"),
    include_str!("ready.js"),
    include_str!("act.js"),
    include_str!("look.js"),
    "}"
);

/// What an action did, before the page has settled.
#[derive(Debug, Clone)]
pub struct Acted {
    /// In a few words of ours: `clicked button "Pay"`.
    pub summary: String,
    /// The step's target as a durable locator.
    pub durable: Option<Target>,
    /// It typed into a password field: its value must not be recorded.
    pub secret: bool,
    /// Whether the page may change because of it (clicks, keys); `false` for looking only (wait_for, expect).
    pub settles: bool,
}

/// Does a step other than `navigate`: finds the target, waits until it can be acted on, acts; or waits for what is
/// expected. Must end by `deadline`. The caller ends it when the call is cancelled, and settles afterwards.
pub async fn act(page: &Page, step: &Step, deadline: Instant) -> Result<Acted> {
    match step.action {
        Action::Click | Action::DoubleClick | Action::Hover => act::pointer(page, step, deadline).await,
        Action::Check | Action::Uncheck => act::toggle(page, step, deadline).await,
        Action::Fill => act::fill(page, step, deadline).await,
        Action::Select => act::select(page, step, deadline).await,
        Action::Press => act::press(page, step, deadline).await,
        Action::WaitFor | Action::Expect => expect::expect(page, step, deadline).await,
        Action::Navigate => Err(ToolError::bare("A navigate step is not done inside the page.")),
    }
}

/// The accessible tree.
pub async fn snapshot(page: &Page, options: &SnapshotOptions) -> Result<Snapshot> {
    snapshot::take(page, options).await
}

/// Reads from the page.
pub async fn read(page: &Page, what: &Read) -> Result<String> {
    read::read(page, what).await
}

/// A rectangle in CSS pixels, relative to the viewport of the tab.
#[derive(Debug, Clone, Copy, Default, serde::Deserialize)]
pub struct Rect {
    /// Left edge.
    pub x: f64,
    /// Upper edge.
    pub y: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
}

/// Where a target is, after scrolling it into view; for screenshots.
pub async fn rect_of(page: &Page, target: &Target) -> Result<Rect> {
    place::rect_of(page, target).await
}
