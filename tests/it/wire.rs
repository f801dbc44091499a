//! Tests of: wire.
