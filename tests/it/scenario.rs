//! Tests of: scenario.
