//! A SQLite file on a local disk.

use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};

use super::{Result, StateError, StateErrorKind, told};

const BUSY: Duration = Duration::from_secs(30);

pub(super) async fn open(file: &Path, place: &str) -> Result<SqlitePool> {
    let parent = file.parent().filter(|p| !p.as_os_str().is_empty());
    if parent.is_some_and(|p| !p.is_dir()) {
        return Err(StateError::new(StateErrorKind::Config, place, "its folder is not there"));
    }
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY);
    let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await;
    pool.map_err(|e| told(place, &e, false))
}

pub(super) fn kind(error: &sqlx::Error) -> StateErrorKind {
    let code = error.as_database_error().and_then(|e| e.code()).unwrap_or_default();
    // The low byte is the primary code of SQLite; what is above it says more.
    match code.parse::<u32>().unwrap_or(0) & 0xff {
        5 | 6 | 10 | 13 => StateErrorKind::Unavailable,
        3 | 8 | 14 | 26 => StateErrorKind::Config,
        _ => StateErrorKind::Other,
    }
}
