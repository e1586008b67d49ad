//! A PostgreSQL database.

use std::str::FromStr;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::{Connection, PgConnection};
use tokio::runtime::{Handle, RuntimeFlavor};

use super::{Row, Value, bound, told};
use crate::edge::state::error::{Result, StateError, StateErrorKind};

const CONNECT: Duration = Duration::from_secs(10);
/// One for the lock, the others for work; a run needs no more.
const CONNECTIONS: u32 = 4;

/// The pool, and the place as messages name it: the URL may hold a password.
pub(super) async fn open(url: &str) -> Result<(PgPool, String)> {
    let options = PgConnectOptions::from_str(url).map_err(|_| {
        let what = "is not a URL such as postgres://USER@HOST:5432/DATABASE (odd characters of a password as %XX)";
        StateError::new(StateErrorKind::Config, "postgres", what)
    })?;
    let place = place_of(&options);
    let options = options.application_name("trueup");
    // A pool would try again and again, and at last say only that it waited.
    let first = tokio::time::timeout(CONNECT, PgConnection::connect_with(&options)).await;
    let first = first.map_err(|_| {
        StateError::new(StateErrorKind::Unavailable, &place, format!("no answer in {} seconds", CONNECT.as_secs()))
    })?;
    let _ = first.map_err(|e| told(&place, &e, true))?.close().await;
    let pool = PgPoolOptions::new().max_connections(CONNECTIONS).acquire_timeout(CONNECT).connect_with(options).await;
    match pool {
        Ok(pool) => Ok((pool, place)),
        Err(e) => Err(told(&place, &e, true)),
    }
}

fn place_of(options: &PgConnectOptions) -> String {
    let host = options.get_socket().map_or(options.get_host().to_owned(), |socket| socket.display().to_string());
    let database = options.get_database().unwrap_or(options.get_username());
    format!("postgres://{host}:{}/{database}", options.get_port())
}

/// A URL for messages: never a user or a password.
pub(in crate::edge::state) fn shown(url: &str) -> String {
    PgConnectOptions::from_str(url).map_or_else(|_| "postgres".to_owned(), |options| place_of(&options))
}

pub(super) fn kind(error: &sqlx::Error) -> StateErrorKind {
    let code = error.as_database_error().and_then(|e| e.code()).unwrap_or_default();
    match error {
        sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed => StateErrorKind::Unavailable,
        sqlx::Error::Tls(_) | sqlx::Error::Configuration(_) => StateErrorKind::Config,
        _ => match code.get(..2).unwrap_or_default() {
            // Connection lost, out of resources, stopped by an operator, a conflict of two transactions.
            "08" | "53" | "57" | "40" => StateErrorKind::Unavailable,
            // Who we are, which database, what we may do there.
            "28" | "3D" | "42" => StateErrorKind::Config,
            _ => StateErrorKind::Other,
        },
    }
}

/// A connection of its own; what it locks is let go when it ends, however the process ends.
#[derive(Debug)]
pub(in crate::edge::state) struct Session {
    connection: Option<PgConnection>,
    place: String,
}

impl Session {
    pub(super) async fn open(pool: &PgPool, place: &str) -> Result<Session> {
        let connection = pool.acquire().await.map_err(|e| told(place, &e, true))?.detach();
        Ok(Session { connection: Some(connection), place: place.to_owned() })
    }

    pub(in crate::edge::state) async fn rows(&mut self, sql: &'static str, values: &[Value]) -> Result<Vec<Row>> {
        let gone = || StateError::new(StateErrorKind::Unavailable, &self.place, "the connection was closed");
        let connection = self.connection.as_mut().ok_or_else(gone)?;
        let rows = bound!(sql, values).fetch_all(connection).await;
        rows.map(Row::of_postgres).map_err(|e| told(&self.place, &e, true))
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let Some(mut connection) = self.connection.take() else { return };
        // Lets go at once; without a runtime to say it in, the server sees the connection end.
        if let Ok(handle) = Handle::try_current()
            && handle.runtime_flavor() == RuntimeFlavor::MultiThread
        {
            tokio::task::block_in_place(|| {
                let let_go = async {
                    let _ = sqlx::query("SELECT 1 FROM pg_advisory_unlock_all()").execute(&mut connection).await;
                    let _ = connection.close().await;
                };
                let _ = handle.block_on(tokio::time::timeout(Duration::from_secs(5), let_go));
            });
        }
    }
}
