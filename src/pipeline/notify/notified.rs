//! What the step did, for people.

use crate::domain::money::Amount;
use crate::domain::notice::Unwatched;
use crate::domain::period::Instant;
use crate::edge::state::MessageStatus;

/// A wallet that is low, and what became of its notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LowWallet {
    pub account_id: String,
    pub wallet: String,
    pub unit: String,
    pub balance: Amount,
    pub threshold: String,
    pub level: Amount,
    pub posting_id: String,
    pub since: Instant,
    /// `told`, `ready`, `held: ...`, `expired`, or `no mail` where none is configured.
    pub notice: String,
}

/// A message that changed in a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MessageChange {
    pub key: String,
    pub account_id: String,
    pub became: MessageStatus,
    pub detail: String,
}

/// What the step did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Notified {
    pub low: Vec<LowWallet>,
    /// Wallets with a threshold that nothing can be held against, where somebody would be told.
    pub unwatched: Vec<Unwatched>,
    pub changes: Vec<MessageChange>,
    /// Why no message could be given away at all.
    pub unreachable: Option<String>,
    /// Messages that stay because the run is for another time than now.
    pub stale: bool,
}

impl Notified {
    pub(crate) fn count(&self, status: MessageStatus) -> usize {
        self.changes.iter().filter(|c| c.became == status).count()
    }

    /// Whether something needs a person, or could not be done.
    pub(crate) fn is_partial(&self) -> bool {
        let odd = [MessageStatus::Held, MessageStatus::Refused, MessageStatus::Unknown];
        self.unreachable.is_some() || self.changes.iter().any(|c| odd.contains(&c.became))
    }
}
