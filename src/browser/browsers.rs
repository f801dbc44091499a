//! The browsers of this process: engines that run, sessions that are open.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio_util::sync::CancellationToken;

use super::{
    OpenOptions, Session, SessionInfo,
    engine::{Engine, Lease},
    find,
    tab::unless_cancelled,
};
use crate::{
    config::BrowserConfig,
    error::{Result, ToolError},
};

/// Sessions that may be open at once.
const MAX_SESSIONS: usize = 16;

/// The browsers of this process: drivers that run, sessions that are open. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Browsers(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    config: BrowserConfig,
    /// Session ids are counted up, and never used again.
    next_id: AtomicU64,
    /// At most one per kind. The lock is held while one starts, so that two calls never start two.
    engines: tokio::sync::Mutex<Vec<Arc<Engine>>>,
    sessions: Mutex<BTreeMap<u64, Arc<Session>>>,
}

impl Browsers {
    /// Nothing is started until the first session is opened.
    pub fn new(config: BrowserConfig) -> Self {
        Self(Arc::new(Inner {
            config,
            next_id: AtomicU64::new(1),
            engines: tokio::sync::Mutex::default(),
            sessions: Mutex::default(),
        }))
    }

    /// Opens a session; starts driver and browser when they do not run yet.
    pub async fn open(&self, options: OpenOptions, cancel: &CancellationToken) -> Result<Arc<Session>> {
        let is_full = {
            let mut sessions = self.lock();
            // Dead ones are of use only as long as there is nothing newer.
            sessions.retain(|_, session| !session.is_over());
            sessions.len() >= MAX_SESSIONS
        };
        if is_full {
            return Err(ToolError::new(
                format!("{MAX_SESSIONS} browser sessions are open."),
                "Close one with browser_close.",
            ));
        }
        let this = self.clone();
        // The work goes on when the caller is gone, so that a half-started browser is never lost: what it opened is then
        // dropped untaken, and closed.
        let work = tokio::spawn(async move { this.open_uncancelled(options).await });
        let abandoned = unless_cancelled(cancel, async { Ok(work.await) });
        match abandoned.await? {
            Ok(opened) => opened?.take(),
            Err(error) => Err(ToolError::bare("Opening the browser failed inside fixloop.").caused_by(error)),
        }
    }

    async fn open_uncancelled(&self, options: OpenOptions) -> Result<Opened> {
        let viewport = options.viewport.unwrap_or(self.0.config.viewport);
        let lease = self.engine(options.browser.as_deref()).await?;
        let number = self.0.next_id.fetch_add(1, Ordering::Relaxed);
        match Session::open(format!("s{number}"), lease.engine(), viewport).await {
            Ok(session) => {
                let session = Arc::new(session);
                self.lock().insert(number, Arc::clone(&session));
                drop(lease);
                Ok(Opened { browsers: self.clone(), session: Some(session) })
            }
            Err(error) => {
                drop(lease);
                self.end_unused().await;
                Err(error)
            }
        }
    }

    /// The engine that is wanted, started when it does not run; not ended as long as it is leased.
    async fn engine(&self, wanted: Option<&str>) -> Result<Lease> {
        let found = find::find(&self.0.config, wanted)?;
        let mut engines = self.0.engines.lock().await;
        if let Some(running) = engines.iter().find(|engine| engine.kind == found.kind && !engine.is_gone()) {
            return Ok(Lease::new(running));
        }
        let (dead, alive) = engines.drain(..).partition::<Vec<_>, _>(|engine| engine.is_gone());
        *engines = alive;
        for engine in dead {
            engine.end().await;
        }
        let engine = Arc::new(Engine::start(&self.0.config, &found).await?);
        let lease = Lease::new(&engine);
        engines.push(engine);
        Ok(lease)
    }

    /// The session with this id; with none given, the only one that is open.
    pub fn session(&self, id: Option<&str>) -> Result<Arc<Session>> {
        let sessions = self.lock();
        let names = || sessions.values().map(|session| session.id().to_owned()).collect::<Vec<_>>().join(", ");
        match id {
            Some(id) => sessions.values().find(|session| session.id() == id).cloned().ok_or_else(|| {
                let open = if sessions.is_empty() { "none is open".to_owned() } else { format!("open: {}", names()) };
                ToolError::new(
                    format!("There is no browser session {:?}; {open}.", id.chars().take(40).collect::<String>()),
                    "Call browser_open to start one.",
                )
            }),
            None => {
                let mut alive = sessions.values().filter(|session| !session.is_over());
                match (alive.next(), alive.next()) {
                    (Some(only), None) => Ok(Arc::clone(only)),
                    (Some(_), Some(_)) => Err(ToolError::new(
                        format!("Several browser sessions are open: {}.", names()),
                        "Say which one with `session`.",
                    )),
                    (None, _) => sessions
                        .values()
                        .next_back()
                        .cloned()
                        .ok_or_else(|| ToolError::new("No browser session is open.", "Call browser_open first.")),
                }
            }
        }
    }

    /// All open sessions.
    pub async fn sessions(&self) -> Vec<SessionInfo> {
        let sessions: Vec<_> = self.lock().values().cloned().collect();
        let asked = futures_util::future::join_all(sessions.iter().map(|session| session.info()));
        asked.await.into_iter().flatten().collect()
    }

    /// Ids of all open sessions, oldest first; asks no browser.
    pub fn ids(&self) -> Vec<String> {
        self.lock().values().map(|session| session.id().to_owned()).collect()
    }

    /// What browser and driver would be used, or why none; for `status`.
    pub fn found(&self) -> Result<String> {
        let found = find::find(&self.0.config, None)?;
        let binary = found.binary.map(|path| path.display().to_string()).unwrap_or_default();
        Ok(format!("{} {binary} with {}", found.kind.name(), found.driver.display()))
    }

    /// Closes a session; the last one takes the browser with it.
    pub async fn close(&self, id: Option<&str>) -> Result<SessionInfo> {
        let session = self.session(id)?;
        let info = session.last_known();
        self.close_session(&session).await;
        Ok(info)
    }

    async fn close_session(&self, session: &Arc<Session>) {
        self.lock().retain(|_, other| !Arc::ptr_eq(other, session));
        session.end().await;
        self.end_unused().await;
    }

    /// Ends the engines that no living session uses, or is about to.
    async fn end_unused(&self) {
        // The lock keeps a session that is being opened from getting an engine that is being ended.
        let mut engines = self.0.engines.lock().await;
        let is_used = |engine: &Arc<Engine>| {
            engine.is_leased() || self.lock().values().any(|session| session.is_in(engine) && !session.is_over())
        };
        let (keep, end) = engines.drain(..).partition::<Vec<_>, _>(is_used);
        *engines = keep;
        for engine in end {
            engine.end().await;
        }
    }

    /// Closes everything; nothing that we started outlives this.
    pub async fn shutdown(&self) {
        let sessions: Vec<_> = std::mem::take(&mut *self.lock()).into_values().collect();
        for session in sessions {
            session.end().await;
        }
        let mut engines = self.0.engines.lock().await;
        for engine in engines.drain(..) {
            engine.end().await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<u64, Arc<Session>>> {
        self.0.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A session that was opened for a caller. Closed when the caller is gone and never took it.
struct Opened {
    browsers: Browsers,
    session: Option<Arc<Session>>,
}

impl Opened {
    fn take(mut self) -> Result<Arc<Session>> {
        self.session.take().ok_or_else(|| ToolError::bare("The session was taken already."))
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        let Some(session) = self.session.take() else { return };
        let browsers = self.browsers.clone();
        // Without a runtime the whole process ends, and the browsers with it.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move { browsers.close_session(&session).await });
        }
    }
}
