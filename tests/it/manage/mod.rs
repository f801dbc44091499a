//! The tools that search and change what a Sentry server has, over real MCP and real HTTP against the scripted Sentry.

mod confirm;
mod projects;
mod search;
mod seer;
mod update;

use crate::support::Reply;

/// A whole reply as a snapshot, with what differs between runs left out.
#[track_caller]
fn snapshot(name: &str, text: &str, sentry: &crate::support::sentry::Sentry) {
    let mut text =
        text.replace(&sentry.url(), "http://SENTRY").replace(&format!("127.0.0.1:{}", sentry.port()), "SENTRY");
    text = regex::Regex::new("untrusted-[0-9a-f]+").unwrap().replace_all(&text, "untrusted-BOUNDARY").into_owned();
    insta::with_settings!({snapshot_path => "../snapshots", prepend_module_to_snapshot => false}, {
        insta::assert_snapshot!(format!("manage__{name}"), text);
    });
}

/// Text and structured content of several replies, for one snapshot.
fn said(replies: &mut String, what: &str, reply: &Reply) {
    let error = if reply.is_error { " → error" } else { "" };
    replies.push_str(&format!("# {what}{error}\n{}\n\n", reply.text));
}
