//! get_issue, get_event and compare_events over a Sentry server.

mod read;
