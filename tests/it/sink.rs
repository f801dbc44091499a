//! Tests of: sink.
