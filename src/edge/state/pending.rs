//! Questions about the outbox that an index answers: what they cost does not grow with its past.

use std::collections::BTreeMap;

use super::db::{Row, Value};
use super::error::Result;
use super::outbox::note;
use super::{Message, MessageStatus, OutboxNote, State};
use crate::domain::period::Instant;

impl State {
    /// Keys of messages with a status, in the order they were added.
    pub async fn outbox_keys(&self, status: MessageStatus) -> Result<Vec<String>> {
        let sql = "SELECT message_key FROM outbox WHERE status = $1 ORDER BY position, message_key";
        let rows = self.db.rows(sql, &[status.name().into()]).await?;
        rows.iter().map(|row| row.get(0).map_err(|_| self.db.damaged("a message's key cannot be read"))).collect()
    }

    pub async fn outbox_status(&self, key: &str) -> Result<Option<MessageStatus>> {
        let rows = self.db.rows("SELECT status FROM outbox WHERE message_key = $1", &[key.into()]).await?;
        rows.first().map(|row| self.status_at(row, 0)).transpose()
    }

    /// Keys and statuses of an account's messages of one kind, in the order they were added.
    pub async fn outbox_of(&self, kind: &str, account_id: &str) -> Result<Vec<(String, MessageStatus)>> {
        let sql = "SELECT message_key, status FROM outbox WHERE kind = $1 AND account_id = $2 ORDER BY position";
        let rows = self.db.rows(sql, &[kind.into(), account_id.into()]).await?;
        let read = |row: &Row| {
            let key = row.get(0).map_err(|_| self.db.damaged("a message's key cannot be read"))?;
            Ok((key, self.status_at(row, 1)?))
        };
        rows.iter().map(read).collect()
    }

    /// What became of every message by its log, and by the message itself where it is still there; in the order
    /// of keys.
    pub async fn outbox_logged(&self) -> Result<Vec<(String, String, Option<String>)>> {
        let sql = "SELECT l.message_key, l.became, o.status FROM outbox_log l
                   LEFT JOIN outbox o ON o.message_key = l.message_key
                   WHERE l.log_id = (SELECT MAX(log_id) FROM outbox_log m WHERE m.message_key = l.message_key)
                   ORDER BY l.message_key";
        let read = |row: &Row| Some((row.get(0).ok()?, row.get(1).ok()?, row.get(2).ok()?));
        let rows = self.db.rows(sql, &[]).await?;
        rows.iter().map(|row| read(row).ok_or_else(|| self.db.damaged("the log of messages cannot be read"))).collect()
    }

    /// What the database says of its own file; nothing where it is whole, or kept by a server.
    pub async fn own_damage(&self) -> Result<Vec<String>> {
        if self.db.file().is_none() {
            return Ok(Vec::new());
        }
        let rows = self.db.rows("PRAGMA integrity_check", &[]).await?;
        Ok(rows.iter().filter_map(|row| row.get::<String>(0).ok()).filter(|said| said != "ok").collect())
    }

    /// Ready and held messages whose last moment lies before `at`.
    pub async fn outbox_overdue(&self, at: Instant) -> Result<Vec<Message>> {
        let mut overdue = Vec::new();
        for status in [MessageStatus::Ready, MessageStatus::Held] {
            let sql = "SELECT message_key FROM outbox WHERE status = $1 AND not_after < $2 ORDER BY position";
            let values: [Value; 2] = [status.name().into(), at.micros().into()];
            for row in self.db.rows(sql, &values).await? {
                let key: String = row.get(0).map_err(|_| self.db.damaged("a message's key cannot be read"))?;
                overdue.extend(self.outbox_message(&key).await?);
            }
        }
        Ok(overdue)
    }

    /// How many messages have each status.
    pub async fn outbox_counts(&self) -> Result<BTreeMap<MessageStatus, u64>> {
        let rows = self.db.rows("SELECT status, COUNT(*) FROM outbox GROUP BY status", &[]).await?;
        let read = |row: &Row| {
            let count: i64 = row.get(1).map_err(|_| self.db.damaged("messages cannot be counted"))?;
            Ok((self.status_at(row, 0)?, count.unsigned_abs()))
        };
        rows.iter().map(read).collect()
    }

    /// Every change since the newest message of a kind that belongs to no account was added, that one's own first
    /// change aside; all changes where there is none.
    pub async fn outbox_log_since(&self, kind: &str) -> Result<Vec<OutboxNote>> {
        let sql = "SELECT message_key FROM outbox WHERE kind = $1 AND account_id = '' ORDER BY position DESC LIMIT 1";
        let newest = self.db.rows(sql, &[kind.into()]).await?;
        let mut after = 0i64;
        if let Some(key) = newest.first().and_then(|row| row.get::<String>(0).ok()) {
            let sql = "SELECT log_id FROM outbox_log WHERE message_key = $1 ORDER BY log_id LIMIT 1";
            let first = self.db.rows(sql, &[key.into()]).await?;
            after = first.first().and_then(|row| row.get(0).ok()).unwrap_or_default();
        }
        let sql = "SELECT message_key, at, was, became, detail FROM outbox_log WHERE log_id > $1 ORDER BY log_id";
        let rows = self.db.rows(sql, &[after.into()]).await?;
        rows.iter().map(|row| note(row).ok_or_else(|| self.db.damaged("a note on a message cannot be read"))).collect()
    }

    fn status_at(&self, row: &Row, column: usize) -> Result<MessageStatus> {
        let name: Option<String> = row.get(column).ok();
        name.and_then(|name| MessageStatus::from_name(&name))
            .ok_or_else(|| self.db.damaged("a message's status cannot be read"))
    }
}
