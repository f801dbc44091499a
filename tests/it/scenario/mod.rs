//! Scenarios, runs and verdicts.

mod app;
mod closed;
mod format;
mod parts;
mod pure;
mod save;
mod sdk;
mod shell;
mod verdict;
