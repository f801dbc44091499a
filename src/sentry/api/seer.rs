//! Seer, Sentry's own analysis: start, state, result. Experimental on Sentry's side: nothing of its answer need be there.

use serde_json::{Value, json};

use crate::sentry::{Failure, Organization, Read, Request};

const AUTOFIX: &str = "/organizations/{organization_id_or_slug}/issues/{issue_id}/autofix/";
/// Parts of a kind that are read.
const PARTS: usize = 10;

/// A run of Seer.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SeerRun {
    /// Its id.
    pub id: Option<String>,
    /// `processing`, `completed`, `error`, `need_more_information`, …: lower case.
    pub status: String,
    /// What it does, or did last; untrusted.
    pub doing: Option<String>,
    /// Causes that it found; untrusted.
    pub causes: Vec<String>,
    /// What it would do; untrusted.
    pub solution: Vec<String>,
    /// Changes that it made: repository, title, diff; untrusted.
    pub changes: Vec<String>,
    /// Addresses of pull requests.
    pub pull_requests: Vec<String>,
    /// The whole as Sentry writes it for models, where the parts could not be read; untrusted.
    pub whole: Option<String>,
}

impl SeerRun {
    /// Whether it works still.
    pub fn is_running(&self) -> bool {
        matches!(self.status.as_str(), "processing" | "pending" | "in_progress" | "running" | "queued" | "")
    }
}

impl Organization {
    /// The latest run for an issue; none = there was never one.
    pub async fn seer_run(&self, issue: &str) -> Result<Option<SeerRun>, Failure> {
        let answer = self.value(Request::get(AUTOFIX, &[issue]).query("llmFormat", "markdown")).await?;
        Ok(Some(&answer).filter(|answer| answer.at("autofix").is_object()).map(read))
    }

    /// Starts a run that goes as far as `stop`: `root_cause`, `solution`, `code_changes`, `open_pr`.
    pub async fn start_seer(&self, issue: &str, stop: &str, context: Option<&str>) -> Result<(), Failure> {
        let mut body = json!({"stopping_point": stop});
        if let (Some(context), Some(map)) = (context, body.as_object_mut()) {
            map.insert("user_context".to_owned(), json!(context));
        }
        self.value(Request::post(AUTOFIX, &[issue], body)).await.map(|_| ())
    }
}

fn read(answer: &Value) -> SeerRun {
    let autofix = answer.at("autofix");
    let steps = autofix.at("steps");
    let mut run = SeerRun {
        id: autofix.text("run_id").or_else(|| autofix.text("sentry_run_id")),
        status: autofix.text("status").unwrap_or_default().to_ascii_lowercase(),
        ..SeerRun::default()
    };
    for step in steps.items() {
        run.doing = step.at("progress").items().next_back().and_then(|it| it.text("message")).or(run.doing.take());
        run.causes.extend(step.at("causes").items().take(PARTS).filter_map(cause));
        run.solution.extend(step.at("solution").items().take(PARTS).filter_map(part));
        run.solution.extend(step.text("description").filter(|_| step.at("solution").is_array()));
        run.changes.extend(step.at("changes").items().take(PARTS).map(change));
        let changes = step.at("changes").items();
        let direct = changes.filter_map(|change| change.at("pull_request").text("pr_url"));
        run.pull_requests.extend(direct.take(PARTS));
    }
    // The newer form has blocks and pull requests of the run as a whole.
    if let Some(states) = autofix.at("repo_pr_states").as_object() {
        run.pull_requests.extend(states.values().filter_map(|state| state.text("pr_url")).take(PARTS));
    }
    run.pull_requests.dedup();
    if run.causes.is_empty() && run.solution.is_empty() && run.changes.is_empty() {
        run.whole = answer.at("formatted").text("content");
    }
    run
}

fn cause(cause: &Value) -> Option<String> {
    let mut said = cause.text("description")?;
    for step in cause.at("root_cause_reproduction").items().take(PARTS) {
        said.extend(part(step).map(|step| format!("\n- {step}")));
    }
    Some(said)
}

/// A step of a cause or solution: title, file, words.
fn part(step: &Value) -> Option<String> {
    let file = step.at("relevant_code_file").text("file_path");
    let title = step.text("title").or_else(|| step.text("description"))?;
    let more = step.text("code_snippet_and_analysis").map(|more| format!(": {more}")).unwrap_or_default();
    Some(format!("{title}{}{more}", file.map(|file| format!(" ({file})")).unwrap_or_default()))
}

fn change(change: &Value) -> String {
    let mut said = vec![change.text("repo_name").unwrap_or_default(), change.text("title").unwrap_or_default()];
    said.extend(change.text("description"));
    said.extend(change.text("diff_str").or_else(|| change.text("diff").filter(|diff| diff.contains("@@"))));
    said.retain(|words| !words.is_empty());
    said.join("\n")
}
