//! The in-page parts: the walker that writes the accessible tree, locators, actions, expectations.

use std::time::Instant;

use super::{Read, Snapshot, SnapshotOptions, Step, Target, tab::Page};
use crate::error::{Result, ToolError};

/// JavaScript function expression, run once per document in our sandbox; what it returns is `fixloop` in [`Page::call`].
pub const SCRIPT: &str = "() => ({})";

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
pub async fn act(_page: &Page, _step: &Step, _deadline: Instant) -> Result<Acted> {
    Err(ToolError::bare("The page room is not built yet."))
}

/// The accessible tree.
pub async fn snapshot(_page: &Page, _options: &SnapshotOptions) -> Result<Snapshot> {
    Err(ToolError::bare("The page room is not built yet."))
}

/// Reads from the page.
pub async fn read(_page: &Page, _what: &Read) -> Result<String> {
    Err(ToolError::bare("The page room is not built yet."))
}

/// A rectangle in CSS pixels, relative to the viewport of the tab.
#[derive(Debug, Clone, Copy)]
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
pub async fn rect_of(_page: &Page, _target: &Target) -> Result<Rect> {
    Err(ToolError::bare("The page room is not built yet."))
}
