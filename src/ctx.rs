//! The handles that a tool may reach. No behaviour.

use std::{path::PathBuf, sync::Arc};

use crate::{
    artifacts::Artifacts, browser::Browsers, config::Config, observe::Observer, scenario::Recordings, sink::Sink,
    sourcemap::Resolver,
};

/// The handles that a tool may reach; built once, when the workspace is known.
#[derive(Debug)]
pub struct Ctx {
    /// Settings.
    pub config: Arc<Config>,
    /// The user's project folder.
    pub workspace: PathBuf,
    /// The writer of files under `.fixloop/`.
    pub artifacts: Artifacts,
    /// The embedded sink.
    pub sink: Sink,
    /// Source maps.
    pub sourcemap: Resolver,
    /// Browser sessions.
    pub browsers: Browsers,
    /// Joins what the browser saw with source maps and the sink.
    pub observer: Observer,
    /// What each session did, for saving it as a scenario.
    pub recordings: Recordings,
}
