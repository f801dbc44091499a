//! One or more calls of every tool that asks Sentry, for what is tried on all of them: the contract, untrusted text, hostile
//! servers. A new tool of the toolsets `sentry` and `admin` needs a row here; a test says so.

use serde_json::{Value, json};

use crate::support::sentry::acme;

/// One call.
pub struct Row {
    pub tool: &'static str,
    pub arguments: Value,
    /// What the reply must hold of what was answered: endpoint and JSON pointer.
    pub shows: Vec<(&'static str, &'static str)>,
}

fn row(tool: &'static str, arguments: Value, shows: &[(&'static str, &'static str)]) -> Row {
    Row { tool, arguments, shows: shows.to_vec() }
}

/// Tools of the toolsets that never ask Sentry, and why.
pub const LOCAL: &[(&str, &str)] = &[("wait_for_event", "waits for what an SDK sends to the embedded sink")];

const ISSUES: &str = "GET /organizations/{organization_id_or_slug}/issues/";
const REPLAY: &str = "GET /organizations/{organization_id_or_slug}/replays/{replay_id}/";

/// The calls.
pub fn rows() -> Vec<Row> {
    vec![
        row("search_issues", json!({"source": "sentry"}), &[(ISSUES, "/0/shortId"), (ISSUES, "/0/title")]),
        row(
            "search_issues",
            json!({"source": "sentry", "query": "is:unresolved level:error", "sort": "freq", "limit": 5}),
            &[(ISSUES, "/0/shortId")],
        ),
        row("get_replay", json!({"replay": acme::REPLAY_ID, "source": "sentry"}), &[(REPLAY, "/data/browser/name")]),
        row("get_replay", json!({"replay": acme::REPLAY_ID, "source": "sentry", "at": 20}), &[]),
    ]
}

/// The toolsets with tools that ask Sentry.
pub const TOOLSETS: &str = "sentry";
