//! The writer thread: everything that is queued goes into one transaction, and is acknowledged after its commit.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use rusqlite::Connection;
use tokio::sync::{OwnedSemaphorePermit, mpsc, oneshot, watch};

use super::{
    Shared, now_ms, open,
    outbox::{self, Bounds},
    retention::{self, Retention},
    write::{self, Known, Written},
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
    /// Permit to hold it in memory, where it is large; kept until it is committed.
    pub permit: Option<OwnedSemaphorePermit>,
    /// Told once it is committed, or why it is not.
    pub done: oneshot::Sender<Result<(), String>>,
}

/// The writer's state.
pub struct Writer {
    connection: Connection,
    known: Known,
    shared: Arc<Shared>,
    wake: watch::Sender<u64>,
    config: SinkConfig,
    since_tidy: usize,
    retention: Retention,
}

impl Writer {
    /// A writer over an open connection.
    pub fn new(connection: Connection, shared: Arc<Shared>, wake: watch::Sender<u64>, config: SinkConfig) -> Self {
        Self {
            connection,
            known: Known::default(),
            shared,
            wake,
            config,
            since_tidy: 0,
            retention: Retention::default(),
        }
    }

    /// Works until told to close, or until nobody is left who could ask.
    pub fn run(mut self, mut queue: mpsc::Receiver<Command>) {
        let mut next = queue.blocking_recv();
        while let Some(command) = next.take() {
            match command {
                Command::Put(put) => next = self.batch(put, &mut queue),
                Command::Job(job) => self.job(job),
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
            let Put { parcel, permit, done } = put;
            drop(parcel);
            drop(permit);
            let _ = done.send(result.clone());
        }
        if self.since_tidy >= TIDY_EVERY {
            self.tidy(self.since_tidy.max(retention::STEP));
        }
        other
    }

    fn commit(&mut self, puts: &[Put]) -> rusqlite::Result<()> {
        self.connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
        let mut written = Written::default();
        let ended = self.write(puts, &mut written).and_then(|()| {
            self.connection.prepare_cached("COMMIT")?.execute([])?;
            self.retention.wrote(written.events);
            Ok(())
        });
        if ended.is_err() {
            self.known.clear();
            if !self.connection.is_autocommit() {
                // The first error is the one to tell.
                let _ = self.connection.execute_batch("ROLLBACK");
            }
        }
        ended
    }

    fn write(&mut self, puts: &[Put], written: &mut Written) -> rusqlite::Result<()> {
        for put in puts {
            write::parcel(&self.connection, &mut self.known, &put.parcel, written, now_ms())?;
        }
        if !written.queued {
            return Ok(());
        }
        let bounds = Bounds { count: self.config.relay.queue, bytes: self.config.relay.queue_bytes };
        outbox::bound(&self.connection, bounds, now_ms())
    }

    fn tidy(&mut self, step: usize) {
        self.since_tidy = 0;
        match self.retention.step(&self.connection, &self.config, now_ms(), step) {
            Ok(true) => self.known.clear(),
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, "the sink could not drop old events"),
        }
    }

    /// A job that panics takes its own answer with it, not the writer.
    fn job(&mut self, job: Box<dyn FnOnce(&Connection) + Send>) {
        if catch_unwind(AssertUnwindSafe(|| job(&self.connection))).is_err() {
            tracing::error!("a job on the sink's database panicked");
            if !self.connection.is_autocommit() {
                // It may have left a transaction open, which the next batch could not begin in.
                let _ = self.connection.execute_batch("ROLLBACK");
            }
        }
    }

    /// Moves a file that turned out to be damaged aside and begins a new one; goes on in memory where that cannot be.
    fn start_anew(&mut self, error: &rusqlite::Error) -> bool {
        let Some(path) = self.shared.file().cloned() else { return false };
        self.shared.forget_readers();
        self.known.clear();
        self.retention = Retention::default();
        let Ok(memory) = open::memory_with(&self.shared.key, &self.shared.id) else { return false };
        // The old file must be closed before it is renamed.
        drop(std::mem::replace(&mut self.connection, memory));
        let anew = open::set_aside(&path).map_err(|why| why.to_string()).and_then(|aside| {
            let opened = open::file_with(&path, &self.shared.key, &self.shared.id);
            opened.map(|connection| (connection, aside)).map_err(|why| why.to_string())
        });
        match anew {
            Ok((connection, aside)) => {
                self.connection = connection;
                self.shared.add_note(format!(
                    "The database was damaged ({error}); it was moved to {} and a new one was begun.",
                    aside.display()
                ));
            }
            Err(why) => {
                self.shared.lose_file();
                self.shared.add_note(format!(
                    "The database {} was damaged ({error}) and cannot be begun anew: {why}. Events are kept in memory \
                     and are lost when fixloop ends.",
                    path.display()
                ));
            }
        }
        true
    }
}
