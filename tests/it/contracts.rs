//! Tests of: contracts.
