//! Dialogs: answered at once, since an open one stops the page and every command to it. None is left open, or the session
//! would hang on it later; a page that opens them without end gets its answers slowly.

use std::time::{Duration, Instant};

/// Dialogs answered in one step; a page that opens more opens them for ever.
const MAX_IN_STEP: u32 = 20;
/// Dialogs answered at once in each [`WINDOW`] between steps.
const MAX_IN_WINDOW: u32 = 20;
/// The time in which dialogs are counted between steps.
const WINDOW: Duration = Duration::from_secs(1);
/// How long the answer waits where there are more.
const PAUSE: Duration = Duration::from_millis(500);

/// How many dialogs were opened: in the running step, and lately.
#[derive(Debug)]
pub struct Dialogs {
    in_step: u32,
    in_window: u32,
    window: Instant,
}

impl Default for Dialogs {
    fn default() -> Self {
        Self { in_step: 0, in_window: 0, window: Instant::now() }
    }
}

impl Dialogs {
    /// A step begins.
    pub fn begin_step(&mut self) {
        *self = Self::default();
    }

    /// Counts one; says how long its answer has to wait.
    pub fn opened(&mut self, in_step: bool) -> Duration {
        if in_step {
            self.in_step = self.in_step.saturating_add(1);
            return if self.is_endless() { PAUSE } else { Duration::ZERO };
        }
        if self.window.elapsed() >= WINDOW {
            self.window = Instant::now();
            self.in_window = 0;
        }
        self.in_window = self.in_window.saturating_add(1);
        if self.in_window > MAX_IN_WINDOW { PAUSE } else { Duration::ZERO }
    }

    /// Whether the step has seen more than a page opens that means to end.
    pub fn is_endless(&self) -> bool {
        self.in_step > MAX_IN_STEP
    }
}

/// Whether a dialog is accepted. As people expect of a test browser: an alert is read, a page may be left; a question is
/// not said yes to on the user's behalf.
pub fn accepts(kind: &str) -> bool {
    matches!(kind, "alert" | "beforeunload")
}
