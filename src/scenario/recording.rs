//! What sessions did, kept so that it can be saved as a scenario. In memory only, and bounded.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

use super::words::step_words;
use crate::browser::{Action, Step, StepOutcome, Target};

/// Sessions whose steps are kept; the oldest goes first. A closed session stays until then, so that it can be saved.
const MAX_SESSIONS: usize = 16;
/// Steps kept of one session; later ones are counted as lost, since a scenario needs its beginning.
const MAX_STEPS: usize = 500;

/// The recordings of all sessions of this process.
#[derive(Debug, Default)]
pub struct Recordings {
    sessions: Mutex<VecDeque<Recording>>,
}

/// What one session did.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Recording {
    /// `s1`
    pub session: String,
    /// Its successful steps, in order.
    pub steps: Vec<Recorded>,
    /// Steps that could not be kept, each with the reason in a few words.
    pub lost: Vec<String>,
}

/// A step that passed, with a durable locator in place of a ref.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// The step, without a ref.
    pub step: Step,
    /// Its value was typed into a password field: it must not be written to a file.
    pub secret: bool,
}

impl Recordings {
    /// The steps of a session so far; with no id, of the session that acted last.
    pub fn get(&self, session: Option<&str>) -> Option<Recording> {
        let sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        match session {
            Some(id) => sessions.iter().find(|recording| recording.session == id).cloned(),
            None => sessions.back().cloned(),
        }
    }

    /// Keeps a step that passed.
    pub(super) fn record(&self, session: &str, step: &Step, outcome: &StepOutcome) {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        let mut recording = match sessions.iter().position(|recording| recording.session == session) {
            Some(index) => sessions.remove(index).unwrap_or_default(),
            None => Recording { session: session.to_owned(), ..Recording::default() },
        };
        recording.push(step, outcome);
        sessions.push_back(recording);
        if sessions.len() > MAX_SESSIONS {
            sessions.pop_front();
        }
    }
}

impl Recording {
    fn push(&mut self, step: &Step, outcome: &StepOutcome) {
        let mut kept = step.clone();
        if step.reference.is_some() {
            // A ref means nothing outside its snapshot.
            let durable = outcome.durable.clone().unwrap_or_default();
            kept = kept.with_target(Target { reference: None, ..durable });
        }
        let needs_target = !matches!(step.action, Action::Navigate | Action::Press | Action::WaitFor | Action::Expect);
        // A step that names an element is another step without it.
        if (needs_target || step.reference.is_some()) && kept.target().is_empty() {
            self.lose(format!("{} (no durable locator)", step_words(step)));
        } else if self.steps.len() >= MAX_STEPS {
            self.lose(format!("{} (more than {MAX_STEPS} steps)", step_words(step)));
        } else {
            self.steps.push(Recorded { step: kept, secret: outcome.secret });
        }
    }

    /// Whether the session went somewhere first: each run begins on an empty page.
    pub(super) fn begins_with_navigation(&self) -> bool {
        self.steps.first().is_some_and(|recorded| recorded.step.action == Action::Navigate)
    }

    fn lose(&mut self, what: String) {
        if self.lost.len() < MAX_STEPS {
            self.lost.push(what);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_kept_only_with_what_it_was_done_to() {
        let step = |action, reference: &str| {
            let reference = (!reference.is_empty()).then(|| reference.to_owned());
            Step::on(action, Target { reference, ..Target::default() })
        };
        let button = || Some(Target { role: Some("button".to_owned()), ..Target::default() });
        for (action, reference, durable, kept) in [
            (Action::Click, "e1", button(), true),
            (Action::Click, "e1", None, false),
            (Action::Press, "e1", button(), true),
            // Without its target, the key would go to whatever has the focus.
            (Action::Press, "e1", None, false),
            (Action::Press, "", None, true),
            // What is gone has no locator.
            (Action::WaitFor, "e1", None, false),
            (Action::Expect, "e1", None, false),
            (Action::Expect, "e1", button(), true),
            (Action::Navigate, "", None, true),
        ] {
            let mut recording = Recording::default();
            recording.push(&step(action, reference), &StepOutcome { durable, ..StepOutcome::default() });
            let counts = (recording.steps.len(), recording.lost.len());
            assert_eq!(counts, (usize::from(kept), usize::from(!kept)), "{action:?} {reference}");
        }
    }
}
