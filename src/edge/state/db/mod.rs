//! One way to speak SQL to a SQLite file and to a PostgreSQL database: text and values in, rows out.
//!
//! The SQL is the same for both (`$1` names a value in either). Knows nothing of: what the tables mean.

mod migrate;
mod postgres;
mod sqlite;
mod value;

use std::path::{Path, PathBuf};

use sqlx::postgres::PgPool;
use sqlx::sqlite::SqlitePool;
use sqlx::{Postgres, Sqlite, Transaction};

pub(super) use postgres::{Session, shown as shown_postgres};
pub(super) use value::{Row, Value};

use super::error::{Result, StateError, StateErrorKind};

/// Binds every value of a list to a query.
macro_rules! bound {
    ($sql:expr, $values:expr) => {{
        let mut query = sqlx::query($sql);
        for value in $values {
            query = match value {
                Value::Int(value) => query.bind(*value),
                Value::Text(value) => query.bind(value.clone()),
                Value::Bytes(value) => query.bind(value.clone()),
            };
        }
        query
    }};
}
use bound;

/// A state that is to be read and left as it is.
pub(super) enum Known {
    /// There is none yet.
    None,
    Current(Db),
    /// It can only be read from a copy.
    Copy,
}

/// What SQLite writes before it writes to the file itself.
pub(super) fn log_of(file: &Path) -> PathBuf {
    let mut name = file.to_owned().into_os_string();
    name.push("-wal");
    PathBuf::from(name)
}

#[derive(Clone, Debug)]
enum Pool {
    Sqlite(SqlitePool, PathBuf),
    Postgres(PgPool),
}

/// An open state. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Db {
    pool: Pool,
    /// For messages; never a password.
    place: String,
}

impl Db {
    /// A SQLite file, made where there is none, brought to this build's tables.
    pub(super) async fn sqlite(file: &Path, randomness: [u8; 16]) -> Result<Db> {
        let place = file.display().to_string();
        let pool = sqlite::open(file, &place).await?;
        let db = Db { pool: Pool::Sqlite(pool, file.to_owned()), place };
        migrate::up(&db, randomness).await?;
        Ok(db)
    }

    /// A PostgreSQL database, brought to this build's tables.
    pub(super) async fn postgres(url: &str, randomness: [u8; 16]) -> Result<Db> {
        let (pool, place) = postgres::open(url).await?;
        let db = Db { pool: Pool::Postgres(pool), place };
        migrate::up(&db, randomness).await?;
        Ok(db)
    }

    /// An empty state that is gone with the process.
    pub(super) async fn memory(place: &str) -> Result<Db> {
        let pool = sqlite::memory(place).await?;
        let db = Db { pool: Pool::Sqlite(pool, PathBuf::new()), place: place.to_owned() };
        migrate::up(&db, [0; 16]).await?;
        Ok(db)
    }

    /// A SQLite file that is only read. `in_use`: a run may be writing to it.
    pub(super) async fn known_sqlite(file: &Path, in_use: bool) -> Result<Known> {
        let place = file.display().to_string();
        if std::fs::metadata(file).is_ok_and(|meta| meta.len() == 0) || !file.exists() {
            return Ok(Known::None);
        }
        let has_log = std::fs::metadata(log_of(file)).is_ok_and(|meta| meta.len() > 0);
        if has_log && !in_use {
            return Ok(Known::Copy);
        }
        let pool = sqlite::open_to_read(file, &place, in_use || has_log).await?;
        Db { pool: Pool::Sqlite(pool, file.to_owned()), place }.known().await
    }

    /// A PostgreSQL database whose tables are only read.
    pub(super) async fn known_postgres(url: &str) -> Result<Known> {
        let (pool, place) = postgres::open(url).await?;
        Db { pool: Pool::Postgres(pool), place }.known().await
    }

    async fn known(self) -> Result<Known> {
        Ok(match migrate::look(&self).await? {
            migrate::Found::Nothing => Known::None,
            migrate::Found::Older => Known::Copy,
            migrate::Found::Current => Known::Current(self),
        })
    }

    /// The same under another name.
    pub(super) fn at(self, place: String) -> Db {
        Db { place, ..self }
    }

    /// The SQLite file, where it is one.
    pub(super) fn file(&self) -> Option<&Path> {
        match &self.pool {
            Pool::Sqlite(_, file) => Some(file),
            Pool::Postgres(_) => None,
        }
    }

    /// A connection of its own, where the state is a server's.
    pub(super) async fn session(&self) -> Result<Option<Session>> {
        match &self.pool {
            Pool::Sqlite(..) => Ok(None),
            Pool::Postgres(pool) => Session::open(pool, &self.place).await.map(Some),
        }
    }

    /// For messages.
    pub(super) fn place(&self) -> &str {
        &self.place
    }

    pub(super) async fn close(&self) {
        match &self.pool {
            Pool::Sqlite(pool, _) => pool.close().await,
            Pool::Postgres(pool) => pool.close().await,
        }
    }

    pub(super) fn damaged(&self, what: impl Into<String>) -> StateError {
        StateError::new(StateErrorKind::Other, &self.place, what)
    }

    fn told(&self, error: &sqlx::Error) -> StateError {
        told(&self.place, error, matches!(self.pool, Pool::Postgres(_)))
    }

    /// How many rows it changed.
    pub(super) async fn run(&self, sql: &'static str, values: &[Value]) -> Result<u64> {
        self.check(values)?;
        let done = match &self.pool {
            Pool::Sqlite(pool, _) => bound!(sql, values).execute(pool).await.map(|d| d.rows_affected()),
            Pool::Postgres(pool) => bound!(sql, values).execute(pool).await.map(|d| d.rows_affected()),
        };
        done.map_err(|e| self.told(&e))
    }

    pub(super) async fn rows(&self, sql: &'static str, values: &[Value]) -> Result<Vec<Row>> {
        self.check(values)?;
        let rows = match &self.pool {
            Pool::Sqlite(pool, _) => bound!(sql, values).fetch_all(pool).await.map(Row::of_sqlite),
            Pool::Postgres(pool) => bound!(sql, values).fetch_all(pool).await.map(Row::of_postgres),
        };
        rows.map_err(|e| self.told(&e))
    }

    /// Begins what happens whole or not at all. On SQLite nobody else writes meanwhile; on PostgreSQL
    /// rows that were written are locked.
    pub(super) async fn begin(&self) -> Result<Work> {
        let work = match &self.pool {
            // Takes the write lock at once, so that what was read is still so when it is written.
            Pool::Sqlite(pool, _) => pool.begin_with("BEGIN IMMEDIATE").await.map(Tx::Sqlite),
            Pool::Postgres(pool) => pool.begin().await.map(Tx::Postgres),
        };
        Ok(Work { tx: work.map_err(|e| self.told(&e))?, db: self.clone() })
    }

    /// Begins what only reads.
    async fn look(&self) -> Result<Work> {
        let work = match &self.pool {
            Pool::Sqlite(pool, _) => pool.begin().await.map(Tx::Sqlite),
            Pool::Postgres(pool) => pool.begin().await.map(Tx::Postgres),
        };
        Ok(Work { tx: work.map_err(|e| self.told(&e))?, db: self.clone() })
    }

    /// A server's texts cannot hold what ends a text in C.
    fn check(&self, values: &[Value]) -> Result<()> {
        let odd = |v: &Value| matches!(v, Value::Text(Some(text)) if text.contains('\0'));
        match values.iter().find(|v| odd(v)) {
            Some(value) => Err(self.damaged(format!("a text to be kept holds a zero byte: {value:?}"))),
            None => Ok(()),
        }
    }
}

#[derive(Debug)]
enum Tx {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

/// What happens whole, at [`Work::commit`], or not at all.
#[derive(Debug)]
#[must_use]
pub(super) struct Work {
    tx: Tx,
    db: Db,
}

impl Work {
    pub(super) async fn run(&mut self, sql: &'static str, values: &[Value]) -> Result<u64> {
        self.db.check(values)?;
        let done = match &mut self.tx {
            Tx::Sqlite(tx) => bound!(sql, values).execute(&mut **tx).await.map(|d| d.rows_affected()),
            Tx::Postgres(tx) => bound!(sql, values).execute(&mut **tx).await.map(|d| d.rows_affected()),
        };
        done.map_err(|e| self.db.told(&e))
    }

    pub(super) async fn rows(&mut self, sql: &'static str, values: &[Value]) -> Result<Vec<Row>> {
        self.db.check(values)?;
        let rows = match &mut self.tx {
            Tx::Sqlite(tx) => bound!(sql, values).fetch_all(&mut **tx).await.map(Row::of_sqlite),
            Tx::Postgres(tx) => bound!(sql, values).fetch_all(&mut **tx).await.map(Row::of_postgres),
        };
        rows.map_err(|e| self.db.told(&e))
    }

    /// Several statements without values.
    async fn script(&mut self, sql: &'static str) -> Result<()> {
        let done = match &mut self.tx {
            Tx::Sqlite(tx) => sqlx::raw_sql(sql).execute(&mut **tx).await.map(|_| ()),
            Tx::Postgres(tx) => sqlx::raw_sql(sql).execute(&mut **tx).await.map(|_| ()),
        };
        done.map_err(|e| self.db.told(&e))
    }

    pub(super) async fn commit(self) -> Result<()> {
        let done = match self.tx {
            Tx::Sqlite(tx) => tx.commit().await,
            Tx::Postgres(tx) => tx.commit().await,
        };
        done.map_err(|e| self.db.told(&e))
    }
}

fn told(place: &str, error: &sqlx::Error, is_postgres: bool) -> StateError {
    let kind = if is_postgres { postgres::kind(error) } else { sqlite::kind(error) };
    StateError::new(kind, place, error.to_string())
}

#[cfg(test)]
impl Db {
    pub(super) async fn execute_for_test(&self, sql: &'static str) -> std::result::Result<(), sqlx::Error> {
        match &self.pool {
            Pool::Sqlite(pool, _) => sqlx::raw_sql(sql).execute(pool).await.map(|_| ()),
            Pool::Postgres(pool) => sqlx::raw_sql(sql).execute(pool).await.map(|_| ()),
        }
    }
}
