//! The app over HTTP: headers of its pages, its tunnel, its ingest host. Plain data that the rules look at.

/// What was seen over HTTP.
#[derive(Debug, Default)]
pub struct Live {}
