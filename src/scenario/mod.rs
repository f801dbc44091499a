//! Scenarios: performing steps, recording them, running them, comparing runs, and the verdict on a fix.

mod address;
mod format;
mod perform;
mod read;
mod recording;
mod template;
mod words;
mod write;

pub use format::{Allow, Kind, Observations, Scenario};
pub use perform::{Hands, Performed, StepResult, StepStatus, perform};
pub use read::{Problem, read, read_check};
pub use recording::{Recorded, Recording, Recordings};
pub use template::{Secrets, fill};
pub use words::step_words;
pub use write::write;
