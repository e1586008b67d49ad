//! Which calls of postpaid accounts were paid ahead, and how much credit was given away.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::domain::call::name_hash;
use crate::domain::ledger::{Carry, Mode, Parties, WalletDay, WalletId, WalletState};
use crate::domain::money::Amount;
use crate::domain::period::{Day, Period};
use crate::edge::lake::Manifest;
use crate::pipeline::day::{JOB as RECONCILE, closing_carry, latest_day};
use crate::pipeline::desk::Desk;
use crate::pipeline::input_identity::opening_of;
use crate::pipeline::stop::Stop;
use crate::pipeline::view::View;
use crate::pipeline::window::{postings_of, reach_days};

/// Of postpaid accounts: wallets that were filled beforehand, and the calls they paid.
#[derive(Debug, Default)]
pub(super) struct PaidAhead {
    /// Accounts with such a wallet.
    accounts: HashSet<String>,
    pub(super) filled: HashSet<WalletId>,
    /// Account and key of a call: whether any of its postings is on such a wallet.
    calls: HashMap<(String, u64), bool>,
    /// What was left of given credit before and after the month, by wallet.
    given: BTreeMap<WalletId, (Amount, Amount)>,
}

impl PaidAhead {
    pub(super) async fn load(
        desk: &Desk,
        view: &View,
        parties: &Parties,
        period: Period,
        days: &[Manifest],
    ) -> Result<PaidAhead, Stop> {
        let mut paid = PaidAhead::default();
        let Some(last) = days.last() else { return Ok(paid) };
        let end = period.span(desk.config.zone).1;
        let postpaid = |id: &str| super::month::account_row(parties, id, end).is_some_and(|a| a.mode == Mode::Postpaid);
        let after = closing_carry(desk, last).await?;
        let before = match day_before(desk, period.first(), days).await? {
            Some(manifest) => closing_carry(desk, &manifest).await?,
            None => Carry::default(),
        };
        let filled = |state: &WalletState| state.last_purchase.is_some();
        for (id, state) in after.wallets.iter().filter(|(id, _)| postpaid(&id.account_id)) {
            if filled(state) {
                paid.accounts.insert(id.account_id.to_string());
                paid.filled.insert(id.clone());
            } else {
                let opening = before.wallets.get(id).map_or(Amount::ZERO, |s| s.given);
                paid.given.insert(id.clone(), (opening, state.given));
            }
        }
        if !paid.filled.is_empty() {
            paid.read_postings(desk, view, period).await?;
        }
        Ok(paid)
    }

    async fn read_postings(&mut self, desk: &Desk, view: &View, period: Period) -> Result<(), Stop> {
        let reach = reach_days(desk.config.rules.match_within);
        let mut day = period.first().plus(-reach);
        while day < period.end().plus(reach) {
            for posting in postings_of(desk, view, day, None).await? {
                let Some(call) = posting.call_id.as_deref().filter(|_| posting.kind.pays_for_calls()) else { continue };
                if self.accounts.contains(&*posting.account_id) {
                    let ahead = self.filled.contains(&posting.wallet_id());
                    *self.calls.entry((posting.account_id.to_string(), name_hash(call))).or_default() |= ahead;
                }
            }
            day = day.next();
        }
        Ok(())
    }

    /// Whether what was posted for a call of a postpaid account came from a wallet that was filled
    /// beforehand. Where the ledger does not say which wallet it was, it counts as paid: nobody pays twice.
    pub(super) fn is_paid_ahead(&self, account: &str, key: u64) -> bool {
        self.accounts.contains(account) && self.calls.get(&(account.to_owned(), key)).copied().unwrap_or(true)
    }

    /// What usage took of given credit in the month, by account and unit.
    pub(super) fn covered(&self, rolled: &[WalletDay]) -> Result<Vec<(String, String, Amount)>, Stop> {
        let mut covered: BTreeMap<(String, String), Amount> = BTreeMap::new();
        for (id, (before, after)) in &self.given {
            let grants = rolled.iter().filter(|w| w.wallet == *id).flat_map(|w| &w.movements);
            let grants = Amount::sum(grants.filter(|(kind, _)| *kind == "grant").map(|m| m.1));
            let used = grants.and_then(|g| before.checked_add(g)).and_then(|all| all.checked_sub(*after));
            let used = used.ok_or_else(|| Stop::internal("given credit overflows"))?;
            if used.is_positive() {
                let sum = covered.entry((id.account_id.to_string(), id.unit.to_string())).or_default();
                *sum = sum.checked_add(used).ok_or_else(|| Stop::internal("given credit overflows"))?;
            }
        }
        Ok(covered.into_iter().map(|((account, unit), amount)| (account, unit, amount)).collect())
    }
}

/// The day before a month: of its revisions the one that the month's first day went on from.
async fn day_before(desk: &Desk, first: Day, days: &[Manifest]) -> Result<Option<Manifest>, Stop> {
    let day = first.previous().to_string();
    let opening = days.first().filter(|m| m.period == first.to_string()).and_then(opening_of);
    for revision in desk.lake.revisions(RECONCILE, &day).await?.into_iter().rev() {
        let manifest = desk.revision(RECONCILE, &day, revision).await?;
        let closing = manifest.digests.get("carry").copied();
        if closing.is_some() && closing == opening {
            return Ok(Some(manifest));
        }
    }
    latest_day(desk, first.previous()).await
}
