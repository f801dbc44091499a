//! get_issue, get_event and compare_events over a Sentry server.

mod compare;
mod facts;
mod read;
mod tools;

use crate::support::{Server, sentry::Sentry};

/// Compares with `tests/it/snapshots/sentry_issue__NAME.snap`.
fn snapshot(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(format!("sentry_issue__{name}"), text));
}

/// A reply's text with what differs from run to run made the same.
fn stable(text: &str, sentry: &Sentry) -> String {
    let text = text.replace(&sentry.url(), "http://SENTRY").replace(&format!("127.0.0.1:{}", sentry.port()), "SENTRY");
    regex::Regex::new(r"untrusted-[0-9a-f]+").unwrap().replace_all(&text, "untrusted-BOUNDARY").into_owned()
}

/// A server that is connected to this Sentry.
async fn connected(sentry: &Sentry) -> Server {
    Server::start(sentry.setup()).await
}
