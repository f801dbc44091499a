//! The store: the only user of SQLite. One thread writes, in group commits; others read.

pub mod items;
mod open;
pub mod outbox;
pub mod read;
mod retention;
mod schema;
pub mod search;
pub mod seen;
mod write;
mod writer;

use std::{
    path::PathBuf,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use rusqlite::Connection;
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot, watch};

use self::writer::{Command, Put, Writer};
use super::{
    parcel::Parcel,
    refused::{Refusals, Refused},
};
use crate::{
    config::SinkConfig,
    error::{Result, ToolError},
};

/// Commands that may wait for the writer; more wait in their own tasks.
const QUEUE: usize = 512;
/// Reading connections kept open.
const READERS: usize = 2;

/// The store of one workspace. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    commands: mpsc::Sender<Command>,
    wake: watch::Sender<u64>,
    shared: Arc<Shared>,
    closed: Arc<Mutex<Option<oneshot::Receiver<()>>>>,
}

/// What the writer and the readers share.
#[derive(Debug)]
pub struct Shared {
    /// The database file that was opened; none = in memory.
    path: Option<PathBuf>,
    /// The file was damaged and could not be begun anew: in memory from then on.
    lost: AtomicBool,
    readers: Mutex<Vec<Connection>>,
    notes: Mutex<Vec<String>>,
    refusals: Refusals,
    /// Public key of the DSN, 32 hex.
    key: String,
    /// Random id of the database, by which two processes know that they share it.
    id: String,
}

impl Shared {
    /// The database file; none = in memory.
    fn file(&self) -> Option<&PathBuf> {
        self.path.as_ref().filter(|_| !self.lost.load(Ordering::Acquire))
    }

    fn lose_file(&self) {
        self.lost.store(true, Ordering::Release);
        self.forget_readers();
    }

    fn add_note(&self, note: String) {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner).push(note);
    }

    fn forget_readers(&self) {
        self.readers.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl Store {
    /// Opens `<state>/fixloop.db` and starts the writer; in memory where that cannot be, with a note.
    pub fn open(state: Option<PathBuf>, config: &SinkConfig) -> Result<Self> {
        let opened = open::open(state)?;
        let shared = Arc::new(Shared {
            path: opened.path,
            lost: AtomicBool::new(false),
            readers: Mutex::default(),
            notes: Mutex::new(opened.notes),
            refusals: Refusals::default(),
            key: opened.key,
            id: opened.id,
        });
        let (commands, queue) = mpsc::channel(QUEUE);
        let wake = watch::Sender::new(0);
        let (closing, closed) = oneshot::channel();
        let writer = Writer::new(opened.connection, Arc::clone(&shared), wake.clone(), config.clone());
        std::thread::Builder::new()
            .name("sink-writer".into())
            .spawn(move || {
                writer.run(queue);
                // Nobody may be left who waits for it.
                let _ = closing.send(());
            })
            .map_err(|error| ToolError::bare("Cannot start the sink's writer thread.").caused_by(error))?;
        Ok(Self { commands, wake, shared, closed: Arc::new(Mutex::new(Some(closed))) })
    }

    /// Writes an envelope; returns once it is committed. `permit` is held until then.
    pub async fn put(&self, parcel: Parcel, permit: Option<OwnedSemaphorePermit>) -> Result<()> {
        let (done, answer) = oneshot::channel();
        self.commands.send(Command::Put(Put { parcel, permit, done })).await.map_err(|_| stopped())?;
        match answer.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(why)) => Err(ToolError::new(
                format!("The sink cannot write its database: {why}"),
                "Look at the disk's free space and at `status`.",
            )),
            Err(_) => Err(stopped()),
        }
    }

    /// Runs `job` on a reading connection, off the async threads.
    pub async fn read<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T> {
        let Some(path) = self.shared.file().cloned() else { return self.write(job).await };
        let shared = Arc::clone(&self.shared);
        tokio::task::spawn_blocking(move || {
            let pooled = shared.readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let connection = match pooled {
                Some(connection) => connection,
                None => open::reader(&path).map_err(cannot_read)?,
            };
            let result = job(&connection);
            let mut readers = shared.readers.lock().unwrap_or_else(PoisonError::into_inner);
            if result.is_ok() && readers.len() < READERS {
                readers.push(connection);
            }
            result.map_err(cannot_read)
        })
        .await
        .map_err(|error| ToolError::bare("A read of the sink's database was broken off.").caused_by(error))?
    }

    /// Runs `job` on the writing connection, between two commits.
    pub async fn write<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T> {
        let (done, answer) = oneshot::channel();
        let job = Box::new(move |connection: &Connection| {
            // The caller may have gone away.
            let _ = done.send(job(connection));
        });
        self.commands.send(Command::Job(job)).await.map_err(|_| stopped())?;
        answer.await.map_err(|_| stopped())?.map_err(cannot_read)
    }

    /// Drops a step of what is too old or too much. The writer does it by itself while events come; this is for the rest.
    pub async fn tidy(&self) {
        // A full queue means that events come, and then it is done anyway.
        let _ = self.commands.try_send(Command::Tidy);
    }

    /// Counts commits, and what sibling processes committed. Wakes those who wait.
    pub fn wake(&self) -> &watch::Sender<u64> {
        &self.wake
    }

    /// The database file; none = in memory.
    pub fn path(&self) -> Option<&PathBuf> {
        self.shared.file()
    }

    /// What is out of the ordinary, for `status`.
    pub fn notes(&self) -> Vec<String> {
        self.shared.notes.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Counts a request that was refused.
    pub fn refuse(&self, refusal: &super::auth::Refusal) {
        self.shared.refusals.add(refusal, now_ms());
    }

    /// What was refused since this process started.
    pub fn refused(&self) -> Vec<Refused> {
        self.shared.refusals.all()
    }

    /// Public key of the DSN, 32 hex.
    pub fn key(&self) -> &str {
        &self.shared.key
    }

    /// Random id of the database, by which two processes know that they share it.
    pub fn id(&self) -> &str {
        &self.shared.id
    }

    /// Remembers where the owner of this database listens, for siblings that do not find it at the preferred port.
    pub async fn set_listening(&self, url: String) {
        // Without it a sibling listens on a port of its own: no harm.
        let _ = self.write(move |connection| schema::set_meta(connection, "listening", &url)).await;
    }

    /// See [`Store::set_listening`].
    pub async fn listening(&self) -> Option<String> {
        self.read(|connection| schema::meta(connection, "listening")).await.ok().flatten()
    }

    /// Writes what is queued and closes the file.
    pub async fn close(&self) {
        let waiting = self.closed.lock().unwrap_or_else(PoisonError::into_inner).take();
        if self.commands.send(Command::Close).await.is_ok()
            && let Some(closed) = waiting
        {
            // An error means that the writer is gone: closed all the same.
            let _ = closed.await;
        }
        self.shared.forget_readers();
    }
}

/// Now, in milliseconds since the epoch.
pub fn now_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

fn stopped() -> ToolError {
    ToolError::new("The sink has been stopped.", "Start fixloop again.")
}

fn cannot_read(error: rusqlite::Error) -> ToolError {
    ToolError::new(
        "The sink cannot read its database.",
        "If it stays so, stop fixloop and move .fixloop/fixloop.db away.",
    )
    .caused_by(error)
}
