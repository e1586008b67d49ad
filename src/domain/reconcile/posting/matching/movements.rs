//! The postings that pay for calls, ready to be matched.

use crate::domain::ledger::Posting;
use crate::domain::money::Amount;
use crate::domain::period::Instant;
use crate::domain::reconcile::row_view::Rows;

/// One posting of the leg; names are numbered by the rows' interner.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Movement {
    /// Where the posting is in the pass's list.
    pub(crate) position: u32,
    pub(crate) account: u32,
    pub(crate) unit: u32,
    pub(crate) key: Option<u32>,
    pub(crate) source: Option<u32>,
    pub(crate) at: Instant,
    /// What it takes: minus its amount.
    pub(crate) debit: Amount,
}

/// Movements in the order of their time, then of their ids.
#[derive(Debug)]
pub(crate) struct Movements<'a> {
    postings: &'a [Posting],
    list: Vec<Movement>,
}

impl<'a> Movements<'a> {
    /// Of the postings that stand, those that pay for calls.
    pub(crate) fn new(postings: &'a [Posting], standing: &[u32], rows: &mut Rows<'_>) -> Movements<'a> {
        let mut list: Vec<Movement> = standing
            .iter()
            .map(|&position| (position, &postings[position as usize]))
            .filter(|(_, p)| p.kind.pays_for_calls())
            .map(|(position, p)| Movement {
                position,
                account: rows.names.id(&p.account_id),
                unit: rows.names.id(&p.unit),
                key: p.api_key_id.as_deref().map(|k| rows.names.id(k)),
                source: p.source.as_deref().map(|s| rows.names.id(s)),
                at: p.posted_at,
                debit: -p.amount,
            })
            .collect();
        let id = |m: &Movement| postings[m.position as usize].posting_id.as_str();
        list.sort_unstable_by(|a, b| a.at.cmp(&b.at).then_with(|| id(a).cmp(id(b))));
        Movements { postings, list }
    }

    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }

    pub(crate) fn get(&self, movement: u32) -> &Movement {
        &self.list[movement as usize]
    }

    pub(crate) fn posting(&self, movement: u32) -> &'a Posting {
        &self.postings[self.get(movement).position as usize]
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, &Movement)> {
        (0u32..).zip(&self.list)
    }
}
