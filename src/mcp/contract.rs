//! A tool's contract file: the words that the model reads, and below a marker the generated reference.

/// The line between the two halves.
pub const MARKER: &str = "<!-- reference -->";

/// The half that the model reads.
pub fn description(contract: &str) -> &str {
    contract.split_once(MARKER).map_or(contract, |(words, _)| words).trim()
}
