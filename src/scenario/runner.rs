//! Running a scenario: a fresh session each time, and everything about the run kept.

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use tokio_util::sync::CancellationToken;

use super::{
    address,
    assemble::{Parts, assemble},
    commit::commit,
    faults::{self, KnownIssue},
    files::Loaded,
    format::Scenario,
    perform::{Hands, Performed, Rules, millis, perform},
    run::{Evidence, Run},
    runs::Runs,
    template::{self, Secrets},
};
use crate::{
    artifacts::{Artifacts, random_hex},
    browser::{Action, Browsers, OpenOptions, ScreenshotOptions, Session, SnapshotOptions, Step},
    error::{Result, ToolError},
    event::{Observation, What},
    observe::Observer,
    report::Text,
    sink::Sink,
};

/// Most runs of one call.
pub const MAX_TIMES: u32 = 50;
/// How long a session may take to close, or to say that it is alive.
const CLOSE_LIMIT: Duration = Duration::from_secs(5);
/// How long taking evidence may take.
const EVIDENCE_LIMIT: Duration = Duration::from_secs(5);
/// Characters of the page that are kept when a run fails.
const SNAPSHOT_CHARS: usize = 20_000;
/// Shortest value from the environment that is taken out of the page.
const SHORTEST_ON_PAGE: usize = 3;

/// The rooms that a run needs.
#[derive(Clone, Copy)]
pub struct Rooms<'a> {
    /// The user's project.
    pub workspace: &'a Path,
    /// Where runs are kept.
    pub artifacts: &'a Artifacts,
    /// Where sessions come from.
    pub browsers: &'a Browsers,
    /// Completes observations.
    pub observer: &'a Observer,
    /// Knows the issues that envelopes landed in.
    pub sink: &'a Sink,
    /// Gives the value of an environment variable.
    pub environment: &'a (dyn Fn(&str) -> Option<String> + Send + Sync),
}

/// How to run.
#[derive(Debug, Clone)]
pub struct RunOptions {
    /// How often, 1 to [`MAX_TIMES`].
    pub times: u32,
    /// Where the app is, when not where the scenario says.
    pub base_url: Option<String>,
}

/// What a long call listens to and tells.
#[derive(Clone, Copy)]
pub struct Hooks<'a> {
    /// Stops the work.
    pub cancel: &'a CancellationToken,
    /// Is told what is being done now.
    pub progress: &'a (dyn Fn(String) + Send + Sync),
}

/// Whether a call may ask for so many runs.
pub fn check_times(times: u32) -> Result<()> {
    if (1..=MAX_TIMES).contains(&times) {
        return Ok(());
    }
    Err(ToolError::new(format!("A scenario cannot be run {times} times."), format!("Give 1 to {MAX_TIMES}.")))
}

/// Runs a scenario `times` times, one after the other, and keeps each run. Ends early when it is cancelled, or when there
/// is nothing to look with. An error means that not even one run could begin.
pub async fn run_times(
    rooms: &Rooms<'_>,
    loaded: &Loaded,
    options: &RunOptions,
    hooks: &Hooks<'_>,
) -> Result<Vec<Run>> {
    check_times(options.times)?;
    let filled = Filled::new(&loaded.scenario, options.base_url.as_deref(), rooms.environment)?;
    let mut runs = Vec::new();
    // The browser goes with its last session: one run's session is closed only when the next one's is open.
    let mut last: Option<CloseGuard> = None;
    for attempt in 1..=options.times {
        if hooks.cancel.is_cancelled() {
            break;
        }
        let progress = |message: String| {
            let message = filled.secrets.redact(&message);
            (hooks.progress)(format!("run {attempt} of {}: {message}", options.times));
        };
        let hooks = Hooks { progress: &progress, ..*hooks };
        let one = One { rooms, loaded, filled: &filled, attempt, of: options.times };
        let (run, session) = one.run(&hooks, last.take()).await?;
        runs.push(run);
        last = session;
        if last.is_none() {
            break;
        }
    }
    if let Some(session) = last {
        session.close().await;
    }
    Ok(runs)
}

/// A scenario with its variables filled in.
pub(super) struct Filled {
    /// What to do and expect.
    pub steps: Vec<Step>,
    /// Base address, or the first address.
    pub url: String,
    /// What must not be kept or shown.
    pub secrets: Secrets,
}

impl Filled {
    fn new(scenario: &Scenario, base_url: Option<&str>, environment: &dyn Fn(&str) -> Option<String>) -> Result<Self> {
        let mut secrets = Secrets::default();
        // The address of the app is no secret, and everything that is seen names it.
        let base_url = match base_url.or(scenario.base_url.as_deref()) {
            Some(base_url) => Some(address::base(&template::fill(base_url, environment, &mut Secrets::default())?)?),
            None => None,
        };
        let base_url = base_url.as_ref().map(url::Url::as_str);
        let mut steps = scenario.all_steps();
        for step in &mut steps {
            fill_step(step, environment, &mut secrets)?;
            if let (Action::Navigate, Some(value)) = (step.action, &step.value) {
                step.value = Some(address::resolve(base_url, value)?);
            }
        }
        let first = steps.first().and_then(|step| step.value.as_deref()).unwrap_or_default();
        let url = base_url.unwrap_or(first).split(['?', '#']).next().unwrap_or_default().to_owned();
        Ok(Self { steps, url, secrets })
    }
}

fn fill_step(step: &mut Step, environment: &dyn Fn(&str) -> Option<String>, secrets: &mut Secrets) -> Result<()> {
    // By destructuring, so that a new text cannot be forgotten here.
    let Step {
        action: _,
        reference: _,
        role,
        name,
        label,
        text,
        testid,
        css,
        nth: _,
        value,
        url,
        request,
        gone: _,
        timeout_ms: _,
    } = step;
    for text in [role, name, label, text, testid, css, value, url, request].into_iter().flatten() {
        *text = template::fill(text, environment, secrets)?;
    }
    Ok(())
}

/// One run.
struct One<'a> {
    rooms: &'a Rooms<'a>,
    loaded: &'a Loaded,
    filled: &'a Filled,
    attempt: u32,
    of: u32,
}

impl One<'_> {
    /// Does the run, and returns it with its session; without one, another run makes no sense. Closes the session of the
    /// run before it.
    async fn run(&self, hooks: &Hooks<'_>, before: Option<CloseGuard>) -> Result<(Run, Option<CloseGuard>)> {
        let runs = Runs::new(self.rooms.artifacts);
        let mut parts = self.begin(runs.new_id());
        let began = Instant::now();
        (hooks.progress)("opening a browser session".to_owned());
        let options = OpenOptions { browser: None, viewport: self.loaded.scenario.viewport };
        let opened = until_cancelled(hooks.cancel, self.rooms.browsers.open(options, hooks.cancel)).await;
        if let Some(before) = before {
            before.close().await;
        }
        let guard = match opened {
            None => None,
            Some(Err(error)) => {
                parts.could_not_run = Some(format!("No browser session: {}", error.what()));
                parts.hint = error.hint().map(str::to_owned);
                None
            }
            Some(Ok(session)) => {
                let guard = CloseGuard { browsers: self.rooms.browsers.clone(), session: Some(session.clone()) };
                self.act(&runs, &session, &mut parts, hooks).await;
                Some(guard)
            }
        };
        parts.cancelled = hooks.cancel.is_cancelled();
        parts.took_ms = millis(began.elapsed());
        // Kept before the session is closed: a cancelled call has no time for both.
        let run = assemble(self.loaded, parts, &self.filled.secrets);
        runs.keep(&run)?;
        Ok((run, guard))
    }

    fn begin(&self, id: String) -> Parts {
        let now = jiff::Timestamp::now();
        Parts {
            id,
            attempt: self.attempt,
            of: self.of,
            started: now.round(jiff::Unit::Millisecond).unwrap_or(now).to_string(),
            url: self.filled.url.clone(),
            commit: commit(self.rooms.workspace),
            ..Parts::default()
        }
    }

    async fn act(&self, runs: &Runs<'_>, session: &Arc<Session>, parts: &mut Parts, hooks: &Hooks<'_>) {
        let is_red = |observation: &Observation| faults::is_red(&self.loaded.scenario, observation);
        let hands = Hands {
            session,
            observer: self.rooms.observer,
            recordings: None,
            rules: Some(Rules { acting: self.loaded.scenario.steps.len(), is_red: &is_red }),
            cancel: hooks.cancel,
            progress: hooks.progress,
        };
        let Some(performed) = until_cancelled(hooks.cancel, perform(&hands, &self.filled.steps)).await else { return };
        parts.issues = self.issues(&performed).await;
        parts.unplaced = faults::unplaced(&performed.observations, |url| self.rooms.sink.is_ours(url));
        let info = tokio::time::timeout(CLOSE_LIMIT, session.info()).await.ok().and_then(Result::ok);
        parts.browser = info.as_ref().map(|info| info.browser.clone()).unwrap_or_default();
        let crashed = performed.observations.iter().any(|seen| matches!(seen.what, What::Crash { .. }));
        // A page that crashes is a fault of the app, and its session goes on. A browser or driver that dies is none.
        let lost = session.is_over() && !hooks.cancel.is_cancelled();
        if lost || (info.is_none() && !crashed) {
            let step = performed.failed_step().map(|step| format!(" at step {step}")).unwrap_or_default();
            parts.could_not_run = Some(format!("The browser session was lost{step}: browser or driver is gone."));
            parts.hint = Some("Run it again; status says what the browser is.".to_owned());
        }
        let failed = performed.failure.is_some() || !performed.observations.is_empty();
        parts.performed = Some(performed);
        if failed && !lost && info.is_some() && parts.is_red(self.loaded) {
            let taken = tokio::time::timeout(EVIDENCE_LIMIT, self.evidence(runs, &parts.id, session));
            parts.evidence = until_cancelled(hooks.cancel, taken).await.and_then(Result::ok).unwrap_or_default();
        }
    }

    /// Ids and titles of the issues that envelopes landed in.
    async fn issues(&self, performed: &Performed) -> Vec<KnownIssue> {
        let mut issues: Vec<KnownIssue> = Vec::new();
        for observation in &performed.observations {
            let What::SentryEnvelope(envelope) = &observation.what else { continue };
            let Some(id) = envelope.issue.as_deref().filter(|id| !issues.iter().any(|known| known.id == *id)) else {
                continue;
            };
            if let Ok(Some(issue)) = self.rooms.sink.issue(id).await {
                issues.push(KnownIssue { id: issue.id, title: issue.title });
            }
        }
        issues
    }

    /// The page as it is now: a picture, and the accessible tree.
    async fn evidence(&self, runs: &Runs<'_>, id: &str, session: &Session) -> Vec<Evidence> {
        let mut files: Vec<(&str, &str, Vec<u8>)> = Vec::new();
        if let Ok(png) = session.screenshot(&ScreenshotOptions::default()).await {
            files.push(("screenshot.png", "image/png", png));
        }
        let options = SnapshotOptions { max_chars: SNAPSHOT_CHARS, ..SnapshotOptions::default() };
        if let Ok(snapshot) = session.snapshot(&options).await {
            let mut text = Text::new(random_hex());
            text.untrusted("page", &self.filled.secrets.redact_words(&snapshot.tree, SHORTEST_ON_PAGE));
            files.push(("snapshot.txt", "text/plain", text.finish().into_bytes()));
        }
        let kept = files.into_iter().filter_map(|(name, mime, bytes)| {
            let artifact = runs.write(id, name, &bytes).ok()?;
            Some(Evidence { name: name.to_owned(), uri: artifact.uri, mime: mime.to_owned() })
        });
        kept.collect()
    }
}

/// The work, or nothing once it is cancelled.
async fn until_cancelled<T>(cancel: &CancellationToken, work: impl Future<Output = T>) -> Option<T> {
    tokio::select! {
        biased;
        () = cancel.cancelled() => None,
        done = work => Some(done),
    }
}

/// Closes a run's session, also when the call is dropped in the middle.
struct CloseGuard {
    browsers: Browsers,
    session: Option<Arc<Session>>,
}

impl CloseGuard {
    /// Closes the session; goes on doing so when the caller is dropped.
    async fn close(mut self) {
        if let Some(closing) = self.begin() {
            // Fails only when the runtime ends, and the browsers with it.
            let _ = closing.await;
        }
    }

    fn begin(&mut self) -> Option<tokio::task::JoinHandle<()>> {
        let (session, browsers) = (self.session.take()?, self.browsers.clone());
        let runtime = tokio::runtime::Handle::try_current().ok()?;
        // Bounded by `close`; the browsers' own shutdown comes after it in any case.
        Some(runtime.spawn(async move { close(&browsers, &session).await }))
    }
}

impl Drop for CloseGuard {
    fn drop(&mut self) {
        let _ = self.begin();
    }
}

async fn close(browsers: &Browsers, session: &Session) {
    if tokio::time::timeout(CLOSE_LIMIT, browsers.close(Some(session.id()))).await.is_err() {
        tracing::warn!(session = session.id(), "the session of a run did not close in time");
    }
}
