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
    engine::Engine,
    find::{self, Kind},
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
        if self.lock().len() >= MAX_SESSIONS {
            return Err(ToolError::new(
                format!("{MAX_SESSIONS} browser sessions are open."),
                "Close one with browser_close.",
            ));
        }
        let this = self.clone();
        // The work goes on when the caller is dropped, so that a half-started browser is never lost.
        let work = tokio::spawn(async move { this.open_uncancelled(options).await });
        let abandoned = unless_cancelled(cancel, async { Ok(work.await) });
        match abandoned.await? {
            Ok(session) => session,
            Err(error) => Err(ToolError::bare("Opening the browser failed inside fixloop.").caused_by(error)),
        }
    }

    async fn open_uncancelled(&self, options: OpenOptions) -> Result<Arc<Session>> {
        let viewport = options.viewport.unwrap_or(self.0.config.viewport);
        let engine = self.engine(options.browser.as_deref()).await?;
        let number = self.0.next_id.fetch_add(1, Ordering::Relaxed);
        let session = Arc::new(Session::open(format!("s{number}"), engine, viewport).await?);
        self.lock().insert(number, Arc::clone(&session));
        Ok(session)
    }

    async fn engine(&self, wanted: Option<&str>) -> Result<Arc<Engine>> {
        let found = find::find(&self.0.config, wanted)?;
        let mut engines = self.0.engines.lock().await;
        if let Some(running) = engines.iter().find(|engine| engine.kind == found.kind && !engine.is_gone()) {
            return Ok(Arc::clone(running));
        }
        let (dead, alive) = engines.drain(..).partition::<Vec<_>, _>(|engine| engine.is_gone());
        *engines = alive;
        for engine in dead {
            engine.end().await;
        }
        let engine = Arc::new(Engine::start(&self.0.config, &found).await?);
        engines.push(Arc::clone(&engine));
        Ok(engine)
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
        let mut all = Vec::new();
        for session in sessions {
            all.extend(session.info().await);
        }
        all
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
        self.lock().retain(|_, other| !Arc::ptr_eq(other, &session));
        session.end().await;
        let still_used = |kind: Kind| self.lock().values().any(|other| other.engine_kind() == kind);
        // The lock keeps a session that is being opened from getting an engine that is being ended.
        let mut engines = self.0.engines.lock().await;
        let (keep, end) = engines.drain(..).partition::<Vec<_>, _>(|engine| still_used(engine.kind));
        *engines = keep;
        for engine in end {
            engine.end().await;
        }
        Ok(info)
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
