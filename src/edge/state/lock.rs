//! One run at a time: a lock of the operating system on a file, or of the server on a connection, gone
//! with the process that holds it.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::db::{Db, Session, Value};
use super::error::{StateError, StateErrorKind};
use crate::domain::period::Instant;

const STEP: Duration = Duration::from_millis(50);
/// Names our lock among those that others may take in the same database; with the hash of the schema.
const LOCK: i64 = 0x7472_7565;

/// Who runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    pub host: String,
    pub pid: u32,
    pub job: String,
    pub since: Instant,
}

impl std::fmt::Display for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} (process {} on {}, since {})", self.job, self.pid, self.host, self.since)
    }
}

#[derive(Serialize, Deserialize)]
struct Stored {
    host: String,
    pid: u32,
    job: String,
    since: i64,
}

impl Stored {
    fn text(holder: &Holder) -> serde_json::Result<String> {
        let Holder { host, pid, job, since } = holder;
        serde_json::to_string(&Stored { host: host.clone(), pid: *pid, job: job.clone(), since: since.micros() })
    }

    fn holder(text: &str) -> Option<Holder> {
        let Stored { host, pid, job, since } = serde_json::from_str(text).ok()?;
        Some(Holder { host, pid, job, since: Instant::from_micros(since) })
    }
}

#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another run holds it; unknown where it has not yet said who it is.
    #[error("held by {}", .holder.as_ref().map_or("another run".to_owned(), Holder::to_string))]
    Held { holder: Option<Holder> },
    #[error(transparent)]
    State(#[from] StateError),
}

/// The lock, held until dropped.
#[derive(Debug)]
#[must_use]
pub struct Guard {
    place: Place,
    /// The holder before did not say that it was done.
    follows_a_fault: bool,
}

#[derive(Debug)]
enum Place {
    File(LockedFile),
    Server(Session),
}

impl Guard {
    /// Whether the run before was killed or failed: what it wrote may be seen and still be lost with the power.
    pub fn follows_a_fault(&self) -> bool {
        self.follows_a_fault
    }

    /// Lets go, and says that all that was written is there to last. Dropped without it, the next holder is told.
    pub async fn done(self) {
        match self.place {
            // What cannot be said is taken for a fault, which is no harm.
            Place::File(file) => drop(file.0.set_len(0)),
            Place::Server(mut session) => {
                let _ = session.rows("UPDATE lock_holder SET holder = '' WHERE name = 'run'", &[]).await;
            }
        }
    }
}

#[derive(Debug)]
struct LockedFile(File);

impl Drop for LockedFile {
    fn drop(&mut self) {
        // The file stays: removing it would let two runs lock two files of one name.
        let _ = self.0.unlock();
    }
}

pub(super) async fn take(db: &Db, holder: &Holder, wait: Duration) -> Result<Guard, LockError> {
    match (db.file(), db.session().await?) {
        (_, Some(session)) => {
            let (session, follows_a_fault) = on_server(db, session, holder, wait).await?;
            Ok(Guard { place: Place::Server(session), follows_a_fault })
        }
        (Some(file), None) => {
            let (file, follows_a_fault) = on_file(&path_of(file), holder, wait).await?;
            Ok(Guard { place: Place::File(file), follows_a_fault })
        }
        (None, None) => Err(db.damaged("a state without a place to lock").into()),
    }
}

/// The file that is locked for a SQLite state.
pub(super) fn path_of(file: &Path) -> PathBuf {
    let mut name = file.to_owned().into_os_string();
    name.push(".lock");
    PathBuf::from(name)
}

/// The session that holds the lock, and whether another one held it that did not end well.
async fn on_server(
    db: &Db,
    mut session: Session,
    holder: &Holder,
    wait: Duration,
) -> Result<(Session, bool), LockError> {
    let mut left = wait;
    let told = async |session: &mut Session| -> Result<Option<String>, LockError> {
        let rows = session.rows("SELECT holder FROM lock_holder WHERE name = 'run'", &[]).await?;
        Ok(rows.first().and_then(|row| row.get(0).ok()))
    };
    // Two installations may share a database, each with a schema of its own.
    let take = "SELECT pg_try_advisory_lock($1 * 4294967296 + hashtext(current_schema())::bigint)::int::bigint";
    loop {
        let rows = session.rows(take, &[Value::from(LOCK)]).await?;
        let taken = rows.first().and_then(|row| row.get::<i64>(0).ok()) == Some(1);
        if taken {
            break;
        }
        if left.is_zero() {
            return Err(LockError::Held { holder: told(&mut session).await?.as_deref().and_then(Stored::holder) });
        }
        let step = STEP.min(left);
        tokio::time::sleep(step).await;
        left -= step;
    }
    let follows_a_fault = told(&mut session).await?.is_some_and(|text| !text.is_empty());
    let text = Stored::text(holder).map_err(|e| db.damaged(e.to_string()))?;
    let sql = "INSERT INTO lock_holder (name, holder) VALUES ('run', $1)
               ON CONFLICT (name) DO UPDATE SET holder = excluded.holder";
    session.rows(sql, &[text.into()]).await?;
    Ok((session, follows_a_fault))
}

fn io(path: &Path, error: &std::io::Error) -> StateError {
    let kind = match error.kind() {
        std::io::ErrorKind::NotFound | std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::Unsupported => {
            StateErrorKind::Config
        }
        _ => StateErrorKind::Unavailable,
    };
    StateError::new(kind, path.display().to_string(), error.to_string())
}

async fn on_file(path: &PathBuf, holder: &Holder, wait: Duration) -> Result<(LockedFile, bool), LockError> {
    let open = || OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path);
    let mut file = open().map_err(|e| io(path, &e))?;
    let mut left = wait;
    loop {
        match file.try_lock() {
            Ok(()) => break,
            Err(TryLockError::Error(e)) => return Err(io(path, &e).into()),
            Err(TryLockError::WouldBlock) if left.is_zero() => return Err(LockError::Held { holder: read(&mut file) }),
            Err(TryLockError::WouldBlock) => {
                let step = STEP.min(left);
                tokio::time::sleep(step).await;
                left -= step;
            }
        }
    }
    let follows_a_fault = file.metadata().map_err(|e| io(path, &e))?.len() > 0;
    write(&mut file, holder).map_err(|e| io(path, &e))?;
    Ok((LockedFile(file), follows_a_fault))
}

fn write(file: &mut File, holder: &Holder) -> std::io::Result<()> {
    let text = Stored::text(holder)?;
    file.seek(SeekFrom::Start(0))?;
    file.write_all(text.as_bytes())?;
    // Cut afterwards: what a killed holder left is never empty in between, as if all had been well.
    file.set_len(text.len() as u64)
}

fn read(file: &mut File) -> Option<Holder> {
    let mut text = String::new();
    file.seek(SeekFrom::Start(0)).ok()?;
    file.read_to_string(&mut text).ok()?;
    Stored::holder(&text)
}
