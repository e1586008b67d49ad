//! Who is low, told once: follow the wallets, put a message into the outbox for each new crossing, send
//! what is ready, and tell the operator once a day.
//! Knows nothing of: what makes a wallet low, languages, how a server is talked to.

mod announce;
mod digest;
mod document;
mod follow;
mod notified;
mod send;

use std::collections::BTreeMap;

use super::context::RunContext;
use super::error::AppError;
use super::raw_catalog::RawCatalog;
use super::registry::books::load_parties;
use crate::domain::notice::{Unwatched, Watches};
use crate::edge::state::MessageStatus;

pub(crate) use notified::Notified;
pub(crate) use send::by_hand;
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

/// Wallets whose threshold nothing can be held against, where somebody is to be told of those that are low.
fn told_of(context: &RunContext, watches: &Watches) -> Vec<Unwatched> {
    if context.config.mail.is_some() { watches.unwatched() } else { Vec::new() }
}

/// As [`notify`] would find them.
///
/// # Errors
/// When the lake cannot be read.
pub(crate) async fn unwatched(context: &RunContext, catalog: &RawCatalog) -> Result<Vec<Unwatched>, AppError> {
    if context.config.mail.is_none() {
        return Ok(Vec::new());
    }
    let (parties, _) = load_parties(context).await?;
    Ok(told_of(context, &follow::watches(context, catalog, &parties).await?))
}

/// Brings notices up to date and sends what is ready.
///
/// # Errors
/// When the lake or the state cannot be read or written. What a mail server says is no error.
pub(crate) async fn notify(context: &RunContext) -> Result<Notified, AppError> {
    let catalog = RawCatalog::load(context).await?;
    let (parties, _) = load_parties(context).await?;
    let watches = follow::watches(context, &catalog, &parties).await?;
    let mut done = Notified { unwatched: told_of(context, &watches), ..Notified::default() };
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
