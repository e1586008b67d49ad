//! Which calls of postpaid accounts were paid ahead, and how much of given credit usage took.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::error::BillingError;
use super::terms::account_row;
use crate::domain::call::name_hash;
use crate::domain::ledger::{LedgerState, Mode, Parties, Posting, WalletDay, WalletId};
use crate::domain::money::Amount;
use crate::domain::period::Instant;

/// Of postpaid accounts: wallets that were filled beforehand, and the calls they paid.
#[derive(Clone, Debug, Default)]
pub(crate) struct PrepaidUsage {
    /// Accounts with such a wallet.
    accounts: HashSet<String>,
    filled: HashSet<WalletId>,
    /// Account and key of a call: whether any of its postings is on such a wallet.
    calls: HashMap<(String, u64), bool>,
    /// What was left of given credit before and after the month, by wallet.
    given: BTreeMap<WalletId, (Amount, Amount)>,
}

impl PrepaidUsage {
    /// From the wallets as a month found and left them; `end` is the month's end.
    pub(crate) fn of_wallets(
        parties: &Parties,
        end: Instant,
        before: &LedgerState,
        after: &LedgerState,
    ) -> PrepaidUsage {
        let mut paid = PrepaidUsage::default();
        let postpaid = |id: &str| account_row(parties, id, end).is_some_and(|a| a.mode == Mode::Postpaid);
        for (id, state) in after.wallets.iter().filter(|(id, _)| postpaid(&id.account_id)) {
            if state.last_purchase.is_some() {
                paid.accounts.insert(id.account_id.to_string());
                paid.filled.insert(id.clone());
            } else {
                let opening = before.wallets.get(id).map_or(Amount::ZERO, |s| s.given);
                paid.given.insert(id.clone(), (opening, state.given));
            }
        }
        paid
    }

    /// Whether any wallet was filled, so that the postings of calls have to be told to [`Self::add`].
    pub(crate) fn wants_postings(&self) -> bool {
        !self.filled.is_empty()
    }

    pub(crate) fn filled(&self) -> &HashSet<WalletId> {
        &self.filled
    }

    /// Notes which wallet a call was paid from.
    pub(crate) fn add(&mut self, posting: &Posting) {
        let Some(call) = posting.call_id.as_deref().filter(|_| posting.kind.pays_for_calls()) else { return };
        if self.accounts.contains(&*posting.account_id) {
            let ahead = self.filled.contains(&posting.wallet_id());
            *self.calls.entry((posting.account_id.to_string(), name_hash(call))).or_default() |= ahead;
        }
    }

    /// Whether what was posted for a call of a postpaid account came from a wallet that was filled
    /// beforehand. Where the ledger does not say which wallet it was, it counts as paid: nobody pays twice.
    pub(crate) fn is_paid_ahead(&self, account: &str, call: u64) -> bool {
        self.accounts.contains(account) && self.calls.get(&(account.to_owned(), call)).copied().unwrap_or(true)
    }

    /// What usage took of given credit in the month, by account and unit, in order.
    ///
    /// # Errors
    /// Overflow.
    pub(crate) fn covered(&self, rolled: &[WalletDay]) -> Result<Vec<(String, String, Amount)>, BillingError> {
        let overflow = || BillingError::Overflow("given credit overflows".to_owned());
        let mut covered: BTreeMap<(String, String), Amount> = BTreeMap::new();
        for (id, (before, after)) in &self.given {
            let grants = rolled.iter().filter(|w| w.wallet == *id).flat_map(|w| &w.movements);
            let grants = Amount::sum(grants.filter(|(kind, _)| *kind == "grant").map(|m| m.1));
            let used = grants.and_then(|g| before.checked_add(g)).and_then(|all| all.checked_sub(*after));
            let used = used.ok_or_else(overflow)?;
            if used.is_positive() {
                let sum = covered.entry((id.account_id.to_string(), id.unit.to_string())).or_default();
                *sum = sum.checked_add(used).ok_or_else(overflow)?;
            }
        }
        Ok(covered.into_iter().map(|((account, unit), amount)| (account, unit, amount)).collect())
    }
}
