//! What the outbox's log says of messages, without their bodies.

use std::collections::BTreeMap;

use super::super::desk::Desk;
use super::super::stop::Stop;
use crate::domain::period::Instant;
use crate::edge::state::{MessageStatus, OutboxNote};

/// Every message's last status, in the order they were added.
#[derive(Debug, Default)]
pub(super) struct Journal {
    pub(super) notes: Vec<OutboxNote>,
    last: BTreeMap<String, (MessageStatus, Instant)>,
    order: Vec<String>,
}

impl Journal {
    pub(super) async fn read(desk: &Desk) -> Result<Journal, Stop> {
        let mut journal = Journal { notes: desk.state.outbox_log(None).await?, ..Journal::default() };
        for note in &journal.notes {
            if journal.last.insert(note.key.clone(), (note.became, note.at)).is_none() {
                journal.order.push(note.key.clone());
            }
        }
        Ok(journal)
    }

    pub(super) fn status(&self, key: &str) -> Option<MessageStatus> {
        self.last.get(key).map(|(status, _)| *status)
    }

    /// Keys of messages, first added first.
    pub(super) fn with(&self, wanted: &[MessageStatus]) -> Vec<String> {
        let is = |key: &&String| self.status(key).is_some_and(|status| wanted.contains(&status));
        self.order.iter().filter(is).cloned().collect()
    }

    pub(super) fn all(&self) -> impl Iterator<Item = (&str, MessageStatus)> {
        self.order.iter().filter_map(|key| Some((key.as_str(), self.status(key)?)))
    }
}
