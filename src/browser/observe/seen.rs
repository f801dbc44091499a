//! The observations of a session, until a step or a drain takes them.

use std::time::Instant;

use crate::event::{Observation, What};

/// Observations kept for one step, and between steps; more are counted only.
const MAX_KEPT: usize = 200;

/// What was observed and not yet handed out.
#[derive(Debug, Default)]
pub struct Seen {
    all: Vec<(u64, Instant, Observation)>,
}

impl Seen {
    /// Adds one; the same thing again in the same step is counted.
    pub fn add(&mut self, step: u64, at: Instant, page_url: &str, what: What) {
        let same = self.all.iter_mut().find(|(in_step, _, seen)| *in_step == step && seen.what == what);
        if let Some((_, _, seen)) = same {
            seen.count = seen.count.saturating_add(1);
            return;
        }
        if self.all.len() >= MAX_KEPT {
            return;
        }
        let page_url = page_url.to_owned();
        let observation = Observation { step: 0, at_ms: 0, page_url, count: 1, fingerprint: String::new(), what };
        self.all.push((step, at, observation));
    }

    /// Whether the step has seen something that an error SDK would report.
    pub fn has_error(&self, step: u64) -> bool {
        self.all.iter().any(|(in_step, _, seen)| {
            *in_step == step
                && matches!(seen.what, What::UncaughtError(_) | What::UnhandledRejection(_) | What::ConsoleError(_))
        })
    }

    /// Whether this was seen in the step.
    pub fn any(&self, step: u64, is_it: impl Fn(&What) -> bool) -> bool {
        self.all.iter().any(|(in_step, _, seen)| *in_step == step && is_it(&seen.what))
    }

    /// Takes what the step caused, in order of time; `begun` is its start.
    pub fn take_step(&mut self, step: u64, begun: Instant) -> Vec<Observation> {
        let (mut taken, kept): (Vec<_>, Vec<_>) = self.all.drain(..).partition(|(in_step, _, _)| *in_step == step);
        self.all = kept;
        taken.sort_by_key(|(_, at, _)| *at);
        let dated = taken.into_iter().map(|(_, at, seen)| {
            let at_ms = u64::try_from(at.saturating_duration_since(begun).as_millis()).unwrap_or_default();
            Observation { at_ms, ..seen }
        });
        dated.collect()
    }

    /// Takes what belongs to no running step: it came between steps, or late. `step` is the number in the session of the
    /// step that caused it.
    pub fn take_rest(&mut self) -> Vec<Observation> {
        self.all.sort_by_key(|(_, at, _)| *at);
        self.all.drain(..).map(|(step, _, seen)| Observation { step: number(step), ..seen }).collect()
    }
}

/// A step's number as observations have it.
pub fn number(step: u64) -> usize {
    usize::try_from(step).unwrap_or_default()
}
