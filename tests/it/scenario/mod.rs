//! Scenarios, runs and verdicts.

mod format;
