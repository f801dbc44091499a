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
    engine::Engine,
    find::Kind,
    navigate,
    observe::Watch,
    page, screenshot,
    tab::{Page, SANDBOX, sandbox_script, unless_cancelled},
};
use crate::{error::Result, event::Observation};

/// How long connecting, and each command of the set-up, may take.
const SETUP_LIMIT: Duration = Duration::from_secs(15);
/// How long closing the tabs may take; the browser is ended by force otherwise.
const CLOSE_LIMIT: Duration = Duration::from_secs(2);
/// Events we need; a browser that lacks one of the second list still works.
const EVENTS: &[&str] =
    &["browsingContext", "network.beforeRequestSent", "network.responseCompleted", "network.fetchError"];
const OPTIONAL_EVENTS: &[&str] = &["log.entryAdded", "script.message", "script.realmCreated", "script.realmDestroyed"];

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
        tokio::spawn(end_with_driver(engine.gone.clone(), bidi.clone(), over.clone()));
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
        let subscribe = json!({"events": EVENTS, "userContexts": contexts});
        let optional = OPTIONAL_EVENTS
            .iter()
            .map(|event| self.page.send("session.subscribe", json!({"events": [event], "userContexts": contexts})));
        let ours = json!({"functionDeclaration": sandbox_script(), "sandbox": SANDBOX, "userContexts": contexts});
        let (subscribed, _, ours) = tokio::join!(
            self.page.send("session.subscribe", subscribe),
            futures_util::future::join_all(optional),
            self.page.send("script.addPreloadScript", ours),
        );
        subscribed?;
        ours?;
        let create = json!({"type": "window", "userContext": self.page.user_context()});
        let created = self.page.send("browsingContext.create", create).await?;
        let context = created.get("context").and_then(Value::as_str).unwrap_or_default();
        self.page.watch().lock().frames.set_front(context);
        let viewport = json!({"context": context, "viewport": {"width": width, "height": height}});
        self.page.send("browsingContext.setViewport", viewport).await.map(drop)
    }

    /// `s1`; never used again in this process.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What it is.
    pub async fn info(&self) -> Result<SessionInfo> {
        let title = self.page.call("() => document.title", json!([])).await.unwrap_or_default();
        let title = title.as_str().unwrap_or_default().chars().take(300).collect();
        Ok(SessionInfo { title, ..self.last_known() })
    }

    /// What is known without asking the browser.
    pub(super) fn last_known(&self) -> SessionInfo {
        let state = self.page.watch().lock();
        let url = state.frames.get(state.frames.front()).map(|frame| frame.url.clone()).unwrap_or_default();
        let mut notes = self.engine.notes.clone();
        if self.is_over() {
            notes.push("the session is over: browser or driver is gone".into());
        }
        SessionInfo { id: self.id.clone(), browser: self.engine.version.clone(), url, title: String::new(), notes }
    }

    /// Whether browser or driver is gone, or the session was closed.
    pub fn is_over(&self) -> bool {
        self.over.is_cancelled() || self.bidi.is_closed()
    }

    pub(super) fn engine_kind(&self) -> Kind {
        self.engine.kind
    }

    /// Runs one step: waits until its target can be acted on, acts, waits until the page has settled, and returns what
    /// the step caused.
    pub async fn perform(
        &self,
        step: &Step,
        cancel: &CancellationToken,
    ) -> std::result::Result<StepOutcome, StepFailure> {
        let begun = Instant::now();
        let work = async {
            let _turn = self.turn.lock().await;
            self.act(step, begun).await
        };
        let took_ms = || u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        match unless_cancelled(cancel, work).await {
            Ok(outcome) => Ok(StepOutcome { took_ms: took_ms(), ..outcome }),
            Err(error) => Err(StepFailure { error, observations: Vec::new(), took_ms: took_ms() }),
        }
    }

    async fn act(&self, step: &Step, begun: Instant) -> Result<StepOutcome> {
        if step.action == Action::Navigate {
            let went = navigate::go(&self.page, step).await?;
            return Ok(StepOutcome {
                summary: went.summary,
                observations: Vec::new(),
                status: went.status,
                durable: None,
                secret: false,
                took_ms: 0,
            });
        }
        let acted = page::act(&self.page, step, begun + step.timeout()).await?;
        Ok(StepOutcome {
            summary: acted.summary,
            observations: Vec::new(),
            status: None,
            durable: acted.durable,
            secret: acted.secret,
            took_ms: 0,
        })
    }

    /// Observations that came between steps, since the last step.
    pub async fn drain(&self) -> Vec<Observation> {
        Vec::new()
    }

    /// The accessible tree.
    pub async fn snapshot(&self, options: &SnapshotOptions) -> Result<Snapshot> {
        let _turn = self.turn.lock().await;
        page::snapshot(&self.page, options).await
    }

    /// Reads from the page; untrusted text.
    pub async fn read(&self, what: &Read) -> Result<String> {
        let _turn = self.turn.lock().await;
        page::read(&self.page, what).await
    }

    /// A PNG.
    pub async fn screenshot(&self, options: &ScreenshotOptions) -> Result<Vec<u8>> {
        let _turn = self.turn.lock().await;
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

impl Drop for Session {
    fn drop(&mut self) {
        self.over.cancel();
    }
}

/// Ends the session's commands as soon as the driver is gone, or its socket.
async fn end_with_driver(gone: CancellationToken, bidi: Bidi, over: CancellationToken) {
    tokio::select! {
        () = gone.cancelled() => bidi.close("the browser's driver died"),
        () = bidi.closed() => {}
        () = over.cancelled() => {}
    }
}
