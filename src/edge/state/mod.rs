//! What is no fact of the lake: who runs now, what people said of findings, what was checked last.
//!
//! Rows about runs and checks are derived and can be lost; notes are truth. One backend today, a SQLite
//! file; callers see only [`State`], so that another one changes nothing for them.
//! Knows nothing of: what a job does, the lake, money.

mod lock;
mod rows;
mod sqlite;

#[cfg(test)]
mod tests;

use std::path::Path;
use std::time::Duration;

pub use lock::{Guard, Holder, LockError};
pub use rows::{Checked, FindingNote, NoteState, Run};

use sqlite::Sqlite;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StateErrorKind {
    /// Will not work until somebody changes a setting or a file.
    Config,
    /// May work later: busy, full.
    Unavailable,
    Other,
}

/// `place: what`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {what}")]
pub struct StateError {
    pub kind: StateErrorKind,
    pub place: String,
    pub what: String,
}

impl StateError {
    fn new(kind: StateErrorKind, place: impl Into<String>, what: impl Into<String>) -> StateError {
        StateError { kind, place: place.into(), what: what.into() }
    }
}

type Result<T> = std::result::Result<T, StateError>;

/// The state of one installation. Cheap to clone.
#[derive(Clone, Debug)]
pub struct State {
    backend: Backend,
    id: String,
}

#[derive(Clone, Debug)]
enum Backend {
    Sqlite(Sqlite),
}

impl State {
    /// Opens `sqlite:FILE` (relative to `base`), creating the file where there is none. A new state gets its
    /// id from `randomness`, which must differ from any other state's.
    ///
    /// # Errors
    /// Config: another kind of URL, a folder that is not there, a file that is no state or of a later version.
    pub async fn open(url: &str, base: &Path, randomness: [u8; 16]) -> Result<State> {
        let (scheme, rest) = url.split_once(':').unwrap_or(("", url));
        match scheme {
            "sqlite" => {
                let file = base.join(rest.strip_prefix("//").unwrap_or(rest));
                let sqlite = Sqlite::open(&file, randomness).await?;
                let id = sqlite.id().await?;
                Ok(State { backend: Backend::Sqlite(sqlite), id })
            }
            "postgres" | "postgresql" => {
                // The URL itself may hold a password.
                let what = "this build keeps its state in SQLite only (sqlite:state.db)";
                Err(StateError::new(StateErrorKind::Config, "postgres", what))
            }
            _ => {
                let what = "is not a state; sqlite:FILE is";
                Err(StateError::new(StateErrorKind::Config, if scheme.is_empty() { rest } else { scheme }, what))
            }
        }
    }

    /// Names this state for ever; a lake remembers it.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Takes the one lock of this state, waiting at most `wait` for it. A process that dies leaves no lock.
    ///
    /// # Errors
    /// Held, with what is known of the holder.
    pub async fn lock(&self, holder: &Holder, wait: Duration) -> std::result::Result<Guard, LockError> {
        match &self.backend {
            Backend::Sqlite(sqlite) => lock::take(&sqlite.lock_file(), holder, wait).await,
        }
    }

    /// What was found when a period was last checked.
    pub async fn checked(&self, job: &str, period: &str) -> Result<Option<Checked>> {
        match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.checked(job, period).await,
        }
    }

    pub async fn set_checked(&self, job: &str, period: &str, checked: &Checked) -> Result<()> {
        match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.set_checked(job, period, checked).await,
        }
    }

    /// Forgets every check, so that all is looked at again.
    pub async fn forget_checked(&self) -> Result<()> {
        match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.forget_checked().await,
        }
    }

    /// Records a run (its `run_id` is not read); gives its number.
    pub async fn begin_run(&self, run: &Run) -> Result<i64> {
        match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.begin_run(run).await,
        }
    }

    /// Records how a run ended: `ended`, `exit` and `counts` of the run with this `run_id`.
    ///
    /// # Errors
    /// Other where no such run was begun.
    pub async fn end_run(&self, run: &Run) -> Result<()> {
        match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.end_run(run).await,
        }
    }

    /// The newest runs, newest first.
    pub async fn runs(&self, limit: u32) -> Result<Vec<Run>> {
        match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.runs(limit).await,
        }
    }

    /// Appends what somebody says of a finding.
    pub async fn add_note(&self, note: &FindingNote) -> Result<()> {
        match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.add_note(note).await,
        }
    }

    /// Notes of one finding (absent: of all), in the order they were made.
    pub async fn notes(&self, finding_id: Option<&str>) -> Result<Vec<FindingNote>> {
        match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.notes(finding_id).await,
        }
    }

    /// Ends all connections; what was written is in the file itself after it.
    pub async fn close(&self) {
        match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.close().await,
        }
    }
}
