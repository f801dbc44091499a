//! Bodies: read to a cap, and no further.

use std::time::Duration;

use axum::{body::Body, extract::Request, http::header};
use futures_util::StreamExt;

use super::App;
use crate::sink::{auth::Refusal, envelope, limits};

/// A body that has not come whole by then is given up.
const PATIENCE: Duration = Duration::from_secs(60);

/// Reads a body of at most `cap` bytes after decompression.
pub async fn read(app: &App, request: Request, cap: usize) -> Result<Vec<u8>, Refusal> {
    let announced =
        request.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > limits::BODY) {
        return Err(too_large(format!(
            "the body has {} bytes, at most {} are taken",
            announced.unwrap_or(0),
            limits::BODY
        )));
    }
    let packed = request.headers().contains_key(header::CONTENT_ENCODING);
    let room = if packed { 0 } else { announced.unwrap_or(0).min(limits::SMALL) };
    tokio::time::timeout(
        PATIENCE,
        collect(app, request.into_body(), room, if packed { cap } else { cap.min(limits::BODY) }),
    )
    .await
    .unwrap_or_else(|_| Err(Refusal::new(408, "the body did not come within 60 seconds")))
}

async fn collect(app: &App, body: Body, room: usize, cap: usize) -> Result<Vec<u8>, Refusal> {
    let mut stream = body.into_data_stream();
    let mut bytes = Vec::with_capacity(room);
    let mut permit = None;
    let mut look_at = limits::SMALL;
    while let Some(chunk) = stream.next().await {
        let chunk =
            chunk.map_err(|error| Refusal::new(400, "failed to read the request body").because(innermost(&error)))?;
        if bytes.len() + chunk.len() > cap {
            return Err(too_large(format!("the body has more than {cap} bytes")));
        }
        bytes.extend_from_slice(&chunk);
        if bytes.len() > look_at {
            look_at = bytes.len() * 2;
            if let Some(why) = envelope::refuse_early(&bytes, limits::EVENT) {
                return Err(too_large(why.to_owned()));
            }
            if permit.is_none() {
                permit = app.large.acquire().await.ok();
            }
        }
    }
    Ok(bytes)
}

fn too_large(why: String) -> Refusal {
    Refusal::new(413, "envelope exceeded size limits").because(why)
}

fn innermost(error: &dyn std::error::Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}
