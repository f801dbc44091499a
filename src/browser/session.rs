//! One fixloop session: an isolated user context with one page in front.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::{
    Action, Read, ScreenshotOptions, SessionInfo, Snapshot, SnapshotOptions, Step, StepFailure, StepOutcome,
    bidi::{Bidi, Failure},
    engine::{Engine, Processes},
    navigate,
    observe::{CHANNEL, OBSERVER, Watch, address},
    page::{self, Secrets},
    screenshot, settle,
    tab::{Page, SANDBOX, sandbox_script, unless_cancelled},
    words::quoted,
};
use crate::{
    error::{Result, ToolError},
    event::Observation,
};

/// How long connecting, and each command of the set-up, may take.
const SETUP_LIMIT: Duration = Duration::from_secs(15);
/// How long closing the tabs may take; the browser is ended by force otherwise.
const CLOSE_LIMIT: Duration = Duration::from_secs(2);
/// How long the cause of a lost connection may take to show.
const DEATH_LIMIT: Duration = Duration::from_millis(300);
/// How long a page may take to say its title.
const TITLE_LIMIT: Duration = Duration::from_secs(1);
/// How long a tab that a page opened may take to say where it goes.
const POPUP_LIMIT: Duration = Duration::from_millis(300);
/// Requests, of the whole browser.
const NETWORK_EVENTS: &[&str] = &["network.beforeRequestSent", "network.responseCompleted", "network.fetchError"];
/// A browser that lacks one of these still works.
const OPTIONAL_EVENTS: &[&str] =
    &["log.entryAdded", "script.message", "script.realmCreated", "goog:cdp.Inspector.targetCrashed"];
/// The largest request body that is looked at, in bytes.
const MAX_BODY: u32 = 20_000_000;

/// One fixloop session: an isolated user context with one page in front. All calls on it are serialised inside.
#[derive(Debug)]
pub struct Session {
    id: String,
    engine: Arc<Engine>,
    page: Page,
    bidi: Bidi,
    over: CancellationToken,
    /// One call at a time.
    turn: tokio::sync::Mutex<()>,
}

impl Session {
    /// Opens a user context in a running browser, with one empty tab.
    pub(super) async fn open(id: String, engine: Arc<Engine>, viewport: (u32, u32)) -> Result<Self> {
        let (bidi, events) = Bidi::connect(&engine.socket, SETUP_LIMIT).await?;
        let created = bidi.send("browser.createUserContext", json!({}), SETUP_LIMIT).await?;
        let user_context = created.get("userContext").and_then(Value::as_str).unwrap_or_default().to_owned();
        let watch = Watch::new(&user_context);
        let over = CancellationToken::new();
        tokio::spawn(watch.clone().follow(bidi.clone(), events, over.clone()));
        tokio::spawn(end_with_engine(Arc::clone(&engine), bidi.clone(), over.clone()));
        let page = Page::new(bidi.clone(), watch, user_context, over.clone());
        let session = Self { id, engine, page, bidi, over, turn: tokio::sync::Mutex::default() };
        match session.set_up(viewport).await {
            Ok(()) => Ok(session),
            Err(error) => {
                session.end().await;
                Err(error.into())
            }
        }
    }

    async fn set_up(&self, (width, height): (u32, u32)) -> Result<(), Failure> {
        let contexts = json!([self.page.user_context()]);
        let send = |method: &'static str, params: Value| self.page.send(method, params);
        let optional = OPTIONAL_EVENTS
            .iter()
            .map(|event| send("session.subscribe", json!({"events": [event], "userContexts": contexts})));
        let channel = json!({"channel": CHANNEL, "serializationOptions": {"maxObjectDepth": 3}});
        let observer = json!({
            "functionDeclaration": OBSERVER,
            "arguments": [{"type": "channel", "value": channel}],
            "userContexts": contexts,
        });
        let ours = json!({"functionDeclaration": sandbox_script(), "sandbox": SANDBOX, "userContexts": contexts});
        let bodies = json!({"dataTypes": ["request"], "maxEncodedDataSize": MAX_BODY, "userContexts": contexts});
        let (subscribed, network, observer, ours, _, _) = tokio::join!(
            send("session.subscribe", json!({"events": ["browsingContext"], "userContexts": contexts})),
            // Of the whole browser: requests of workers belong to no context.
            send("session.subscribe", json!({"events": NETWORK_EVENTS})),
            send("script.addPreloadScript", observer),
            send("script.addPreloadScript", ours),
            send("network.addDataCollector", bodies),
            futures_util::future::join_all(optional),
        );
        subscribed.and(network).and(observer).and(ours)?;
        let create = json!({"type": "window", "userContext": self.page.user_context()});
        let created = self.page.send("browsingContext.create", create).await?;
        let context = created.get("context").and_then(Value::as_str).unwrap_or_default();
        self.page.watch().lock().frames.set_front(context);
        let viewport = json!({"width": width, "height": height});
        // Of the user context, so that popups get it too; where that is not known, of the tab.
        let set = json!({"userContexts": contexts, "viewport": viewport});
        match self.page.send("browsingContext.setViewport", set).await {
            Ok(_) => Ok(()),
            Err(_) => {
                let set = json!({"context": context, "viewport": viewport});
                self.page.send("browsingContext.setViewport", set).await.map(drop)
            }
        }
    }

    /// `s1`; never used again in this process.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What it is. Never fails: a dead session says so in its notes, and [`Self::is_over`].
    pub async fn info(&self) -> Result<SessionInfo> {
        let title = tokio::time::timeout(TITLE_LIMIT, self.page.call("() => document.title", json!([]))).await;
        let title = title.ok().and_then(Result::ok).unwrap_or_default();
        let title: String = title.as_str().unwrap_or_default().chars().take(300).collect();
        Ok(SessionInfo { title: self.secrets().hide(&title), ..self.last_known() })
    }

    /// What is known without asking the browser; without the title.
    pub fn last_known(&self) -> SessionInfo {
        let state = self.page.watch().lock();
        let url = state.frames.get(state.frames.front()).map(|frame| address::shown(&frame.url)).unwrap_or_default();
        let mut notes = self.engine.notes.clone();
        if self.is_over() {
            notes.push("the session is over: browser or driver is gone".into());
        }
        let url = self.secrets().hide(&url);
        SessionInfo { id: self.id.clone(), browser: self.engine.version.clone(), url, title: String::new(), notes }
    }

    /// What was typed into secret fields: to be left out of all that is shown of the session.
    pub fn secrets(&self) -> &Secrets {
        self.page.secrets()
    }

    /// Whether browser or driver is gone, or the session was closed.
    pub fn is_over(&self) -> bool {
        self.over.is_cancelled() || self.bidi.is_closed()
    }

    /// The processes of its browser.
    pub async fn processes(&self) -> Processes {
        self.engine.processes().await
    }

    pub(super) fn page(&self) -> &Page {
        &self.page
    }

    pub(super) fn is_in(&self, engine: &Arc<Engine>) -> bool {
        Arc::ptr_eq(&self.engine, engine)
    }

    /// Runs one step: waits until its target can be acted on, acts, waits until the page has settled, and returns what
    /// the step caused.
    pub async fn perform(
        &self,
        step: &Step,
        cancel: &CancellationToken,
    ) -> std::result::Result<StepOutcome, StepFailure> {
        let begun = Instant::now();
        let took_ms = || u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        let turn = tokio::select! {
            biased;
            () = cancel.cancelled() => None,
            turn = self.turn.lock() => Some(turn),
        };
        let Some(_turn) = turn else {
            let error = ToolError::cancelled();
            return Err(StepFailure { number: 0, error, observations: Vec::new(), took_ms: took_ms() });
        };
        let lost = self.replace_lost_tab().await;
        let number = self.page.watch().lock().begin_step();
        let result = match lost {
            Some(lost) if step.action != Action::Navigate => Err(lost.into()),
            _ => unless_cancelled(cancel, self.act_unless_stuck(step)).await,
        };
        if result.is_err() {
            self.recover().await;
        }
        let result = match (result, self.replace_lost_tab().await) {
            (Ok(outcome), Some(Lost::Closed)) => {
                let summary =
                    format!("{}; the page closed its tab, and the session goes on with an empty one", outcome.summary);
                Ok(StepOutcome { summary, ..outcome })
            }
            // What it failed with says less than that there is no page any more.
            (_, Some(lost)) => Err(lost.into()),
            (result, None) => result,
        };
        let observations = self.page.watch().lock().end_step();
        match result {
            Ok(outcome) => Ok(StepOutcome { number, observations, took_ms: took_ms(), ..outcome }),
            Err(error) => Err(StepFailure { number, error, observations, took_ms: took_ms() }),
        }
    }

    /// Dialogs without end keep a page from ever answering.
    async fn act_unless_stuck(&self, step: &Step) -> Result<StepOutcome> {
        let stuck = self.page.watch().until(|state| state.has_endless_dialogs().then_some(()));
        tokio::select! {
            biased;
            outcome = self.act(step) => outcome,
            () = stuck => Err(ToolError::new(
                "The page opens dialogs without end.",
                "Its tab was closed, and the session goes on with an empty one. Look for a loop around alert, confirm or \
                 prompt in the app.",
            )),
        }
    }

    async fn act(&self, step: &Step) -> Result<StepOutcome> {
        let acted_at = Instant::now();
        if !matches!(step.action, Action::WaitFor | Action::Expect) {
            self.page.watch().lock().begin_acting();
        }
        if step.action == Action::Navigate {
            let went = navigate::go(&self.page, step).await?;
            let note = settle::settle(&self.page, acted_at).await?;
            let unsettled = note.is_some();
            let summary = self.summary(went.summary, note).await;
            return Ok(StepOutcome { summary, unsettled, status: went.status, ..StepOutcome::default() });
        }
        let acted = page::act(&self.page, step, acted_at + step.timeout()).await?;
        let note = if acted.settles { settle::settle(&self.page, acted_at).await? } else { None };
        let unsettled = note.is_some();
        let summary = self.summary(acted.summary, note).await;
        let status = self.page.watch().lock().status_since(acted_at);
        let outcome = StepOutcome { durable: acted.durable, secret: acted.secret, ..StepOutcome::default() };
        Ok(StepOutcome { summary, unsettled, status, ..outcome })
    }

    async fn summary(&self, what: String, note: Option<String>) -> String {
        let known = self.page.watch().until(|state| state.popup().is_none_or(|url| !url.is_empty()).then_some(()));
        let _ = tokio::time::timeout(POPUP_LIMIT, known).await;
        let popup = match self.page.watch().lock().popup() {
            None => String::new(),
            Some(url) if url.is_empty() => "; it opened an empty tab, which fixloop does not follow".to_owned(),
            Some(url) => format!(
                "; it opened a tab with {}, which fixloop does not follow: navigate to that address to look at it",
                quoted(&self.secrets().hide(&url), 300)
            ),
        };
        let note = note.map(|note| format!("; not settled: {note}")).unwrap_or_default();
        format!("{what}{popup}{note}")
    }

    /// Puts an empty tab in place of one that crashed, or that never comes to rest.
    async fn recover(&self) {
        if self.is_over() {
            if self.engine.is_gone() || self.bidi.is_closed() {
                // The socket may notice a moment before the process table does.
                let _ = tokio::time::timeout(DEATH_LIMIT, self.engine.gone.cancelled()).await;
                self.page.watch().lock().browser_died(self.engine.death());
            }
            return;
        }
        let is_lost = {
            let state = self.page.watch().lock();
            state.has_endless_dialogs() || state.frames.is_front_crashed()
        };
        if !is_lost {
            return;
        }
        self.replace_front().await;
    }

    /// Puts an empty tab in place of one that the page closed, or whose process died between steps. Says what happened.
    async fn replace_lost_tab(&self) -> Option<Lost> {
        let lost = {
            let state = self.page.watch().lock();
            match () {
                () if state.frames.is_front_closed() => Lost::Closed,
                () if state.frames.is_front_crashed() => Lost::Crashed,
                () => return None,
            }
        };
        if self.is_over() {
            return None;
        }
        self.replace_front().await;
        Some(lost)
    }

    /// Waits for the session's turn, with a tab that is there.
    pub(super) async fn turn(&self) -> Result<tokio::sync::MutexGuard<'_, ()>> {
        let turn = self.turn.lock().await;
        match self.replace_lost_tab().await {
            None => Ok(turn),
            Some(lost) => Err(lost.into()),
        }
    }

    async fn replace_front(&self) {
        let lost = self.page.front();
        let create = json!({"type": "tab", "userContext": self.page.user_context()});
        if let Ok(created) = self.bidi.send("browsingContext.create", create, SETUP_LIMIT).await {
            let context = created.get("context").and_then(Value::as_str).unwrap_or_default();
            self.page.watch().lock().frames.replace_front(context);
            let bidi = self.bidi.clone();
            // Closing a page that hangs may never be answered.
            tokio::spawn(
                async move { bidi.send("browsingContext.close", json!({"context": lost}), CLOSE_LIMIT).await },
            );
        }
    }

    /// Lets expectations of requests see all that were sent in the session, until a step does something again.
    pub fn look_back(&self) {
        self.page.watch().lock().look_back();
    }

    /// Observations that came between steps (`step` is 0), or late: then `step` is the number in the session of the step that
    /// caused them.
    pub async fn drain(&self) -> Vec<Observation> {
        self.page.watch().lock().drain()
    }

    /// The accessible tree.
    pub async fn snapshot(&self, options: &SnapshotOptions) -> Result<Snapshot> {
        let _turn = self.turn().await?;
        let seen = page::snapshot(&self.page, options).await.map_err(|error| self.hidden(&error))?;
        let hide = |text: &str| self.secrets().hide(text);
        Ok(Snapshot { tree: hide(&seen.tree), url: hide(&seen.url), title: hide(&seen.title), ..seen })
    }

    /// Reads from the page; untrusted text.
    pub async fn read(&self, what: &Read) -> Result<String> {
        let _turn = self.turn().await?;
        match page::read(&self.page, what).await {
            Ok(text) => Ok(self.secrets().hide(&text)),
            Err(error) => Err(self.hidden(&error)),
        }
    }

    /// The error without secrets.
    fn hidden(&self, error: &ToolError) -> ToolError {
        error.map_words(|words| self.secrets().hide(words))
    }

    /// A PNG.
    pub async fn screenshot(&self, options: &ScreenshotOptions) -> Result<Vec<u8>> {
        let _turn = self.turn().await?;
        screenshot::take(&self.page, options).await
    }

    /// Closes its tabs and forgets its cookies and storage.
    pub(super) async fn end(&self) {
        if !self.is_over() {
            let remove = json!({"userContext": self.page.user_context()});
            let _ = self.bidi.send("browser.removeUserContext", remove, CLOSE_LIMIT).await;
        }
        self.over.cancel();
    }
}

/// How the tab in front was lost.
#[derive(Debug, Clone, Copy)]
enum Lost {
    /// The page closed it.
    Closed,
    /// Its process died.
    Crashed,
}

impl From<Lost> for ToolError {
    fn from(lost: Lost) -> Self {
        match lost {
            Lost::Closed => Self::new(
                "The page closed its own tab.",
                "The session goes on with an empty tab, and keeps its cookies and storage; navigate again.",
            ),
            Lost::Crashed => Failure::Crashed.into(),
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.over.cancel();
    }
}

/// Ends the session's commands as soon as browser or driver is gone, or its socket.
async fn end_with_engine(engine: Arc<Engine>, bidi: Bidi, over: CancellationToken) {
    tokio::select! {
        () = engine.gone.cancelled() => bidi.close(engine.death()),
        () = bidi.closed() => {}
        () = over.cancelled() => {}
    }
}
