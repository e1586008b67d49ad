//! Where a state is, and opening it so that nothing changes.

use std::fmt;
use std::fs::{self, DirBuilder, File};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use super::State;
use super::db::{Db, Known, shown_postgres};
use super::error::{Result, StateError, StateErrorKind};

/// `sqlite:FILE` or `postgres://...`; shown without its password.
#[derive(Clone, PartialEq, Eq)]
pub struct StateUrl(Kind);

#[derive(Clone, PartialEq, Eq)]
enum Kind {
    Sqlite(PathBuf),
    Postgres(String),
    /// Its scheme.
    Unknown(String),
}

impl StateUrl {
    /// A relative SQLite file is relative to `base`.
    pub fn of(text: &str, base: &Path) -> StateUrl {
        let (scheme, rest) = text.split_once(':').unwrap_or(("", text));
        StateUrl(match scheme {
            "sqlite" => Kind::Sqlite(base.join(rest.strip_prefix("//").unwrap_or(rest))),
            "postgres" | "postgresql" => Kind::Postgres(text.to_owned()),
            "" => Kind::Unknown(rest.to_owned()),
            scheme => Kind::Unknown(scheme.to_owned()),
        })
    }

    pub fn has_password(&self) -> bool {
        let Kind::Postgres(url) = &self.0 else { return false };
        let rest = url.split_once("://").map_or("", |(_, rest)| rest);
        rest.rsplit_once('@').is_some_and(|(user, _)| user.contains(':')) || rest.contains("password=")
    }

    /// Opens it, creating a SQLite file or a database's tables where there are none. A new state gets its id
    /// from `randomness`, which must differ from any other state's.
    ///
    /// # Errors
    /// Config: another kind of URL, a folder that is not there, a file that is no state or of a later
    /// version, a server that does not let us in. Unavailable: a server that does not answer.
    pub async fn open(&self, randomness: [u8; 16]) -> Result<State> {
        State::of(match &self.0 {
            Kind::Sqlite(file) => Db::sqlite(file, randomness).await?,
            Kind::Postgres(url) => Db::postgres(url, randomness).await?,
            Kind::Unknown(_) => return Err(self.unknown()),
        })
        .await
    }

    /// Opens what is there and changes nothing, not even a file's time; where there is no state yet, an empty
    /// one in memory, without an id. A SQLite file that an earlier build made, or that a killed run left with
    /// a log, is read from a copy in `scratch`, which is gone once it is open.
    ///
    /// # Errors
    /// As [`StateUrl::open`]; Config as well for a server's tables that an earlier build made.
    pub async fn open_to_read(&self, scratch: &Path) -> Result<State> {
        let known = match &self.0 {
            Kind::Sqlite(file) => Db::known_sqlite(file, is_in_use(file)).await?,
            Kind::Postgres(url) => Db::known_postgres(url).await?,
            Kind::Unknown(_) => return Err(self.unknown()),
        };
        match (known, &self.0) {
            (Known::None, _) => Ok(State { db: Db::memory(&self.to_string()).await?, id: String::new() }),
            (Known::Current(db), _) => State::of(db).await,
            (Known::Copy, Kind::Sqlite(file)) => State::of(copied(file, scratch).await?).await,
            (Known::Copy, _) => {
                let what = "its tables are of an earlier build: the next run brings them up to date";
                Err(StateError::new(StateErrorKind::Config, self.to_string(), what))
            }
        }
    }

    fn unknown(&self) -> StateError {
        let what = "is not a state; sqlite:FILE and postgres://... are";
        StateError::new(StateErrorKind::Config, self.to_string(), what)
    }

    /// The SQLite file, where it is one.
    pub fn file(&self) -> Option<&Path> {
        match &self.0 {
            Kind::Sqlite(file) => Some(file),
            _ => None,
        }
    }
}

impl fmt::Display for StateUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Sqlite(file) => write!(f, "sqlite:{}", file.display()),
            Kind::Postgres(url) => f.write_str(&shown_postgres(url)),
            Kind::Unknown(scheme) => f.write_str(scheme),
        }
    }
}

impl fmt::Debug for StateUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StateUrl({self})")
    }
}

/// Whether a run holds the lock of a SQLite state, and so may be writing.
fn is_in_use(file: &Path) -> bool {
    let lock = super::lock::path_of(file);
    File::open(lock).is_ok_and(|lock| lock.try_lock_shared().is_err())
}

async fn copied(file: &Path, scratch: &Path) -> Result<Db> {
    let io =
        |e: std::io::Error| StateError::new(StateErrorKind::Unavailable, file.display().to_string(), e.to_string());
    let dir = scratch.join(format!("trueup-state-{}", std::process::id()));
    DirBuilder::new().mode(0o700).create(&dir).map_err(io)?;
    let copy = dir.join("state.db");
    let open = async {
        fs::copy(file, &copy).map_err(io)?;
        let log = super::db::log_of(file);
        if log.exists() {
            fs::copy(log, super::db::log_of(&copy)).map_err(io)?;
        }
        Db::sqlite(&copy, [0; 16]).await.map(|db| db.at(file.display().to_string()))
    };
    let opened = open.await;
    // An open file needs no name any more.
    let _ = fs::remove_dir_all(&dir);
    opened
}
