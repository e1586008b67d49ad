//! What a ledger does to every row alike, so that it is one thing to mend and not as many as there are rows.

use std::collections::{BTreeMap, HashMap};

use super::FindingContext;
use super::finding::Class;
use crate::domain::reconcile::posting::matching::PostingMatch;

/// A ledger that writes the ids of calls otherwise than the log does.
pub(super) const ID_RESPELLED: &str = "call_id_respelled";
/// A ledger that rounds what it debits for many calls together.
pub(super) const DEBITS_ROUNDED: &str = "debits_rounded";

/// Calls without a debit, and debits that name no call of the log, whose ids differ only by the size of letters and by
/// spaces around them.
#[derive(Debug, Default)]
pub(super) struct Respelled {
    movement_of: HashMap<usize, u32>,
    row_of: HashMap<u32, usize>,
}

impl Respelled {
    pub(super) fn of(context: &FindingContext<'_>) -> Respelled {
        let (rows, ledger) = (context.matching.rows, context.matching.movements);
        let alone = context.posting.unmatched.iter().filter(|one| {
            one.class == Class::NoCall
                && context.pairing.posting_match[one.movement as usize] == PostingMatch::Alone
                && ledger.posting(one.movement).call_id.is_some()
        });
        let mut by_id: BTreeMap<String, (Vec<usize>, Vec<u32>)> = BTreeMap::new();
        for one in alone {
            let id = ledger.posting(one.movement).call_id.as_deref().unwrap_or_default();
            by_id.entry(plain(id)).or_default().1.push(one.movement);
        }
        if by_id.is_empty() {
            return Respelled::default();
        }
        for row in (0..rows.day).filter(|row| context.posting.class[*row] == Class::NotPosted) {
            if let Some((of_calls, _)) = by_id.get_mut(&plain(rows.call_id(row))) {
                of_calls.push(row);
            }
        }
        let mut found = Respelled::default();
        for (of_calls, movements) in by_id.into_values() {
            // Several that are one but for their spelling say nothing.
            let ([row], [movement]) = (&of_calls[..], &movements[..]) else { continue };
            let account = rows.account_name(*row) == &ledger.posting(*movement).account_id;
            if account {
                found.movement_of.insert(*row, *movement);
                found.row_of.insert(*movement, *row);
            }
        }
        found
    }

    /// The debit that means a call by another spelling of its id.
    pub(super) fn movement_of(&self, row: usize) -> Option<u32> {
        self.movement_of.get(&row).copied()
    }

    pub(super) fn row_of(&self, movement: u32) -> Option<usize> {
        self.row_of.get(&movement).copied()
    }
}

fn plain(id: &str) -> String {
    id.trim().to_lowercase()
}
