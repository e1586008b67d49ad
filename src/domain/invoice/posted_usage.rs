//! What a day's movements come to for each wallet, each usage posting beside the call it pays for.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::error::BillingError;
use super::statement::{PaidCall, WalletUsage};
use crate::domain::call::{Calls, Meter, name_hash};
use crate::domain::ledger::{Posting, PostingKind, WalletDay, WalletId};
use crate::domain::period::Day;

/// A day's movements by wallet.
pub(crate) type DayUsage = BTreeMap<WalletId, WalletUsage>;

/// What a statement says of a call.
#[derive(Clone, Debug, Default)]
struct KnownCall {
    model: String,
    key: String,
    input_tokens: u64,
    output_tokens: u64,
}

/// The calls that some postings name, by the hash of their id, found day by day.
#[derive(Clone, Debug, Default)]
pub(crate) struct NamedCalls {
    known: HashMap<u64, KnownCall>,
    missing: HashSet<u64>,
}

impl NamedCalls {
    /// Those that postings name; none is found yet.
    pub(crate) fn of(postings: &[Posting]) -> NamedCalls {
        let paying = postings.iter().filter(|p| p.kind.pays_for_calls());
        let missing = paying.filter_map(|p| p.call_id.as_deref().map(name_hash)).collect();
        NamedCalls { known: HashMap::new(), missing }
    }

    pub(crate) fn missing(&self) -> &HashSet<u64> {
        &self.missing
    }

    /// Looks for what is missing among the rows that are calls; the first that has a name is it.
    pub(crate) fn find_in(&mut self, calls: &Calls, is_call: &dyn Fn(usize) -> bool) {
        let (models, keys) = (calls.model(), calls.api_key_id());
        for (row, key) in calls.key().values().iter().enumerate() {
            if !is_call(row) || !self.missing.remove(key) {
                continue;
            }
            let call = KnownCall {
                model: models.get(row).unwrap_or_default().to_owned(),
                key: keys.get(row).unwrap_or_default().to_owned(),
                input_tokens: calls.tokens(row, &Meter::INPUTS),
                output_tokens: calls.tokens(row, &Meter::OUTPUTS),
            };
            self.known.insert(*key, call);
        }
    }
}

/// Sums a day's movements by wallet. Postings that repeat another are taken out before.
///
/// # Errors
/// Overflow.
pub(crate) fn day_usage(day: Day, postings: &[Posting], calls: &NamedCalls) -> Result<DayUsage, BillingError> {
    let mut usage = DayUsage::new();
    let mut settled: HashSet<(WalletId, u64)> = HashSet::new();
    let nobody = KnownCall::default();
    for p in postings.iter().filter(|p| p.kind.moves_wallet()) {
        let overflow = || BillingError::Overflow(format!("wallet {} of {} overflows", p.wallet, p.account_id));
        let wallet = usage.entry(p.wallet_id()).or_default();
        wallet.add(p.kind, p.amount).ok_or_else(overflow)?;
        if !p.kind.pays_for_calls() {
            continue;
        }
        let key = p.call_id.as_deref().map(name_hash);
        let call = key.and_then(|key| calls.known.get(&key)).unwrap_or(&nobody);
        let paid = PaidCall {
            model: &call.model,
            key: p.api_key_id.as_deref().unwrap_or(&call.key),
            settles: p.kind == PostingKind::Usage && key.is_some_and(|key| settled.insert((p.wallet_id(), key))),
            input_tokens: call.input_tokens,
            output_tokens: call.output_tokens,
        };
        wallet.add_usage(day, p.amount, paid).ok_or_else(overflow)?;
    }
    Ok(usage)
}

/// Whether a day's movements are those of its roll-forward, wallet by wallet.
pub(crate) fn agrees_with(usage: &DayUsage, rolled: &[WalletDay]) -> bool {
    rolled.iter().all(|w| usage.get(&w.wallet).map_or_else(|| WalletUsage::default().agrees(w), |u| u.agrees(w)))
}
