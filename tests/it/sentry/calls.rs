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
pub const LOCAL: &[(&str, &str)] = &[
    ("status", "says what is set, and asks nobody"),
    ("wait_for_event", "waits for what an SDK sends to the embedded sink"),
];

pub const CHANGE: &str = "PUT /organizations/{organization_id_or_slug}/issues/{issue_id}/";
pub const ISSUES: &str = "GET /organizations/{organization_id_or_slug}/issues/";
const ISSUE: &str = "GET /organizations/{organization_id_or_slug}/issues/{issue_id}/";
const EVENT: &str = "GET /organizations/{organization_id_or_slug}/issues/{issue_id}/events/{event_id}/";
pub const BY_ID: &str = "GET /organizations/{organization_id_or_slug}/eventids/{event_id}/";
pub const EVENTS: &str = "GET /organizations/{organization_id_or_slug}/events/";
const SERIES: &str = "GET /organizations/{organization_id_or_slug}/events-timeseries/";
const REPLAYS: &str = "GET /organizations/{organization_id_or_slug}/replays/";
const REPLAY: &str = "GET /organizations/{organization_id_or_slug}/replays/{replay_id}/";
const ATTACHMENTS: &str = "GET /projects/{organization_id_or_slug}/{project_id_or_slug}/events/{event_id}/attachments/";
const PROJECTS: &str = "GET /organizations/{organization_id_or_slug}/projects/";
const RELEASES: &str = "GET /organizations/{organization_id_or_slug}/releases/";
const MAPS: &str = "GET /projects/{organization_id_or_slug}/{project_id_or_slug}/events/{event_id}/source-map-debug/";

/// The calls.
pub fn rows() -> Vec<Row> {
    let (issue, event) = (acme::SHORT_ID, acme::EVENT_ID);
    let mut rows = vec![
        row("search_issues", json!({"source": "sentry"}), &[(ISSUES, "/0/shortId"), (ISSUES, "/0/title")]),
        row(
            "search_issues",
            json!({"source": "sentry", "query": "is:unresolved level:error", "sort": "freq", "limit": 5, "project": "frontend",
                   "environment": "production", "period": "24h", "cursor": "0:100:0"}),
            &[(ISSUES, "/0/shortId")],
        ),
        row("get_issue", json!({"issue": issue}), &[(ISSUE, "/shortId"), (ISSUE, "/count"), (EVENT, "/metadata/type")]),
        row("get_issue", json!({"issue": issue, "event": "oldest"}), &[(ISSUE, "/shortId")]),
        row("get_issue", json!({"issue": issue, "event": event, "only": ["tags"]}), &[(ISSUE, "/shortId")]),
        row("get_issue", json!({"issue": event, "source": "sentry"}), &[]),
        row("get_event", json!({"event": event, "source": "sentry"}), &[(BY_ID, "/eventId")]),
        row("get_replay", json!({"replay": acme::REPLAY_ID, "source": "sentry"}), &[(REPLAY, "/data/browser/name")]),
        row("get_replay", json!({"replay": acme::REPLAY_ID, "source": "sentry", "at": 20}), &[]),
        row("get_attachment", json!({"event": event, "source": "sentry"}), &[(ATTACHMENTS, "/0/name")]),
        row(
            "get_attachment",
            json!({"event": event, "source": "sentry", "attachment": "screenshot.png"}),
            &[(ATTACHMENTS, "/0/name")],
        ),
        row("check_source_maps", json!({"event": event, "source": "sentry"}), &[(MAPS, "/release")]),
    ];
    rows.push(row("list_projects", json!({"source": "sentry"}), &[(PROJECTS, "/0/slug")]));
    rows.push(row("list_projects", json!({"source": "sentry", "query": "prime"}), &[(PROJECTS, "/0/slug")]));
    rows.push(row("get_releases", json!({"source": "sentry"}), &[(RELEASES, "/0/version")]));
    rows.push(row(
        "get_releases",
        json!({"source": "sentry", "query": "front", "project": "frontend", "limit": 2}),
        &[(RELEASES, "/0/version")],
    ));
    rows.push(row("get_releases", json!({"source": "sentry", "release": acme::RELEASE}), &[]));
    rows.push(row("create_release", json!({"source": "sentry", "version": "web@3", "projects": ["frontend"], "finalize": true, "deploy": "production",
        "commits": ["acme/shop@1b2c3d4e5f60718293a4b5c6d7e8f90123456789..9fceb02d0ae598e95dc970b74767f19372d61af8"]}), &[]));
    rows.push(row(
        "create_release",
        json!({"source": "sentry", "version": "web@3", "projects": ["frontend"], "dry_run": true}),
        &[],
    ));
    rows.push(row("get_monitors", json!({"source": "sentry"}), &[]));
    rows.push(row("get_monitors", json!({"source": "sentry", "monitor": "nightly-prices"}), &[]));
    rows.push(row("get_feedback", json!({"source": "sentry"}), &[]));
    rows.push(row("get_feedback", json!({"source": "sentry", "query": "pay", "project": "frontend", "limit": 2}), &[]));
    for dataset in ["errors", "spans", "logs", "metrics", "profiles"] {
        rows.push(row("search_events", json!({"source": "sentry", "dataset": dataset, "period": "1h"}), &[]));
    }
    rows.push(row(
        "search_events",
        json!({"source": "sentry", "fields": ["transaction", "count()"], "sort": "-count()"}),
        &[(EVENTS, "/data/0/transaction")],
    ));
    rows.push(row("search_events", json!({"source": "sentry", "dataset": "replays"}), &[(REPLAYS, "/data/0/id")]));
    rows.push(row(
        "search_events",
        json!({"source": "sentry", "fields": ["count()"], "interval": "1h", "period": "24h"}),
        &[(SERIES, "/timeSeries/0/yAxis")],
    ));
    rows.push(row("search_events", json!({"source": "sentry", "issue": issue}), &[]));
    rows.extend(changes(issue));
    rows.extend(wide());
    rows.extend(managed());
    rows.push(row("compare_events", json!({"issue": issue, "source": "sentry"}), &[]));
    rows.push(row("compare_events", json!({"issue": issue, "a": "latest", "b": event, "source": "sentry"}), &[]));
    rows.push(row("analyze_issue", json!({"issue": issue, "source": "sentry"}), &[]));
    rows
}

/// What looks across events: traces, profiles, what got in.
fn wide() -> Vec<Row> {
    let all = [
        ("get_trace", json!({"trace": acme::TRACE_ID, "source": "sentry"})),
        ("get_trace", json!({"trace": acme::TRACE_ID, "cursor": "0", "source": "sentry"})),
        ("get_profile", json!({"profile": "/checkout", "source": "sentry"})),
        ("get_profile", json!({"profile": "/checkout", "project": "frontend", "period": "24h", "source": "sentry"})),
        ("get_profile", json!({"profile": acme::PROFILE_ID, "project": "frontend", "source": "sentry"})),
        (
            "get_profile",
            json!({"profile": acme::PROFILE_ID, "project": "frontend", "period": "24h", "source": "sentry"}),
        ),
        ("check_ingestion", json!({"source": "sentry"})),
        ("check_ingestion", json!({"project": "frontend", "period": "1h", "source": "sentry"})),
    ];
    all.into_iter().map(|(tool, arguments)| row(tool, arguments, &[])).collect()
}

fn managed() -> Vec<Row> {
    let key = acme::key()["id"].clone();
    let all = [
        json!({"action": "create_project", "name": "New shop", "platform": "javascript", "team": "checkout"}),
        json!({"action": "create_project", "name": "New shop", "slug": "new-shop"}),
        json!({"action": "update_project", "project": "frontend", "name": "Shop", "platform": "node", "slug": "shop"}),
        json!({"action": "create_team", "name": "checkout", "slug": "checkout"}),
        json!({"action": "update_team", "team": "checkout", "name": "Platform", "slug": "platform"}),
        json!({"action": "create_dsn", "project": "frontend", "name": "canary"}),
        json!({"action": "update_dsn", "project": "frontend", "key": key, "active": false}),
        json!({"action": "update_dsn", "project": "frontend", "key": key, "name": "canary", "dry_run": true}),
    ];
    all.into_iter().map(|arguments| row("manage_project", arguments, &[])).collect()
}

/// What the acme of the tests lacks for some of the calls: a run of Seer that is done, and a team that can be changed.
pub fn complete(sentry: &crate::support::sentry::Sentry) {
    let steps = json!([
        {"key": "root_cause_analysis", "progress": [{"message": "Here it is."}], "causes": [{"description": "pay is called twice",
            "root_cause_reproduction": [{"title": "A double click", "relevant_code_file": {"file_path": "src/pay.ts"}}]}]},
        {"key": "solution", "solution": [{"title": "Disable the button"}]},
        {"key": "changes", "changes": [{"repo_name": "acme/shop", "title": "Guard pay", "diff_str": "-x\n+y"}]},
    ]);
    let run = json!({"autofix": {"run_id": 7001, "status": "COMPLETED", "steps": steps}, "formatted": null});
    sentry.on("GET", "/organizations/{organization_id_or_slug}/issues/{issue_id}/autofix/", run);
    let team = "/teams/{organization_id_or_slug}/{team_id_or_slug}/";
    sentry.on("GET", team, acme::teams()[0].clone());
    sentry.on("PUT", team, acme::teams()[1].clone());
}

fn changes(issue: &str) -> Vec<Row> {
    let all = [
        json!({"issue": issue, "status": "resolved"}),
        json!({"issue": issue, "status": "resolved", "in": "next"}),
        json!({"issue": issue, "status": "resolved", "in": "frontend@2.4.1"}),
        json!({"issue": issue, "status": "resolved", "in": "commit:acme/shop@9fceb02d0ae598e95dc970b74767f19372d61af8"}),
        json!({"issue": issue, "status": "resolved", "in": "commit:9fceb02d0ae598e95dc970b74767f19372d61af8"}),
        json!({"issue": issue, "archive": "escalating"}),
        json!({"issue": issue, "archive": "7d"}),
        json!({"issue": issue, "archive": "100 events/24h"}),
        json!({"issue": issue, "archive": "50 users/7d"}),
        json!({"issue": issue, "priority": "low", "assign": "robin@acme.example"}),
        json!({"issue": issue, "assign": "none", "comment": "seen"}),
        json!({"issue": issue, "merge": ["FRONTEND-4N"]}),
        json!({"issue": issue, "status": "ignored", "dry_run": true}),
        json!({"query": "is:unresolved", "status": "resolved", "limit": 3, "source": "sentry"}),
    ];
    all.into_iter().map(|arguments| row("update_issue", arguments, &[])).collect()
}

/// The toolsets with tools that ask Sentry.
pub const TOOLSETS: &str = "sentry,admin";
