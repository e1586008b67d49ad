//! Every test runs on a SQLite file, and on PostgreSQL as well where `TRUEUP_TEST_POSTGRES` names a
//! server (`tests/postgres.sh` starts one).

mod locks;
mod numbers;
mod outbox;
mod records;

use std::future::Future;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use super::db::Db;
use super::{State, StateErrorKind};

fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("runtime").block_on(work)
}

/// Where a test keeps its state.
#[derive(Clone, Debug)]
pub(super) enum Place {
    File(std::sync::Arc<tempfile::TempDir>),
    Server(String),
}

impl Place {
    pub(super) async fn open(&self, seed: u8) -> State {
        let (url, dir) = match self {
            Place::File(dir) => ("sqlite:state.db", dir.path()),
            Place::Server(url) => (url.as_str(), Path::new("")),
        };
        State::open(url, dir, [seed; 16]).await.expect("a state")
    }
}

/// A schema of its own in the server's database, gone after the test.
struct Schema {
    server: String,
    name: String,
}

impl Schema {
    fn run(&self, sql: String) {
        let server = self.server.clone();
        // A runtime of its own: a schema may be dropped while a test panics.
        let done = std::thread::spawn(move || {
            block_on(async move {
                let mut connection =
                    <sqlx::PgConnection as sqlx::Connection>::connect(&server).await.expect("a server");
                sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut connection).await.expect("a schema");
            });
        });
        let _ = done.join();
    }
}

impl Drop for Schema {
    fn drop(&mut self) {
        self.run(format!("DROP SCHEMA {} CASCADE", self.name));
    }
}

/// Runs a test on every kind of state there is here.
pub(super) fn everywhere(test: impl AsyncFn(Place)) {
    let dir = tempfile::tempdir().expect("a folder");
    block_on(test(Place::File(std::sync::Arc::new(dir))));
    let Ok(server) = std::env::var("TRUEUP_TEST_POSTGRES") else { return };
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let name = format!("trueup_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let schema = Schema { server: server.clone(), name };
    schema.run(format!("CREATE SCHEMA {}", schema.name));
    let join = if server.contains('?') { '&' } else { '?' };
    block_on(test(Place::Server(format!("{server}{join}options[search_path]={}", schema.name))));
}

pub(super) fn db_of(state: &State) -> &Db {
    &state.db
}

#[test]
fn the_id_is_given_once() {
    everywhere(async |place| {
        let first = place.open(1).await;
        assert_eq!(first.id(), "01".repeat(16));
        first.close().await;
        assert_eq!(place.open(2).await.id(), "01".repeat(16));
    });
}

#[test]
fn many_open_a_new_state_at_once() {
    everywhere(async |place| {
        let tasks: Vec<_> = (1..=6)
            .map(|n| {
                let place = place.clone();
                std::thread::spawn(move || block_on(async { place.open(n).await.id().to_owned() }))
            })
            .collect();
        let ids: Vec<String> = tasks.into_iter().map(|t| t.join().unwrap()).collect();
        assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    });
}

#[test]
fn urls_that_are_no_state() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("text"), "this is not a database, it is a text of some length ".repeat(40)).unwrap();
    block_on(async {
        for url in
            ["postgres://u:secret@db:port/x", "mysql://x", "state.db", "", "sqlite:no/such/folder.db", "sqlite:text"]
        {
            let refused = State::open(url, dir.path(), [0; 16]).await.unwrap_err();
            assert_eq!(refused.kind, StateErrorKind::Config, "{url}: {refused}");
            assert!(!refused.to_string().contains("secret"));
        }
    });
}

#[test]
fn a_server_that_does_not_answer_is_named_without_its_password() {
    block_on(async {
        let refused = State::open("postgres://u:secret@127.0.0.1:1/x", Path::new(""), [0; 16]).await.unwrap_err();
        assert_eq!(refused.kind, StateErrorKind::Unavailable);
        assert_eq!(refused.place, "postgres://127.0.0.1:1/x");
        assert!(!format!("{refused:?}").contains("secret"));
    });
}

#[test]
fn a_later_version_is_refused() {
    everywhere(async |place| {
        let state = place.open(1).await;
        let later = match place {
            Place::File(_) => "PRAGMA user_version = 99",
            Place::Server(_) => "UPDATE meta SET value = '99' WHERE name = 'version'",
        };
        db_of(&state).execute_for_test(later).await.unwrap();
        state.close().await;
        let (url, dir) = match &place {
            Place::File(dir) => ("sqlite:state.db", dir.path().to_owned()),
            Place::Server(url) => (url.as_str(), std::path::PathBuf::new()),
        };
        let refused = State::open(url, &dir, [0; 16]).await.unwrap_err();
        assert_eq!(refused.kind, StateErrorKind::Config, "{refused}");
        assert!(refused.what.contains("later version"), "{refused}");
    });
}

#[test]
fn a_state_of_the_first_version_is_brought_forward() {
    let dir = tempfile::tempdir().unwrap();
    block_on(async {
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(dir.path().join("state.db"));
        let old = sqlx::sqlite::SqlitePool::connect_with(options.create_if_missing(true)).await.unwrap();
        sqlx::raw_sql(include_str!("../db/sqlite_001.sql")).execute(&old).await.unwrap();
        let rest = "INSERT INTO meta (name, value) VALUES ('state_id', 'old'); PRAGMA user_version = 1;
                    INSERT INTO runs (job, period, started, counts) VALUES ('daily', '2026-10-01', 5, '{}');";
        sqlx::raw_sql(rest).execute(&old).await.unwrap();
        old.close().await;
        let state = Place::File(std::sync::Arc::new(dir)).open(1).await;
        assert_eq!(state.id(), "old");
        assert_eq!(state.runs(5).await.unwrap().len(), 1);
        assert_eq!(state.all_issued().await.unwrap(), []);
    });
}
