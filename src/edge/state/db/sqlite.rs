//! A SQLite file on a local disk.

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
        match SqlitePoolOptions::new().max_connections(1).connect_with(options.clone()).await {
            Err(e) if is_busy(&e) && tries > 0 => tokio::time::sleep(PAUSE).await,
            pool => return pool.map_err(|e| told(place, &e, false)),
        }
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
