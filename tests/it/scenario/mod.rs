//! Scenarios, runs and verdicts.

mod format;
mod parts;
mod pure;
mod save;
mod verdict;
