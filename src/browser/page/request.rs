//! What the network and the console said of late. (Filled by the watch on the session.)

use std::time::Instant;

use crate::{
    browser::tab::Page,
    error::{Result, ToolError},
};

/// Waits for a request like `POST /api/pay 200`.
pub(super) async fn expect(_page: &Page, _request: &str, _since: Instant, _deadline: Instant) -> Result<()> {
    Err(ToolError::bare("Requests are not watched yet."))
}

/// Console lines since the last navigation.
pub(super) fn console(_page: &Page) -> String {
    String::new()
}

/// Requests since the last navigation.
pub(super) fn network(_page: &Page) -> String {
    String::new()
}
