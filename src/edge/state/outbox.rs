//! What is to be sent: written down before it is, and what became of it after.

use super::State;
use super::db::{Db, Row, Value, Work};
use super::error::{Result, StateError, StateErrorKind};
use super::records::whole;
use crate::domain::period::Instant;

/// How far a message is.
///
/// `waiting` -> `ready` -> `sending` -> `accepted`, `refused`, `unknown`, or `ready` again to be tried
/// later; whatever was not begun may become `expired` or `held`; people may move the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MessageStatus {
    /// What it announces is not complete.
    Waiting,
    Ready,
    Sending,
    Accepted,
    Refused,
    /// It may have arrived or not; never sent again by itself.
    Unknown,
    /// Too old to be sent.
    Expired,
    /// Something is odd; a person decides.
    Held,
}

impl MessageStatus {
    pub const ALL: [MessageStatus; 8] = [
        MessageStatus::Waiting,
        MessageStatus::Ready,
        MessageStatus::Sending,
        MessageStatus::Accepted,
        MessageStatus::Refused,
        MessageStatus::Unknown,
        MessageStatus::Expired,
        MessageStatus::Held,
    ];

    pub fn name(self) -> &'static str {
        match self {
            MessageStatus::Waiting => "waiting",
            MessageStatus::Ready => "ready",
            MessageStatus::Sending => "sending",
            MessageStatus::Accepted => "accepted",
            MessageStatus::Refused => "refused",
            MessageStatus::Unknown => "unknown",
            MessageStatus::Expired => "expired",
            MessageStatus::Held => "held",
        }
    }

    pub fn from_name(name: &str) -> Option<MessageStatus> {
        MessageStatus::ALL.into_iter().find(|s| s.name() == name)
    }
}

/// A message as it is put into the outbox. What it says is written anew only before it is sent: see
/// [`State::outbox_renew`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewMessage {
    /// One message a key, for ever: `notice/ACCOUNT/...`, `document/NUMBER`.
    pub key: String,
    pub kind: String,
    pub account_id: String,
    pub recipient: String,
    pub message_id: String,
    pub created: Instant,
    /// Not to be sent later than this.
    pub not_after: Option<Instant>,
    /// Ready to be sent, or what it will be made from.
    pub body: Vec<u8>,
}

/// A message and how far it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    pub message: NewMessage,
    pub status: MessageStatus,
    /// How often sending was begun.
    pub attempts: u32,
    pub next_try: Option<Instant>,
    /// When the status changed last.
    pub changed: Instant,
    /// What was said then.
    pub detail: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Added {
    New,
    /// The key is there; nothing was changed.
    Known,
}

/// One change of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxNote {
    pub key: String,
    pub at: Instant,
    /// Absent: the message was added.
    pub was: Option<MessageStatus>,
    pub became: MessageStatus,
    pub detail: String,
}

macro_rules! messages {
    ($rest:literal) => {
        concat!(
            "SELECT message_key, kind, account_id, recipient, message_id, created, not_after, body, status, attempts, \
             next_try, changed, detail FROM outbox ",
            $rest
        )
    };
}

impl State {
    /// Puts a message in with a status; one whose key is there already is left as it is.
    ///
    /// # Errors
    /// Conflict: another message has this `message_id`.
    pub async fn outbox_add(&self, message: &NewMessage, status: MessageStatus) -> Result<Added> {
        let mut work = self.db.begin().await?;
        let added = add(&self.db, &mut work, message, status).await?;
        work.commit().await?;
        Ok(added)
    }

    /// Lets a waiting message go out. False where it is not waiting.
    pub async fn outbox_ready(&self, key: &str, at: Instant) -> Result<bool> {
        self.outbox_move(key, &[MessageStatus::Waiting], MessageStatus::Ready, "", at, None).await
    }

    /// Begins sending: true for exactly one of all who ask for a ready message.
    pub async fn outbox_begin(&self, key: &str, at: Instant) -> Result<bool> {
        self.outbox_move(key, &[MessageStatus::Ready], MessageStatus::Sending, "", at, None).await
    }

    /// Ends sending: `accepted`, `refused`, `unknown`, or `ready` to be tried again at `next_try`.
    ///
    /// # Errors
    /// Other where the message is not being sent.
    pub async fn outbox_end(
        &self,
        key: &str,
        outcome: MessageStatus,
        detail: &str,
        at: Instant,
        next_try: Option<Instant>,
    ) -> Result<()> {
        match self.outbox_move(key, &[MessageStatus::Sending], outcome, detail, at, next_try).await? {
            true => Ok(()),
            false => Err(self.db.damaged(format!("message {key} is not being sent"))),
        }
    }

    /// Moves a message whose status is one of `from`; false, and nothing done, where it is not.
    pub async fn outbox_move(
        &self,
        key: &str,
        from: &[MessageStatus],
        to: MessageStatus,
        detail: &str,
        at: Instant,
        next_try: Option<Instant>,
    ) -> Result<bool> {
        let mut work = self.db.begin().await?;
        // Locks the row, so that what is read is still so when it is written.
        work.run("UPDATE outbox SET status = status WHERE message_key = $1", &[key.into()]).await?;
        let rows = work.rows("SELECT status FROM outbox WHERE message_key = $1", &[key.into()]).await?;
        let was = rows.first().and_then(|row| MessageStatus::from_name(&row.get::<String>(0).ok()?));
        let Some(was) = was.filter(|was| from.contains(was)) else { return Ok(false) };
        let begun = i64::from(to == MessageStatus::Sending);
        let sql = "UPDATE outbox SET status = $1, attempts = attempts + $2, next_try = $3, changed = $4, detail = $5
                   WHERE message_key = $6";
        let next = next_try.map(Instant::micros);
        let values: [Value; 6] =
            [to.name().into(), begun.into(), next.into(), at.micros().into(), detail.into(), key.into()];
        work.run(sql, &values).await?;
        log(&mut work, key, was.name(), to, detail, at).await?;
        work.commit().await?;
        Ok(true)
    }

    /// Writes a held or ready message anew, to be sent to whom and as it says now, and makes it ready. False, and
    /// nothing done, where it is neither.
    pub async fn outbox_renew(&self, message: &NewMessage, detail: &str, at: Instant) -> Result<bool> {
        let mut work = self.db.begin().await?;
        let key = message.key.as_str();
        work.run("UPDATE outbox SET status = status WHERE message_key = $1", &[key.into()]).await?;
        let rows = work.rows("SELECT status FROM outbox WHERE message_key = $1", &[key.into()]).await?;
        let was = rows.first().and_then(|row| MessageStatus::from_name(&row.get::<String>(0).ok()?));
        let open = [MessageStatus::Held, MessageStatus::Ready];
        let Some(was) = was.filter(|was| open.contains(was)) else { return Ok(false) };
        let sql = "UPDATE outbox SET recipient = $1, body = $2 WHERE message_key = $3";
        work.run(sql, &[message.recipient.as_str().into(), message.body.as_slice().into(), key.into()]).await?;
        if was == MessageStatus::Held {
            let sql =
                "UPDATE outbox SET status = $1, next_try = NULL, changed = $2, detail = $3 WHERE message_key = $4";
            let ready = MessageStatus::Ready;
            work.run(sql, &[ready.name().into(), at.micros().into(), detail.into(), key.into()]).await?;
            log(&mut work, key, was.name(), ready, detail, at).await?;
        }
        work.commit().await?;
        Ok(true)
    }

    /// Messages whose sending a process began and never ended, dead or lost: they become `unknown`.
    /// To be asked only by who holds the lock.
    pub async fn outbox_unfinished(&self, at: Instant) -> Result<Vec<Message>> {
        let mut lost = Vec::new();
        for message in self.outbox_list(Some(MessageStatus::Sending)).await? {
            let key = &message.message.key;
            let detail = "sending was begun and its end was never written down";
            if self.outbox_move(key, &[MessageStatus::Sending], MessageStatus::Unknown, detail, at, None).await? {
                lost.extend(self.outbox_message(key).await?);
            }
        }
        Ok(lost)
    }

    pub async fn outbox_message(&self, key: &str) -> Result<Option<Message>> {
        let rows = self.db.rows(messages!("WHERE message_key = $1"), &[key.into()]).await?;
        Ok(self.read_messages(&rows)?.pop())
    }

    /// Messages of a status (absent: all), in the order they were added.
    pub async fn outbox_list(&self, status: Option<MessageStatus>) -> Result<Vec<Message>> {
        let rows = match status {
            Some(status) => {
                let sql = messages!("WHERE status = $1 ORDER BY position, message_key");
                self.db.rows(sql, &[status.name().into()]).await?
            }
            None => self.db.rows(messages!("ORDER BY position, message_key"), &[]).await?,
        };
        self.read_messages(&rows)
    }

    /// Every change of a message, in order.
    pub async fn outbox_log(&self, key: &str) -> Result<Vec<OutboxNote>> {
        let sql = "SELECT message_key, at, was, became, detail FROM outbox_log WHERE message_key = $1 ORDER BY log_id";
        let rows = self.db.rows(sql, &[key.into()]).await?;
        rows.iter().map(|row| note(row).ok_or_else(|| self.db.damaged("a note on a message cannot be read"))).collect()
    }

    fn read_messages(&self, rows: &[Row]) -> Result<Vec<Message>> {
        rows.iter().map(|row| message(row).ok_or_else(|| self.db.damaged("a message cannot be read"))).collect()
    }
}

/// Puts a message in as part of what else is being written.
pub(super) async fn add(db: &Db, work: &mut Work, m: &NewMessage, status: MessageStatus) -> Result<Added> {
    let taken =
        work.rows("SELECT message_key FROM outbox WHERE message_id = $1", &[m.message_id.as_str().into()]).await?;
    if let Some(row) = taken.first() {
        let key: String = row.get(0).unwrap_or_default();
        if key != m.key {
            let what = format!("message {key} has the id {} of message {}", m.message_id, m.key);
            return Err(StateError::new(StateErrorKind::Conflict, db.place(), what));
        }
    }
    let sql = "INSERT INTO outbox (message_key, position, kind, account_id, recipient, message_id, created, not_after,
                                   body, status, attempts, next_try, changed, detail)
               SELECT $1, COALESCE(MAX(position), 0) + 1, $2, $3, $4, $5, $6, $7, $8, $9, 0, NULL, $6, '' FROM outbox
               WHERE TRUE ON CONFLICT (message_key) DO NOTHING";
    let values: [Value; 9] = [
        m.key.as_str().into(),
        m.kind.as_str().into(),
        m.account_id.as_str().into(),
        m.recipient.as_str().into(),
        m.message_id.as_str().into(),
        m.created.micros().into(),
        m.not_after.map(Instant::micros).into(),
        m.body.as_slice().into(),
        status.name().into(),
    ];
    if work.run(sql, &values).await? == 0 {
        return Ok(Added::Known);
    }
    log(work, &m.key, "", status, "", m.created).await?;
    Ok(Added::New)
}

async fn log(work: &mut Work, key: &str, was: &str, became: MessageStatus, detail: &str, at: Instant) -> Result<()> {
    let sql = "INSERT INTO outbox_log (message_key, at, was, became, detail) VALUES ($1, $2, $3, $4, $5)";
    let values: [Value; 5] = [key.into(), at.micros().into(), was.into(), became.name().into(), detail.into()];
    work.run(sql, &values).await?;
    Ok(())
}

pub(super) fn note(row: &Row) -> Option<OutboxNote> {
    Some(OutboxNote {
        key: row.get(0).ok()?,
        at: Instant::from_micros(row.get(1).ok()?),
        was: MessageStatus::from_name(&row.get::<String>(2).ok()?),
        became: MessageStatus::from_name(&row.get::<String>(3).ok()?)?,
        detail: row.get(4).ok()?,
    })
}

fn message(row: &Row) -> Option<Message> {
    Some(Message {
        message: NewMessage {
            key: row.get(0).ok()?,
            kind: row.get(1).ok()?,
            account_id: row.get(2).ok()?,
            recipient: row.get(3).ok()?,
            message_id: row.get(4).ok()?,
            created: Instant::from_micros(row.get(5).ok()?),
            not_after: row.get::<Option<i64>>(6).ok()?.map(Instant::from_micros),
            body: row.get(7).ok()?,
        },
        status: MessageStatus::from_name(&row.get::<String>(8).ok()?)?,
        attempts: whole(row, 9)?,
        next_try: row.get::<Option<i64>>(10).ok()?.map(Instant::from_micros),
        changed: Instant::from_micros(row.get(11).ok()?),
        detail: row.get(12).ok()?,
    })
}
