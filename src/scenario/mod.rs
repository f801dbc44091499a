//! Scenarios: format, recording, running, fingerprints of a run, comparison, verdict.
