//! Screenshots.

use std::time::Duration;

use base64::Engine as _;
use serde_json::{Value, json};

use super::{ScreenshotOptions, page, tab::Page};
use crate::error::{Result, ToolError};

/// A long page takes a while to paint.
const LIMIT: Duration = Duration::from_secs(20);

/// A PNG of the viewport, the whole page or one element.
pub async fn take(page: &Page, options: &ScreenshotOptions) -> Result<Vec<u8>> {
    let origin = if options.full_page { "document" } else { "viewport" };
    let mut params = json!({"context": page.front(), "origin": origin, "format": {"type": "image/png"}});
    if let Some(target) = &options.target {
        let clip = page::rect_of(page, target).await?;
        let clip = json!({"type": "box", "x": clip.x, "y": clip.y, "width": clip.width, "height": clip.height});
        params = json!({"context": page.front(), "origin": "viewport", "format": {"type": "image/png"}, "clip": clip});
    }
    let answer = page.send_within("browsingContext.captureScreenshot", params, LIMIT).await?;
    let data = answer.get("data").and_then(Value::as_str).unwrap_or_default();
    base64::engine::general_purpose::STANDARD
        .decode(data)
        .map_err(|error| ToolError::bare("The browser gave a screenshot that is no base64.").caused_by(error))
}
