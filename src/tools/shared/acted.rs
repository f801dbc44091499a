//! What the tools that act on a page share: performing steps, and the report of what they did and caused.

use schemars::JsonSchema;
use serde::Serialize;

use crate::{
    browser::{Session, SessionInfo, SnapshotOptions, Step},
    ctx::Ctx,
    error::ToolError,
    event::{Frame, Observation, What},
    mcp::Call,
    report::{Render, Text, observations},
    scenario::{Hands, Performed, StepStatus, perform},
};

/// Characters of the snapshot that an act appends when asked.
const SNAPSHOT_CHARS: usize = 4_000;

/// Characters of the observations; the rest is counted.
const OBSERVED_CHARS: usize = 4_000;

/// What was done on a page, and what that caused.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Acted {
    /// Id of the browser session, `s1`.
    pub session: String,
    /// Address of the page afterwards.
    pub url: String,
    /// HTTP status of the last page that a step navigated to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Steps that passed.
    pub passed: usize,
    /// The step that failed; the ones after it were not run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failed: Option<Failed>,
    /// What went wrong, or was sent, meanwhile.
    pub observations: Vec<Observed>,
    #[serde(skip)]
    info: SessionInfo,
    #[serde(skip)]
    done: Performed,
    /// None = not asked for.
    #[serde(skip)]
    snapshot: Option<String>,
}

/// The step that failed.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Failed {
    /// Its number, from 1.
    pub step: usize,
    /// Why.
    pub error: String,
}

/// An observation in short; the text has the stack.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Observed {
    /// `uncaught_error`, `http_error`, `sentry_envelope`, ….
    pub kind: String,
    /// The step that caused it; 0 = none.
    pub step: usize,
    /// What it says, one line; untrusted.
    pub message: String,
    /// `file:line:column` of the first frame of the app.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// The same for the same fault in every run.
    pub fingerprint: String,
    /// The issue it landed in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issue: Option<String>,
}

/// Performs steps on a session, records them, and reports.
pub async fn act(
    ctx: &Ctx,
    call: &Call,
    session: &Session,
    steps: &[Step],
    snapshot: bool,
) -> Result<Acted, ToolError> {
    let progress = |message: String| call.progress(message);
    let hands = Hands {
        session,
        observer: &ctx.observer,
        recordings: Some(&ctx.recordings),
        rules: None,
        cancel: call.cancel(),
        progress: &progress,
    };
    let mut done = perform(&hands, steps).await;
    // After the observer: what is the same fault is told by what the page said, whole.
    done.hide(session.secrets());
    let late = call.time_is_up();
    if call.cancel().is_cancelled() && !late {
        return Err(ToolError::cancelled());
    }
    if late && done.failure.is_some() {
        done.failure = Some(ToolError::new(
            "The time limit of the call was up in this step.",
            "Do fewer steps in one call, or give more time with --call-timeout SECONDS.",
        ));
    }
    // A page takes its time to answer, and there is none left.
    let info = if late { session.last_known() } else { session.info().await? };
    let snapshot = if snapshot && !late {
        let options = SnapshotOptions { max_chars: SNAPSHOT_CHARS, ..SnapshotOptions::default() };
        Some(session.snapshot(&options).await.map_or_else(|error| error.to_string(), |snapshot| snapshot.tree))
    } else {
        None
    };
    Ok(Acted::new(info, done, snapshot))
}

impl Acted {
    fn new(info: SessionInfo, done: Performed, snapshot: Option<String>) -> Self {
        let failed = done.failed_step().zip(done.failure.as_ref());
        Self {
            session: info.id.clone(),
            url: info.url.clone(),
            status: done.steps.iter().rev().find_map(|step| step.http_status),
            passed: done.steps.iter().filter(|step| step.status == StepStatus::Passed).count(),
            failed: failed.map(|(step, error)| Failed { step, error: error.to_string() }),
            observations: done.observations.iter().map(Observed::new).collect(),
            info,
            done,
            snapshot,
        }
    }

    fn steps(&self, text: &mut Text) {
        for (index, step) in self.done.steps.iter().enumerate() {
            let number = index + 1;
            match step.status {
                StepStatus::Passed => text.line(format!("{number}. {} ({} ms)", step.what, step.took_ms)),
                StepStatus::Failed => {
                    text.line(format!("{number}. FAILED: {} ({} ms)", step.what, step.took_ms));
                    if let Some(error) = &self.done.failure {
                        error.to_string().lines().for_each(|line| text.line(format!("   {line}")));
                    }
                }
                StepStatus::NotRun => text.line(format!("{number}. not run: {}", step.what)),
            }
        }
    }
}

impl Render for Acted {
    fn render(&self, text: &mut Text) {
        self.steps(text);
        let status = self.status.map(|status| format!(", HTTP {status}")).unwrap_or_default();
        let title = Text::quoted(&self.info.title, 100);
        text.line(format!("Page {} {title}{status} (session {}).", Text::quoted(&self.url, 300), self.session));
        if self.done.observations.is_empty() {
            text.line("Nothing went wrong meanwhile, and no Sentry envelope was sent.");
        } else {
            text.heading(format!("Observed ({})", self.done.observations.len()));
            observations(text, &self.done.observations, OBSERVED_CHARS);
        }
        if let Some(tree) = &self.snapshot {
            text.heading("Page");
            text.untrusted("page", tree);
        }
    }
}

impl Observed {
    fn new(seen: &Observation) -> Self {
        let kind = serde_json::to_value(&seen.what).ok();
        let kind = kind.as_ref().and_then(|what| what.get("kind")?.as_str()).unwrap_or_default().to_owned();
        let (message, location, issue) = match &seen.what {
            What::UncaughtError(fault) | What::UnhandledRejection(fault) | What::ConsoleError(fault) => {
                let class = if fault.name.is_empty() { String::new() } else { format!("{}: ", fault.name) };
                let frame = fault.frames.iter().find(|frame| frame.in_app != Some(false)).or(fault.frames.first());
                (format!("{class}{}", fault.message), frame.and_then(Frame::location), None)
            }
            What::FailedRequest(request) | What::HttpError(request) => {
                let became = request.status.map(|status| status.to_string()).or_else(|| request.error.clone());
                (format!("{} {} {}", request.method, request.url, became.unwrap_or_default()), None, None)
            }
            What::CspViolation(csp) => {
                (format!("{} blocked {}", csp.directive, csp.blocked_url), csp.location.clone(), None)
            }
            What::Crash { message } => (message.clone(), None, None),
            What::Dialog { dialog, message, answer } => (format!("{dialog} {message} ({answer})"), None, None),
            What::SentryEnvelope(sent) => {
                let fate = serde_json::to_value(sent.fate).ok();
                let fate = fate.as_ref().and_then(|fate| fate.as_str()).unwrap_or_default().to_owned();
                (format!("{} to {}: {fate}", sent.items.join(", "), sent.to), None, sent.issue.clone())
            }
        };
        Self { kind, step: seen.step, message, location, fingerprint: seen.fingerprint.clone(), issue }
    }
}
