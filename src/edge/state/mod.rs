//! What is no fact of the lake: who runs now, what people said of findings, what was checked last,
//! which number a document has, what was sent.
//!
//! Rows about runs and checks are derived and can be lost; notes, numbers and messages are truth. A
//! SQLite file or a PostgreSQL database; callers see only [`State`].
//! Knows nothing of: what a job does, the lake, money, what a document or a message says.

mod db;
mod error;
mod lock;
mod numbers;
mod outbox;
mod pending;
mod records;
mod rows;
mod url;

#[cfg(test)]
mod tests;

use std::path::Path;
use std::time::Duration;

pub use error::{StateError, StateErrorKind};
pub use lock::{Guard, Holder, LockError};
pub use numbers::{Issued, NewDocument, Numbered};
pub use outbox::{Added, Message, MessageStatus, NewMessage, OutboxNote};
pub use rows::{Checked, FindingNote, NoteState, Run};
pub use url::StateUrl;

use db::Db;
use error::Result;

/// The state of one installation. Cheap to clone.
#[derive(Clone, Debug)]
pub struct State {
    db: Db,
    id: String,
}

impl State {
    /// Opens `sqlite:FILE` (relative to `base`), creating the file where there is none, or
    /// `postgres://...`, creating the tables where there are none. A new state gets its id from
    /// `randomness`, which must differ from any other state's.
    ///
    /// # Errors
    /// Config: another kind of URL, a folder that is not there, a file that is no state or of a later
    /// version, a server that does not let us in. Unavailable: a server that does not answer.
    pub async fn open(url: &str, base: &Path, randomness: [u8; 16]) -> Result<State> {
        StateUrl::of(url, base).open(randomness).await
    }

    async fn of(db: Db) -> Result<State> {
        let rows = db.rows("SELECT value FROM meta WHERE name = 'state_id'", &[]).await?;
        let id = rows.first().and_then(|row| row.get(0).ok()).ok_or_else(|| db.damaged("the state has no id"))?;
        Ok(State { db, id })
    }

    /// Names this state for ever; a lake remembers it. Empty where there is no state yet.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Where it is, for messages: never a password.
    pub fn place(&self) -> &str {
        self.db.place()
    }

    /// Takes the one lock of this state, waiting at most `wait` for it. A process that dies leaves no lock.
    ///
    /// # Errors
    /// Held, with what is known of the holder.
    pub async fn lock(&self, holder: &Holder, wait: Duration) -> std::result::Result<Guard, LockError> {
        lock::take(&self.db, holder, wait).await
    }

    /// Ends all connections; what was written is in the file itself after it.
    pub async fn close(&self) {
        self.db.close().await;
    }
}
