//! A small made-up organization, in the API's shape: `acme` with the projects `frontend`, `checkout-api` and `worker`, and
//! the issue FRONTEND-4K, whose latest event is rich.

mod event;
mod issue;
mod organization;
mod replay;
mod telemetry;

pub use event::{huge_event, poorest_event, rich_event};
pub use issue::{activities, issue, issues, notes, poorest_issue};
pub use organization::{key, organization, project, projects, teams};
pub use replay::{replay, segments};
pub use telemetry::{profile, release, trace};

use serde_json::{Value, json};

use super::{Answer, Sentry};

/// The organization's slug.
pub const ORG: &str = "acme";
/// Its project, with id 4500000000000001.
pub const PROJECT: &str = "frontend";
/// The project's id.
pub const PROJECT_ID: &str = "4500000000000001";
/// The issue, by number.
pub const ISSUE_ID: &str = "4000000042";
/// The issue, by short id.
pub const SHORT_ID: &str = "FRONTEND-4K";
/// Its latest event, the rich one.
pub const EVENT_ID: &str = "a11ce0f1c7e54d0b9f3b6a2d8e4c5b01";
/// Its oldest event, the poorest legal one.
pub const OLDEST_EVENT_ID: &str = "a11ce0f1c7e54d0b9f3b6a2d8e4c5b99";
/// Replay of the rich event.
pub const REPLAY_ID: &str = "5e9e1a7c4b7f4f0d8a6b3c2d1e0f9a8b";
/// Trace of the rich event.
pub const TRACE_ID: &str = "7ace0000c0ffee11deadbeef00000042";
/// Release of the rich event.
pub const RELEASE: &str = "frontend@2.4.1";
/// A profile.
pub const PROFILE_ID: &str = "c0de0000000000000000000000000777";

const O: &str = "/organizations/{organization_id_or_slug}";
const P: &str = "/projects/{organization_id_or_slug}/{project_id_or_slug}";

/// Gives a scripted Sentry the answers of the organization.
pub fn install(sentry: &Sentry) {
    organization::install(sentry);
    issue::install(sentry);
    replay::install(sentry);
    telemetry::install(sentry);
}

/// `GET` below the organization.
fn org(sentry: &Sentry, path: &str, body: Value) {
    sentry.on("GET", &format!("{O}{path}"), body);
}

/// `GET` below a project.
fn proj(sentry: &Sentry, path: &str, body: Value) {
    sentry.on("GET", &format!("{P}{path}"), body);
}

/// One page and no other.
fn page(body: Value) -> Answer {
    Answer::json(body).pages(None, None)
}

/// A frame in the API's shape; `context` where `code` is given.
fn frame(function: &str, file: &str, line: u64, in_app: bool) -> Value {
    json!({
        "filename": file, "absPath": format!("https://shop.acme.example/{file}"), "module": null, "package": null,
        "platform": null, "instructionAddr": null, "symbolAddr": null, "function": function, "rawFunction": null,
        "symbol": null, "context": [], "lineNo": line, "colNo": 13, "inApp": in_app, "trust": null, "errors": null,
        "lock": null, "sourceLink": null, "vars": null,
    })
}
