//! The state in a SQLite file on a local disk.

mod migrate;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::Row;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteRow, SqliteSynchronous,
};

use super::{Checked, FindingNote, NoteState, Result, Run, StateError, StateErrorKind};
use crate::domain::period::Instant;

const BUSY: Duration = Duration::from_secs(30);
/// Takes the write lock at once, so that what was read is still so when it is written.
const BEGIN: &str = "BEGIN IMMEDIATE";

#[derive(Clone, Debug)]
pub(super) struct Sqlite {
    pool: SqlitePool,
    file: PathBuf,
}

impl Sqlite {
    pub(super) async fn open(file: &Path, randomness: [u8; 16]) -> Result<Sqlite> {
        let place = file.display().to_string();
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
        let told = |e: sqlx::Error| told(&place, &e);
        let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await.map_err(told)?;
        let sqlite = Sqlite { pool, file: file.to_owned() };
        migrate::up(&sqlite, randomness).await?;
        Ok(sqlite)
    }

    fn told(&self, error: &sqlx::Error) -> StateError {
        told(&self.file.display().to_string(), error)
    }

    fn damaged(&self, what: &str) -> StateError {
        StateError::new(StateErrorKind::Other, self.file.display().to_string(), what)
    }

    pub(super) fn lock_file(&self) -> PathBuf {
        let mut name = self.file.clone().into_os_string();
        name.push(".lock");
        PathBuf::from(name)
    }

    pub(super) async fn close(&self) {
        self.pool.close().await;
    }

    pub(super) async fn id(&self) -> Result<String> {
        let row = sqlx::query("SELECT value FROM meta WHERE name = 'state_id'").fetch_one(&self.pool).await;
        row.and_then(|row| row.try_get(0)).map_err(|e| self.told(&e))
    }

    pub(super) async fn checked(&self, job: &str, period: &str) -> Result<Option<Checked>> {
        let row = sqlx::query("SELECT fingerprint, revision FROM checked WHERE job = ? AND period = ?")
            .bind(job)
            .bind(period)
            .fetch_optional(&self.pool)
            .await
            .map_err(|e| self.told(&e))?;
        let Some(row) = row else { return Ok(None) };
        let read = || Ok(Checked { fingerprint: row.try_get(0)?, revision: row.try_get(1)? });
        read().map(Some).map_err(|e: sqlx::Error| self.told(&e))
    }

    pub(super) async fn set_checked(&self, job: &str, period: &str, checked: &Checked) -> Result<()> {
        sqlx::query(
            "INSERT INTO checked (job, period, fingerprint, revision) VALUES (?, ?, ?, ?)
             ON CONFLICT (job, period) DO UPDATE SET fingerprint = excluded.fingerprint, revision = excluded.revision",
        )
        .bind(job)
        .bind(period)
        .bind(&checked.fingerprint)
        .bind(checked.revision)
        .execute(&self.pool)
        .await
        .map_err(|e| self.told(&e))?;
        Ok(())
    }

    pub(super) async fn forget_checked(&self) -> Result<()> {
        sqlx::query("DELETE FROM checked").execute(&self.pool).await.map_err(|e| self.told(&e))?;
        Ok(())
    }

    pub(super) async fn begin_run(&self, run: &Run) -> Result<i64> {
        let done =
            sqlx::query("INSERT INTO runs (job, period, started, ended, exit, counts) VALUES (?, ?, ?, ?, ?, ?)")
                .bind(&run.job)
                .bind(&run.period)
                .bind(run.started.micros())
                .bind(run.ended.map(Instant::micros))
                .bind(run.exit)
                .bind(self.counts_text(&run.counts)?)
                .execute(&self.pool)
                .await
                .map_err(|e| self.told(&e))?;
        Ok(done.last_insert_rowid())
    }

    pub(super) async fn end_run(&self, run: &Run) -> Result<()> {
        let done = sqlx::query("UPDATE runs SET ended = ?, exit = ?, counts = ? WHERE run_id = ?")
            .bind(run.ended.map(Instant::micros))
            .bind(run.exit)
            .bind(self.counts_text(&run.counts)?)
            .bind(run.run_id)
            .execute(&self.pool)
            .await
            .map_err(|e| self.told(&e))?;
        if done.rows_affected() == 1 { Ok(()) } else { Err(self.damaged(&format!("no run {} was begun", run.run_id))) }
    }

    fn counts_text(&self, counts: &BTreeMap<String, u64>) -> Result<String> {
        serde_json::to_string(counts).map_err(|e| self.damaged(&e.to_string()))
    }

    pub(super) async fn runs(&self, limit: u32) -> Result<Vec<Run>> {
        let rows = sqlx::query(
            "SELECT run_id, job, period, started, ended, exit, counts FROM runs ORDER BY run_id DESC LIMIT ?",
        )
        .bind(limit)
        .fetch_all(&self.pool)
        .await
        .map_err(|e| self.told(&e))?;
        rows.iter().map(|row| self.run(row)).collect()
    }

    fn run(&self, row: &SqliteRow) -> Result<Run> {
        let read = || -> std::result::Result<(Run, String), sqlx::Error> {
            let run = Run {
                run_id: row.try_get(0)?,
                job: row.try_get(1)?,
                period: row.try_get(2)?,
                started: Instant::from_micros(row.try_get(3)?),
                ended: row.try_get::<Option<i64>, _>(4)?.map(Instant::from_micros),
                exit: row.try_get(5)?,
                counts: BTreeMap::new(),
            };
            Ok((run, row.try_get(6)?))
        };
        let (run, counts) = read().map_err(|e| self.told(&e))?;
        let counts = serde_json::from_str(&counts).map_err(|e| self.damaged(&format!("run {}: {e}", run.run_id)))?;
        Ok(Run { counts, ..run })
    }

    pub(super) async fn add_note(&self, note: &FindingNote) -> Result<()> {
        sqlx::query("INSERT INTO finding_notes (finding_id, at, who, state, note) VALUES (?, ?, ?, ?, ?)")
            .bind(&note.finding_id)
            .bind(note.at.micros())
            .bind(&note.who)
            .bind(note.state.name())
            .bind(&note.note)
            .execute(&self.pool)
            .await
            .map_err(|e| self.told(&e))?;
        Ok(())
    }

    pub(super) async fn notes(&self, finding_id: Option<&str>) -> Result<Vec<FindingNote>> {
        let rows = sqlx::query(
            "SELECT finding_id, at, who, state, note FROM finding_notes
             WHERE ?1 IS NULL OR finding_id = ?1 ORDER BY note_id",
        )
        .bind(finding_id)
        .fetch_all(&self.pool)
        .await
        .map_err(|e| self.told(&e))?;
        rows.iter().map(|row| self.note(row)).collect()
    }

    fn note(&self, row: &SqliteRow) -> Result<FindingNote> {
        let state: String = row.try_get(3).map_err(|e| self.told(&e))?;
        let state =
            NoteState::from_name(&state).ok_or_else(|| self.damaged(&format!("a note has the state {state}")))?;
        let read = || {
            Ok(FindingNote {
                finding_id: row.try_get(0)?,
                at: Instant::from_micros(row.try_get(1)?),
                who: row.try_get(2)?,
                state,
                note: row.try_get(4)?,
            })
        };
        read().map_err(|e: sqlx::Error| self.told(&e))
    }
}

fn told(place: &str, error: &sqlx::Error) -> StateError {
    let code = error.as_database_error().and_then(|e| e.code()).unwrap_or_default();
    // The low byte is the primary code of SQLite; what is above it says more.
    let kind = match code.parse::<u32>().unwrap_or(0) & 0xff {
        5 | 6 | 10 | 13 => StateErrorKind::Unavailable,
        3 | 8 | 14 | 26 => StateErrorKind::Config,
        _ => StateErrorKind::Other,
    };
    StateError::new(kind, place, error.to_string())
}

#[cfg(test)]
impl Sqlite {
    pub(super) async fn execute_for_test(&self, sql: &'static str) -> std::result::Result<(), sqlx::Error> {
        sqlx::query(sql).execute(&self.pool).await.map(|_| ())
    }
}
