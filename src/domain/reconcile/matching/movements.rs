//! The postings that pay for calls, ready to be matched.

use super::super::rows::Rows;
use crate::domain::ledger::Posting;
use crate::domain::money::Amount;
use crate::domain::period::Instant;

/// One posting of the leg; names are numbered by the rows' interner.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Movement {
    /// Where the posting is in the pass's list.
    pub(in super::super) position: u32,
    pub(in super::super) account: u32,
    pub(in super::super) unit: u32,
    pub(super) key: Option<u32>,
    pub(super) source: Option<u32>,
    pub(in super::super) at: Instant,
    /// What it takes: minus its amount.
    pub(in super::super) debit: Amount,
}

/// Movements in the order of their time, then of their ids.
#[derive(Debug)]
pub(in super::super) struct Movements<'a> {
    postings: &'a [Posting],
    list: Vec<Movement>,
}

impl<'a> Movements<'a> {
    /// Of the postings that stand, those that pay for calls.
    pub(in super::super) fn new(postings: &'a [Posting], standing: &[u32], rows: &mut Rows<'_>) -> Movements<'a> {
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

    pub(in super::super) fn len(&self) -> usize {
        self.list.len()
    }

    pub(in super::super) fn get(&self, movement: u32) -> &Movement {
        &self.list[movement as usize]
    }

    pub(in super::super) fn posting(&self, movement: u32) -> &'a Posting {
        &self.postings[self.get(movement).position as usize]
    }

    pub(in super::super) fn iter(&self) -> impl Iterator<Item = (u32, &Movement)> {
        (0u32..).zip(&self.list)
    }
}
