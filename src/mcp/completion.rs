//! Completion of the arguments of prompts and of resource addresses.

use super::resources::{ENVELOPES, is_files};
use crate::ctx::Ctx;

/// MCP allows no more in one answer.
pub(super) const MAX: usize = 100;

/// Values of a prompt's argument that begin with what was typed: ids of issues, files of scenarios.
pub(super) async fn of_argument(ctx: &Ctx, name: &str, typed: &str) -> Vec<String> {
    match name {
        "issue" | "issues" => ctx.issue_ids(typed, MAX).await,
        "scenario" | "scenarios" => scenarios(ctx, typed),
        _ => Vec::new(),
    }
}

/// Names that complete a resource address; `template` is `fixloop://runs/{id}`.
pub(super) async fn of_address(ctx: &Ctx, template: &str, typed: &str) -> Vec<String> {
    let Some((kind, _)) = template.strip_prefix("fixloop://").and_then(|rest| rest.split_once('/')) else {
        return Vec::new();
    };
    if kind == ENVELOPES {
        let kept = ctx.sink.envelopes(typed, MAX).await.unwrap_or_default();
        return kept.into_iter().map(|envelope| envelope.event_id).collect();
    }
    if !is_files(kind) {
        return Vec::new();
    }
    let names = ctx.artifacts.list(kind).into_iter().map(|listed| listed.name);
    names.filter(|name| name.starts_with(typed)).take(MAX).collect()
}

/// Scenario files of the workspace, by path or by bare name.
fn scenarios(ctx: &Ctx, typed: &str) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(ctx.workspace.join("fixloop")) else { return Vec::new() };
    let mut files: Vec<String> = entries
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| name.ends_with(".yaml") || name.ends_with(".yml"))
        .filter(|name| name.starts_with(typed) || format!("fixloop/{name}").starts_with(typed))
        .map(|name| format!("fixloop/{name}"))
        .collect();
    files.sort();
    files.truncate(MAX);
    files
}
