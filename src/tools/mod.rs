//! One file per tool, and one list of them. Read-only mode, toolsets, docs and snapshots are loops over the list.
//!
//! To add a tool: `tools/NAME.md`, `src/tools/NAME.rs`, and here `mod NAME;` and one line in [`all`].

mod analyze_issue;
mod apply_fix;
mod browser_act;
mod browser_close;
mod browser_evaluate;
mod browser_navigate;
mod browser_open;
mod browser_read;
mod browser_screenshot;
mod browser_snapshot;
mod check_csp;
mod check_dsn;
mod check_ingestion;
mod check_matcher;
mod check_setup;
mod check_source_maps;
mod check_tunnel;
mod compare_events;
mod compare_runs;
mod create_release;
mod explain_finding;
mod get_attachment;
mod get_event;
mod get_feedback;
mod get_issue;
mod get_monitors;
mod get_profile;
mod get_releases;
mod get_replay;
mod get_trace;
mod list_projects;
mod list_runs;
mod manage_project;
mod run_scenario;
mod save_scenario;
mod search_events;
mod search_issues;
mod shared;
mod status;
mod update_issue;
mod verify_fix;
mod wait_for_event;

use crate::mcp::{Route, route};

/// Every tool, in the order in which clients list them: the order of the loop.
pub fn all() -> Vec<Route> {
    vec![
        route::<status::Status>(),
        route::<browser_open::BrowserOpen>(),
        route::<browser_navigate::BrowserNavigate>(),
        route::<browser_snapshot::BrowserSnapshot>(),
        route::<browser_act::BrowserAct>(),
        route::<browser_read::BrowserRead>(),
        route::<browser_evaluate::BrowserEvaluate>(),
        route::<browser_screenshot::BrowserScreenshot>(),
        route::<browser_close::BrowserClose>(),
        route::<list_projects::ListProjects>(),
        route::<search_issues::SearchIssues>(),
        route::<get_issue::GetIssue>(),
        route::<get_event::GetEvent>(),
        route::<compare_events::CompareEvents>(),
        route::<get_replay::GetReplay>(),
        route::<get_attachment::GetAttachment>(),
        route::<get_feedback::GetFeedback>(),
        route::<get_releases::GetReleases>(),
        route::<create_release::CreateRelease>(),
        route::<get_monitors::GetMonitors>(),
        route::<check_source_maps::CheckSourceMaps>(),
        route::<search_events::SearchEvents>(),
        route::<get_trace::GetTrace>(),
        route::<get_profile::GetProfile>(),
        route::<check_ingestion::CheckIngestion>(),
        route::<wait_for_event::WaitForEvent>(),
        route::<update_issue::UpdateIssue>(),
        route::<analyze_issue::AnalyzeIssue>(),
        route::<manage_project::ManageProject>(),
        route::<save_scenario::SaveScenario>(),
        route::<run_scenario::RunScenario>(),
        route::<list_runs::ListRuns>(),
        route::<compare_runs::CompareRuns>(),
        route::<verify_fix::VerifyFix>(),
        route::<check_setup::CheckSetup>(),
        route::<explain_finding::ExplainFinding>(),
        route::<apply_fix::ApplyFix>(),
        route::<check_matcher::CheckMatcher>(),
        route::<check_csp::CheckCsp>(),
        route::<check_tunnel::CheckTunnel>(),
        route::<check_dsn::CheckDsn>(),
    ]
}
