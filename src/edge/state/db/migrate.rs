//! Bringing a state to the tables this build knows, in order and once.

use super::{Db, Pool, Work};
use crate::edge::state::error::{Result, StateError, StateErrorKind};

/// Each brings the state to its number and says so. Appended to, never edited.
const SQLITE: [&str; 4] = [
    include_str!("sqlite_001.sql"),
    include_str!("sqlite_002.sql"),
    include_str!("sqlite_003.sql"),
    include_str!("sqlite_004.sql"),
];
const POSTGRES: [&str; 4] = [
    include_str!("postgres_001.sql"),
    include_str!("postgres_002.sql"),
    include_str!("postgres_003.sql"),
    include_str!("postgres_004.sql"),
];

pub(super) async fn up(db: &Db, randomness: [u8; 16]) -> Result<()> {
    let migrations = if db.is_sqlite() { &SQLITE } else { &POSTGRES };
    let mut work = db.begin().await?;
    if !db.is_sqlite() {
        // Two that open a new database at once make its tables one after the other.
        work.rows("SELECT 1 FROM pg_advisory_xact_lock(7415873105)", &[]).await?;
    }
    let done = version(db, &mut work).await?;
    for sql in &migrations[done..] {
        work.script(sql).await?;
    }
    if done == 0 {
        let id: String = randomness.iter().map(|b| format!("{b:02x}")).collect();
        work.run("INSERT INTO meta (name, value) VALUES ('state_id', $1)", &[id.into()]).await?;
    }
    work.commit().await
}

/// What is there of a state, looked at and left alone.
pub(super) enum Found {
    Nothing,
    Older,
    Current,
}

pub(super) async fn look(db: &Db) -> Result<Found> {
    let mut work = db.look().await?;
    Ok(match version(db, &mut work).await? {
        0 => Found::Nothing,
        done if done < SQLITE.len() => Found::Older,
        _ => Found::Current,
    })
}

/// How many migrations a state has had.
///
/// # Errors
/// Config: more than this build knows, or tables that are not ours.
async fn version(db: &Db, work: &mut Work) -> Result<usize> {
    let version = if db.is_sqlite() {
        let rows = work.rows("PRAGMA user_version", &[]).await?;
        rows.first().map_or(Ok(0), |row| row.get::<i64>(0)).map_err(|e| db.told(&e))?
    } else {
        let known =
            work.rows("SELECT 1 FROM pg_tables WHERE schemaname = current_schema() AND tablename = 'meta'", &[]);
        if known.await?.is_empty() {
            0
        } else {
            let rows = work.rows("SELECT value FROM meta WHERE name = 'version'", &[]).await?;
            let text = rows.first().map(|row| row.get::<String>(0)).transpose().map_err(|e| db.told(&e))?;
            let no_state = || StateError::new(StateErrorKind::Config, &db.place, "its table meta is not ours");
            text.and_then(|t| t.parse().ok()).ok_or_else(no_state)?
        }
    };
    let done = usize::try_from(version).unwrap_or(usize::MAX);
    if done > SQLITE.len() {
        let what = format!("is of a later version ({version}; this build knows {})", SQLITE.len());
        return Err(StateError::new(StateErrorKind::Config, &db.place, what));
    }
    Ok(done)
}

impl Db {
    fn is_sqlite(&self) -> bool {
        matches!(self.pool, Pool::Sqlite(..))
    }
}
