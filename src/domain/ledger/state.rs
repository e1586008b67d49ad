//! What a day leaves to the next: running balances, key counters, references seen.

use std::collections::BTreeMap;

use super::key_use::KeyState;
use super::postings::{PostingKind, WalletId};
use super::wallet::WalletState;
use crate::domain::money::Amount;
use crate::domain::period::Instant;

/// The posting that first used a reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirstUse {
    pub posting_id: String,
    pub at: Instant,
}

/// The state of wallets, keys and references at the end of a day. Equal input days give equal
/// states; its size grows with wallets, keys and references, never with calls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LedgerState {
    pub wallets: BTreeMap<WalletId, WalletState>,
    pub keys: BTreeMap<String, KeyState>,
    /// By [`super::reference_key`].
    pub references: BTreeMap<u128, FirstUse>,
}

impl LedgerState {
    /// The wallets of one account, in order.
    pub fn wallets_of(&self, account_id: &str) -> impl Iterator<Item = (&WalletId, &WalletState)> {
        let first = WalletId { account_id: account_id.into(), wallet: "".into(), unit: "".into() };
        let account = first.account_id.clone();
        self.wallets.range(first..).take_while(move |(id, _)| id.account_id == account)
    }
}

/// One wallet over one day, by kind of movement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WalletDay {
    pub wallet: WalletId,
    /// Known from the first balance on, if nothing moved before it on its day, or in a complete ledger.
    pub opening: Option<Amount>,
    /// Signed sum of movements, by kind name.
    pub movements: Vec<(&'static str, Amount)>,
    pub closing: Option<Amount>,
    /// Ledger's own balances dated in the day.
    pub asserted: Vec<(Instant, Amount)>,
    /// Residual of the intervals that end in the day, and how much of it findings name.
    pub residual: Amount,
    pub named: Amount,
}

impl WalletDay {
    /// What of the residual no finding names.
    pub fn unexplained(&self) -> Option<Amount> {
        self.residual.checked_sub(self.named)
    }

    /// opening + movements + named + unexplained = closing; a wallet not known in the morning has
    /// no such sum and breaks nothing.
    pub fn holds(&self) -> bool {
        let Some(opening) = self.opening else { return true };
        let parts = self.movements.iter().map(|(_, amount)| *amount);
        let ends = self.unexplained().map(|rest| [opening, self.named, rest]);
        let sum = ends.and_then(|ends| Amount::sum(parts.chain(ends)));
        sum.is_some() && sum == self.closing
    }
}

/// The law of the roll-forward: the first wallet that does not tie out, or that does not open with
/// what the state before the day says of it.
pub fn broken_roll_forward<'a>(
    before: &LedgerState,
    days: &'a [WalletDay],
    after: &LedgerState,
) -> Option<&'a WalletDay> {
    days.iter().find(|day| {
        let opened = before.wallets.get(&day.wallet).and_then(WalletState::balance);
        let closed = after.wallets.get(&day.wallet).and_then(WalletState::balance);
        let first = day.asserted.first().map(|(_, balance)| *balance);
        let begins = opened.is_none() && (day.opening == Some(Amount::ZERO) || day.opening == first);
        let opening_fits = opened == day.opening || begins;
        !(day.holds() && opening_fits && closed == day.closing)
    })
}

/// Signed sums of a day, one a kind, in the order of [`PostingKind::ALL`].
#[derive(Clone, Debug, Default)]
pub(super) struct KindSums([Option<Amount>; PostingKind::ALL.len()]);

impl KindSums {
    pub(super) fn add(&mut self, kind: PostingKind, amount: Amount) -> Option<()> {
        let sum = &mut self.0[kind as usize];
        *sum = Some(sum.unwrap_or_default().checked_add(amount)?);
        Some(())
    }

    pub(super) fn named(&self) -> Vec<(&'static str, Amount)> {
        PostingKind::ALL.into_iter().filter_map(|k| Some((k.name(), self.0[k as usize]?))).collect()
    }
}

impl WalletDay {
    /// Days of wallets, in order of time, as one row a wallet. `None` when a sum overflows.
    pub fn chain(days: &[WalletDay]) -> Option<Vec<WalletDay>> {
        let mut wallets: BTreeMap<&WalletId, WalletDay> = BTreeMap::new();
        for day in days {
            let Some(so_far) = wallets.get_mut(&day.wallet) else {
                wallets.insert(&day.wallet, day.clone());
                continue;
            };
            let mut kinds = KindSums::default();
            for (kind, amount) in so_far.movements.iter().chain(&day.movements) {
                kinds.add(PostingKind::from_name(kind)?, *amount)?;
            }
            so_far.movements = kinds.named();
            so_far.closing = day.closing;
            so_far.asserted.extend(day.asserted.iter().copied());
            so_far.residual = so_far.residual.checked_add(day.residual)?;
            so_far.named = so_far.named.checked_add(day.named)?;
        }
        Some(wallets.into_values().collect())
    }
}
