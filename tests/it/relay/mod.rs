//! Passing envelopes on: a scripted server stands for Sentry, and a real third-party one takes them too.

mod answers;
mod bugsink;
mod limits;
mod outage;
mod passing;
mod settings;
mod status;
mod support;
mod tunnel;
