//! Scenarios: performing steps, recording them, running them, comparing runs, and the verdict on a fix.

mod perform;
mod recording;
mod words;

pub use perform::{Hands, Performed, StepResult, StepStatus, perform};
pub use recording::{Recorded, Recording, Recordings};
pub use words::{step_words, target_words};
