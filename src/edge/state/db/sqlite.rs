//! A SQLite file on a local disk.

use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};

use super::told;
use crate::edge::state::error::{Result, StateError, StateErrorKind};

const BUSY: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(10);

pub(super) async fn open(file: &Path, place: &str) -> Result<SqlitePool> {
    let parent = file.parent().filter(|p| !p.as_os_str().is_empty());
    if parent.is_some_and(|p| !p.is_dir()) {
        return Err(StateError::new(StateErrorKind::Config, place, "its folder is not there"));
    }
    owned(file).map_err(|e| StateError::new(StateErrorKind::Config, place, e.to_string()))?;
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY);
    let mut tries = BUSY.as_millis() / PAUSE.as_millis();
    loop {
        tries = tries.saturating_sub(1);
        // Only one may turn a new file to its log; SQLite does not let others wait for that.
        match one().connect_with(options.clone()).await {
            Err(e) if is_busy(&e) && tries > 0 => tokio::time::sleep(PAUSE).await,
            pool => return pool.map_err(|e| told(place, &e, false)),
        }
    }
}

/// One connection, kept for as long as the process lives.
fn one() -> SqlitePoolOptions {
    SqlitePoolOptions::new().max_connections(1).min_connections(1).idle_timeout(None).max_lifetime(None)
}

/// A file as it is. Where nobody writes to it, nothing is laid beside it either.
pub(super) async fn open_to_read(file: &Path, place: &str, in_use: bool) -> Result<SqlitePool> {
    let options = SqliteConnectOptions::new().filename(file).read_only(true).immutable(!in_use).busy_timeout(BUSY);
    one().connect_with(options).await.map_err(|e| told(place, &e, false))
}

pub(super) async fn memory(place: &str) -> Result<SqlitePool> {
    let options = SqliteConnectOptions::new().in_memory(true).foreign_keys(true);
    one().connect_with(options).await.map_err(|e| told(place, &e, false))
}

/// A new file is its owner's alone; SQLite gives what it lays beside it the same mode.
fn owned(file: &Path) -> io::Result<()> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(file) {
        Err(e) if e.kind() != io::ErrorKind::AlreadyExists => Err(e),
        _ => Ok(()),
    }
}

/// The low byte is the primary code of SQLite; what is above it says more.
fn code(error: &sqlx::Error) -> u32 {
    let code = error.as_database_error().and_then(|e| e.code()).unwrap_or_default();
    code.parse::<u32>().unwrap_or(0) & 0xff
}

fn is_busy(error: &sqlx::Error) -> bool {
    matches!(code(error), 5 | 6)
}

pub(super) fn kind(error: &sqlx::Error) -> StateErrorKind {
    match code(error) {
        5 | 6 | 10 | 13 => StateErrorKind::Unavailable,
        3 | 8 | 14 | 26 => StateErrorKind::Config,
        _ => StateErrorKind::Other,
    }
}
