//! Bringing the file to the tables this build knows, in order and once.

use sqlx::Row;

use super::{BEGIN, Result, Sqlite, StateError, StateErrorKind};

/// The first makes version 1. Appended to, never edited.
const MIGRATIONS: [&str; 1] = [include_str!("001_first.sql")];

pub(super) async fn up(sqlite: &Sqlite, randomness: [u8; 16]) -> Result<()> {
    let told = |e: sqlx::Error| sqlite.told(&e);
    let mut work = sqlite.pool.begin_with(BEGIN).await.map_err(told)?;
    let row = sqlx::query("PRAGMA user_version").fetch_one(&mut *work).await.map_err(told)?;
    let version: i64 = row.try_get(0).map_err(told)?;
    let done = usize::try_from(version).unwrap_or(usize::MAX);
    if done > MIGRATIONS.len() {
        let what = format!("is of a later version ({version}; this build knows {})", MIGRATIONS.len());
        return Err(StateError::new(StateErrorKind::Config, sqlite.file.display().to_string(), what));
    }
    for sql in &MIGRATIONS[done..] {
        sqlx::raw_sql(*sql).execute(&mut *work).await.map_err(told)?;
    }
    if done == 0 {
        let id: String = randomness.iter().map(|b| format!("{b:02x}")).collect();
        let insert = sqlx::query("INSERT INTO meta (name, value) VALUES ('state_id', ?)").bind(id);
        insert.execute(&mut *work).await.map_err(told)?;
    }
    if done < MIGRATIONS.len() {
        // A pragma takes no parameters.
        let mark = format!("PRAGMA user_version = {}", MIGRATIONS.len());
        sqlx::raw_sql(sqlx::AssertSqlSafe(mark)).execute(&mut *work).await.map_err(told)?;
    }
    work.commit().await.map_err(told)
}
