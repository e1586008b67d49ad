//! One run at a time: a lock of the operating system on a file, gone with the process that holds it.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{StateError, StateErrorKind};
use crate::domain::period::Instant;

const STEP: Duration = Duration::from_millis(50);

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
    file: File,
}

impl Drop for Guard {
    fn drop(&mut self) {
        // The file stays: removing it would let two runs lock two files of one name.
        let _ = self.file.set_len(0);
        let _ = self.file.unlock();
    }
}

fn io(path: &Path, error: &std::io::Error) -> StateError {
    let kind = match error.kind() {
        std::io::ErrorKind::NotFound | std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::Unsupported => {
            StateErrorKind::Config
        }
        _ => StateErrorKind::Other,
    };
    StateError::new(kind, path.display().to_string(), error.to_string())
}

pub(super) async fn take(path: &PathBuf, holder: &Holder, wait: Duration) -> Result<Guard, LockError> {
    let open = || OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
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
    write(&mut file, holder).map_err(|e| io(path, &e))?;
    Ok(Guard { file })
}

fn write(file: &mut File, holder: &Holder) -> std::io::Result<()> {
    let stored =
        Stored { host: holder.host.clone(), pid: holder.pid, job: holder.job.clone(), since: holder.since.micros() };
    // What a killed holder left is still there.
    file.set_len(0)?;
    file.seek(SeekFrom::Start(0))?;
    file.write_all(serde_json::to_string(&stored)?.as_bytes())
}

fn read(file: &mut File) -> Option<Holder> {
    let mut text = String::new();
    file.seek(SeekFrom::Start(0)).ok()?;
    file.read_to_string(&mut text).ok()?;
    let Stored { host, pid, job, since } = serde_json::from_str(&text).ok()?;
    Some(Holder { host, pid, job, since: Instant::from_micros(since) })
}
