//! Who is low, told once: follow the wallets, put a message into the outbox for each new crossing, send
//! what is ready, and tell the operator once a day.
//! Knows nothing of: what makes a wallet low, languages, how a server is talked to.

mod announce;
mod digest;
mod document;
mod follow;
mod send;

use std::collections::BTreeMap;

use super::context::RunContext;
use super::error::AppError;
use super::raw_catalog::RawCatalog;
use super::registry::books::load_parties;
use crate::domain::money::Amount;
use crate::domain::period::Instant;
use crate::edge::state::MessageStatus;

pub use send::by_hand;
pub(crate) use send::probe_mail;

/// How many messages are open, by status.
///
/// # Errors
/// When the state cannot be read.
pub(crate) async fn open_messages(context: &RunContext) -> Result<BTreeMap<&'static str, u64>, AppError> {
    let closed = [MessageStatus::Accepted, MessageStatus::Refused, MessageStatus::Expired];
    let counts = context.state.outbox_counts().await?;
    Ok(counts.into_iter().filter(|(status, _)| !closed.contains(status)).map(|(s, n)| (s.name(), n)).collect())
}

/// A wallet that is low, and what became of its notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LowWallet {
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
pub struct MessageChange {
    pub key: String,
    pub account_id: String,
    pub became: MessageStatus,
    pub detail: String,
}

/// What the step did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notified {
    pub low: Vec<LowWallet>,
    /// Wallets whose balance the ledger has never told.
    pub unknown_wallets: usize,
    pub changes: Vec<MessageChange>,
    /// Why no message could be given away at all.
    pub unreachable: Option<String>,
    /// Messages that stay because the run is for another time than now.
    pub stale: bool,
}

impl Notified {
    pub fn count(&self, status: MessageStatus) -> usize {
        self.changes.iter().filter(|c| c.became == status).count()
    }

    /// Whether something needs a person, or could not be done.
    pub fn is_partial(&self) -> bool {
        let odd = [MessageStatus::Held, MessageStatus::Refused, MessageStatus::Unknown];
        self.unreachable.is_some() || self.changes.iter().any(|c| odd.contains(&c.became))
    }
}

/// Brings notices up to date and sends what is ready.
///
/// # Errors
/// When the lake or the state cannot be read or written. What a mail server says is no error.
pub(crate) async fn notify(context: &RunContext) -> Result<Notified, AppError> {
    let catalog = RawCatalog::load(context).await?;
    let (parties, _) = load_parties(context).await?;
    let watches = follow::watches(context, &catalog, &parties).await?;
    let mut done = Notified { unknown_wallets: watches.unknown(), ..Notified::default() };
    announce::announce(context, &parties, &watches, &mut done).await?;
    let Some(mail) = &context.config.mail else { return Ok(done) };
    if context.dry_run {
        return Ok(done);
    }
    send::expire(context, &mut done).await?;
    // A run for another time leaves everything as it is; whoever runs for now sends it.
    done.stale = context.clock.distance(context.now) > mail.fresh;
    if done.stale {
        return Ok(done);
    }
    let mut session = mail.transport.session();
    let sent = send::send(context, mail, &mut session, &mut done).await;
    let told = match sent {
        Ok(()) => digest::tell(context, mail, &mut session, &mut done).await,
        Err(stop) => Err(stop),
    };
    session.close().await;
    told.map(|()| done)
}
