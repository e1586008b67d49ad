//! What becomes of a crossing: told of before, too old, held, or due.

use std::collections::BTreeMap;
use std::fmt;

use xxhash_rust::xxh3::Xxh3Default;

use super::watch::{Disagreement, Low};
use crate::domain::period::{Instant, Span};

/// Names the notice about one crossing for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NoticeKey {
    wallet: u128,
    at: Instant,
    posting: u128,
}

const KIND: &str = "low_balance";

impl NoticeKey {
    pub fn of(low: &Low) -> NoticeKey {
        let (id, crossing) = (&low.wallet, &low.crossing);
        let at = crossing.at.micros().to_string();
        let posting = hash(&[&id.account_id, &id.wallet, &id.unit, &crossing.posting_id, &at]);
        NoticeKey { wallet: hash(&[&id.account_id, &id.wallet, &id.unit]), at: crossing.at, posting }
    }

    /// As [`NoticeKey`]'s text; `None` for any other.
    pub fn parse(text: &str) -> Option<NoticeKey> {
        let mut parts = text.strip_prefix(KIND)?.strip_prefix('/')?.split('/');
        let wallet = u128::from_str_radix(parts.next()?, 16).ok()?;
        let at = Instant::from_micros(parts.next()?.parse().ok()?);
        let posting = u128::from_str_radix(parts.next()?, 16).ok()?;
        parts.next().is_none().then_some(NoticeKey { wallet, at, posting })
    }

    /// The part of a Message-ID before the `@`: it follows from the crossing's posting alone.
    pub fn message_name(&self) -> String {
        format!("low-balance.{:032x}", self.posting)
    }
}

impl fmt::Display for NoticeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{KIND}/{:032x}/{}/{:032x}", self.wallet, self.at.micros(), self.posting)
    }
}

fn hash(parts: &[&str]) -> u128 {
    let mut hash = Xxh3Default::new();
    for part in parts {
        hash.update(&(part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    hash.digest128()
}

/// The newest crossing of each wallet that was decided on before.
#[derive(Clone, Debug, Default)]
pub struct NotifiedLog(BTreeMap<u128, Instant>);

impl NotifiedLog {
    pub fn note(&mut self, key: NoticeKey) {
        let newest = self.0.entry(key.wallet).or_insert(Instant::MIN);
        *newest = key.at.max(*newest);
    }

    /// Whether the low range a crossing begins was told of. A posting that comes late may move its
    /// beginning back; that is no second crossing.
    fn has(&self, key: NoticeKey) -> bool {
        self.0.get(&key.wallet).is_some_and(|newest| *newest >= key.at)
    }
}

/// What becomes of a crossing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeDecision {
    /// It was told of, or decided on, before.
    Notified,
    /// Older than what may still leave.
    Expired,
    /// The ledger's balance and ours disagree.
    Held(Disagreement),
    Due,
}

/// Judges one wallet's crossing. `clock` is the time now, whatever moment the run is made for.
pub fn decide(low: &Low, notified: &NotifiedLog, clock: Instant, fresh: Span) -> NoticeDecision {
    if notified.has(NoticeKey::of(low)) {
        return NoticeDecision::Notified;
    }
    if low.crossing.at < clock.minus(fresh) {
        return NoticeDecision::Expired;
    }
    low.disagreement.map_or(NoticeDecision::Due, NoticeDecision::Held)
}
