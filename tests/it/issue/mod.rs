//! Tests of: issue.
