//! Bodies: read to a cap, and no further.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{body::Body, extract::Request, http::header};
use futures_util::StreamExt;
use tokio::sync::OwnedSemaphorePermit;

use super::App;
use crate::sink::{auth::Refusal, envelope, limits};

/// A body that has not come whole by then is given up. The wait for a permit does not count.
const PATIENCE: Duration = Duration::from_secs(60);

/// A body, and the permit to hold it where it is large. The permit goes with what is made of the body until that is
/// written: dropped before, it would bound nothing but the reading.
#[derive(Debug)]
pub struct Held {
    /// The bytes, decompressed.
    pub bytes: Vec<u8>,
    /// Dropped when nothing of the body is in memory any more.
    pub permit: Option<OwnedSemaphorePermit>,
}

/// How a body came over the wire: noted before the decompression layer, which takes these headers off.
#[derive(Debug, Clone, Copy)]
pub struct Wire {
    packed: bool,
    length: Option<usize>,
}

impl Wire {
    /// Notes the headers of `request`.
    pub fn of(request: &Request) -> Self {
        let length = request.headers().get(header::CONTENT_LENGTH);
        Self {
            packed: request.headers().contains_key(header::CONTENT_ENCODING),
            length: length.and_then(|length| length.to_str().ok()?.parse().ok()),
        }
    }
}

/// Reads a body of at most `cap` bytes after decompression.
pub async fn read(app: &App, request: Request, cap: usize) -> Result<Held, Refusal> {
    let wire = request.extensions().get::<Wire>().copied().unwrap_or_else(|| Wire::of(&request));
    if let Some(length) = wire.length.filter(|length| *length > limits::BODY) {
        return Err(too_large(format!("the body has {length} bytes, at most {} are taken", limits::BODY)));
    }
    let (room, cap) =
        if wire.packed { (0, cap) } else { (wire.length.unwrap_or(0).min(limits::SMALL), cap.min(limits::BODY)) };
    collect(app, request.into_body(), room, cap).await
}

async fn collect(app: &App, body: Body, room: usize, cap: usize) -> Result<Held, Refusal> {
    let mut stream = body.into_data_stream();
    let mut held = Held { bytes: Vec::with_capacity(room), permit: None };
    let mut look_at = limits::SMALL;
    let mut left = PATIENCE;
    loop {
        let asked = Instant::now();
        let chunk = tokio::time::timeout(left, stream.next())
            .await
            .map_err(|_| Refusal::new(408, "the body did not come within 60 seconds"))?;
        left = left.saturating_sub(asked.elapsed());
        let Some(chunk) = chunk else { return Ok(held) };
        let chunk =
            chunk.map_err(|error| Refusal::new(400, "failed to read the request body").because(innermost(&error)))?;
        if held.bytes.len() + chunk.len() > cap {
            return Err(too_large(format!("the body has more than {cap} bytes")));
        }
        held.bytes.extend_from_slice(&chunk);
        if held.bytes.len() > look_at {
            look_at = held.bytes.len() * 2;
            if let Some(why) = envelope::refuse_early(&held.bytes, limits::EVENT) {
                return Err(too_large(why.to_owned()));
            }
            if held.permit.is_none() {
                held.permit = Some(permit(app).await?);
            }
        }
    }
}

async fn permit(app: &App) -> Result<OwnedSemaphorePermit, Refusal> {
    let permit = tokio::time::timeout(PATIENCE, Arc::clone(&app.large).acquire_owned()).await;
    permit.ok().and_then(Result::ok).ok_or_else(|| {
        Refusal::new(503, "the sink is busy").because("other large bodies have been in the way for 60 seconds")
    })
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
