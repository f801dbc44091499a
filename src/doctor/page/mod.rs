//! The app in the browser: what its SDK does when a page throws. Plain data that the rules look at.

/// What was seen in the browser.
#[derive(Debug, Default)]
pub struct InPage {}
