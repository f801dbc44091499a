//! Tests of real Sentry SDKs: what arrived is compared with what was sent.

mod browser;
mod envelope;
