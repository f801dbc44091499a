//! Opens the database file, and finds a way when that cannot be: a broken file is moved aside, an unwritable folder means
//! memory.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::schema;
use crate::{
    error::{Result, ToolError},
    sink::parcel::new_event_id,
};

/// An open database.
#[derive(Debug)]
pub struct Opened {
    /// The writing connection.
    pub connection: Connection,
    /// The file; none = in memory.
    pub path: Option<PathBuf>,
    /// What is out of the ordinary.
    pub notes: Vec<String>,
    /// Public key of the DSN.
    pub key: String,
    /// Random id of the database.
    pub id: String,
}

/// Opens `<state>/fixloop.db`.
pub fn open(state: Option<PathBuf>) -> Result<Opened> {
    let mut notes = Vec::new();
    let Some(state) = state else {
        notes.push("There is no state folder: events are kept in memory and are lost when fixloop ends.".into());
        return memory(notes);
    };
    let path = state.join("fixloop.db");
    let error = match file(&path) {
        Ok((connection, key, id)) => return Ok(Opened { connection, path: Some(path), notes, key, id }),
        Err(error) if is_broken(&error) => match set_aside(&path) {
            Ok(aside) => match file(&path) {
                Ok((connection, key, id)) => {
                    notes.push(format!(
                        "The database was damaged ({error}); it was moved to {} and a new one was begun.",
                        aside.display()
                    ));
                    return Ok(Opened { connection, path: Some(path), notes, key, id });
                }
                Err(error) => error.to_string(),
            },
            Err(why) => format!("{error}, and it cannot be moved aside: {why}"),
        },
        Err(error) => error.to_string(),
    };
    notes.push(format!(
        "Cannot write {}: {error}. Events are kept in memory and are lost when fixloop ends.",
        path.display()
    ));
    memory(notes)
}

fn file(path: &Path) -> rusqlite::Result<(Connection, String, String)> {
    prepared(Connection::open(path)?)
}

/// Begins a new file with the key and id of the one before, so that the DSN stays the same.
pub fn file_with(path: &Path, key: &str, id: &str) -> rusqlite::Result<Connection> {
    let (connection, ..) = file(path)?;
    schema::set_meta(&connection, "key", key)?;
    schema::set_meta(&connection, "id", id)?;
    Ok(connection)
}

/// A database in memory with the key and id of the file that it stands in for.
pub fn memory_with(key: &str, id: &str) -> rusqlite::Result<Connection> {
    let (connection, ..) = prepared(Connection::open_in_memory()?)?;
    schema::set_meta(&connection, "key", key)?;
    schema::set_meta(&connection, "id", id)?;
    Ok(connection)
}

fn memory(notes: Vec<String>) -> Result<Opened> {
    let (connection, key, id) = Connection::open_in_memory()
        .and_then(prepared)
        .map_err(|error| ToolError::bare("Cannot open a database in memory.").caused_by(error))?;
    Ok(Opened { connection, path: None, notes, key, id })
}

fn prepared(connection: Connection) -> rusqlite::Result<(Connection, String, String)> {
    schema::prepare_writer(&connection)?;
    let key = schema::meta_or(&connection, "key", &new_event_id())?;
    let id = schema::meta_or(&connection, "id", &new_event_id())?;
    // A file that can only be read opens without a word: find out now.
    schema::set_meta(&connection, "opened_ms", &super::now_ms().to_string())?;
    Ok((connection, key, id))
}

/// Opens another connection that only reads.
pub fn reader(path: &Path) -> rusqlite::Result<Connection> {
    // Not SQLITE_OPEN_READ_ONLY: readers of a WAL database write its shared-memory index.
    let connection =
        Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    schema::prepare_reader(&connection)?;
    Ok(connection)
}

/// Whether the file itself is damaged, or no database at all.
pub fn is_broken(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
}

/// Renames the database and what belongs to it; returns where the main file went.
pub fn set_aside(path: &Path) -> std::io::Result<PathBuf> {
    let stamp = super::now_ms();
    let with = |suffix: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        PathBuf::from(name)
    };
    let aside = with(&format!(".damaged-{stamp}"));
    std::fs::rename(path, &aside)?;
    for suffix in ["-wal", "-shm"] {
        let file = with(suffix);
        if file.exists() {
            std::fs::rename(&file, with(&format!(".damaged-{stamp}{suffix}")))?;
        }
    }
    Ok(aside)
}
