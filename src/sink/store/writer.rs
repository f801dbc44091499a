//! The writer thread: everything that is queued goes into one transaction, and is acknowledged after its commit.

use std::sync::Arc;

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot, watch};

use super::{
    Shared, now_ms, open, retention,
    write::{self, KnownTags},
};
use crate::{config::SinkConfig, sink::parcel::Parcel};

/// At most this many envelopes in one transaction, and about this many bytes.
const BATCH: usize = 256;
const BATCH_BYTES: usize = 16 << 20;
/// Retention takes a step after this many envelopes.
const TIDY_EVERY: usize = 128;

/// What the writer is asked to do.
pub enum Command {
    /// Write an envelope.
    Put(Put),
    /// Run something on the connection.
    Job(Box<dyn FnOnce(&Connection) + Send>),
    /// Take a step of retention.
    Tidy,
    /// Stop, after what was queued before.
    Close,
}

/// An envelope on its way into the store.
pub struct Put {
    /// The envelope.
    pub parcel: Parcel,
    /// Its compressed form, where that is smaller.
    pub packed: Option<Vec<u8>>,
    /// Told once it is committed, or why it is not.
    pub done: oneshot::Sender<Result<(), String>>,
}

/// The writer's state.
pub struct Writer {
    connection: Connection,
    known: KnownTags,
    shared: Arc<Shared>,
    wake: watch::Sender<u64>,
    config: SinkConfig,
    since_tidy: usize,
}

impl Writer {
    /// A writer over an open connection.
    pub fn new(connection: Connection, shared: Arc<Shared>, wake: watch::Sender<u64>, config: SinkConfig) -> Self {
        Self { connection, known: KnownTags::default(), shared, wake, config, since_tidy: 0 }
    }

    /// Works until told to close, or until nobody is left who could ask.
    pub fn run(mut self, mut queue: mpsc::Receiver<Command>) {
        let mut next = queue.blocking_recv();
        while let Some(command) = next.take() {
            match command {
                Command::Put(put) => next = self.batch(put, &mut queue),
                Command::Job(job) => job(&self.connection),
                Command::Tidy => self.tidy(retention::STEP),
                Command::Close => break,
            }
            if next.is_none() {
                next = queue.blocking_recv();
            }
        }
    }

    /// Commits `first` and what is queued behind it; returns the command that ended the batch.
    fn batch(&mut self, first: Put, queue: &mut mpsc::Receiver<Command>) -> Option<Command> {
        let mut bytes = first.parcel.raw.len();
        let mut puts = vec![first];
        let mut other = None;
        while puts.len() < BATCH && bytes < BATCH_BYTES {
            match queue.try_recv() {
                Ok(Command::Put(put)) => {
                    bytes += put.parcel.raw.len();
                    puts.push(put);
                }
                Ok(command) => {
                    other = Some(command);
                    break;
                }
                Err(_) => break,
            }
        }
        let mut result = self.commit(&puts);
        if let Err(error) = &result
            && open::is_broken(error)
            && self.start_anew(error)
        {
            result = self.commit(&puts);
        }
        let result = result.map_err(|error| {
            tracing::warn!(%error, "the sink could not write");
            error.to_string()
        });
        if result.is_ok() {
            self.wake.send_modify(|commits| *commits += 1);
        }
        self.since_tidy += puts.len();
        for put in puts {
            // Who sent it may have hung up; it is kept all the same.
            let _ = put.done.send(result.clone());
        }
        if self.since_tidy >= TIDY_EVERY {
            self.tidy(self.since_tidy.max(retention::STEP));
        }
        other
    }

    fn commit(&mut self, puts: &[Put]) -> rusqlite::Result<()> {
        self.connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        let written = puts.iter().try_for_each(|put| {
            write::parcel(&self.connection, &mut self.known, &put.parcel, put.packed.as_deref(), now_ms())
        });
        let ended = written.and_then(|()| self.connection.prepare_cached("COMMIT")?.execute([]).map(|_| ()));
        if ended.is_err() {
            self.known.clear();
            if !self.connection.is_autocommit() {
                // The first error is the one to tell.
                let _ = self.connection.execute_batch("ROLLBACK");
            }
        }
        ended
    }

    fn tidy(&mut self, step: usize) {
        self.since_tidy = 0;
        match retention::step(&self.connection, &self.config, now_ms(), step) {
            Ok(true) => self.known.clear(),
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, "the sink could not drop old events"),
        }
    }

    /// Moves a file that turned out to be damaged aside and begins a new one.
    fn start_anew(&mut self, error: &rusqlite::Error) -> bool {
        let Some(path) = self.shared.path.clone() else { return false };
        self.shared.forget_readers();
        self.known.clear();
        let Ok(memory) = Connection::open_in_memory() else { return false };
        // The old file must be closed before it is renamed.
        drop(std::mem::replace(&mut self.connection, memory));
        let Ok(aside) = open::set_aside(&path) else { return false };
        match open::file_with(&path, &self.shared.key, &self.shared.id) {
            Ok(connection) => {
                self.connection = connection;
                self.shared.add_note(format!(
                    "The database was damaged ({error}); it was moved to {} and a new one was begun.",
                    aside.display()
                ));
                true
            }
            Err(_) => false,
        }
    }
}
