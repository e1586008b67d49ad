//! What a month held for every account, put together from its sealed days.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use super::charged_calls::ChargedCalls;
use super::document::SourceRef;
use super::error::BillingError;
use super::payment::Payment;
use super::placement::CallPlacer;
use super::posted_usage::DayUsage;
use super::proposals::CallDebits;
use super::statement::WalletUsage;
use super::terms::{Billed, BillingTerms};
use super::treatment::{Tally, Treatment};
use super::usage::{UsageKey, UsageSum};
use crate::domain::call::Meter;
use crate::domain::ledger::{WalletDay, WalletId};
use crate::domain::money::Amount;
use crate::domain::period::Instant;
use crate::domain::reconcile::Finding;

/// One account's month.
#[derive(Clone, Debug, Default)]
pub(crate) struct AccountMonth {
    /// Calls an invoice on usage would have.
    pub(crate) sums: BTreeMap<UsageKey, UsageSum>,
    /// Every call, by where it goes; amounts are what was expected.
    pub(crate) tallies: BTreeMap<Treatment, Tally>,
    /// By wallet and unit.
    pub(crate) wallets: BTreeMap<(Arc<str>, Arc<str>), WalletUsage>,
    pub(crate) payments: Vec<Payment>,
    /// What of given credit was used up, by unit.
    pub(crate) covered: BTreeMap<String, Amount>,
    pub(crate) findings: Vec<Finding>,
    /// About calls of others that its wallets were debited for.
    pub(crate) debited_for_others: Vec<Finding>,
}

/// Every account's month.
#[derive(Clone, Debug, Default)]
pub(crate) struct AccountMonths {
    pub(crate) accounts: BTreeMap<String, AccountMonth>,
    /// One row a wallet, over the whole month, in the order of wallets.
    pub(crate) rolled: Vec<WalletDay>,
    pub(crate) sources: Vec<SourceRef>,
    /// Of the calls that something is found about.
    pub(crate) call_debits: CallDebits,
    /// Wallets of postpaid accounts that were filled beforehand.
    pub(crate) filled: HashSet<WalletId>,
}

impl AccountMonths {
    fn account(&mut self, id: &str) -> &mut AccountMonth {
        self.accounts.entry(id.to_owned()).or_default()
    }

    /// Puts a day's calls where they are billed. `rate_changes` are the instants within the month at which
    /// declared rates change, the month's start first.
    ///
    /// # Errors
    /// A column of an account's row that cannot be read. Overflow.
    pub(crate) fn add_calls(
        &mut self,
        placer: &mut CallPlacer<'_>,
        rate_changes: &[Instant],
        day: &ChargedCalls<'_>,
    ) -> Result<(), BillingError> {
        let overflow = || BillingError::overflow("the sums of an account's calls");
        let (models, endpoints) = (day.calls.model(), day.calls.endpoint());
        for row in day.call_rows() {
            let placed = placer.place(day, row)?;
            let account = self.account(day.account(row));
            let tally = account.tallies.entry(placed.treatment).or_default();
            tally.add(&day.unit[row], day.expected[row].unwrap_or_default()).ok_or_else(overflow)?;
            if placed.treatment != Treatment::Invoice {
                continue;
            }
            let at = day.calls.started(row);
            let segment = rate_changes.partition_point(|change| *change <= at).saturating_sub(1);
            let key = UsageKey {
                model: models.get(row).unwrap_or_default().to_owned(),
                endpoint: endpoints.get(row).unwrap_or_default().to_owned(),
                unit: day.unit[row].to_string(),
                rates_from: rate_changes[segment],
            };
            let one = UsageSum {
                calls: 1,
                input_tokens: day.calls.tokens(row, &Meter::INPUTS),
                output_tokens: day.calls.tokens(row, &Meter::OUTPUTS),
                amount: placed.billed.unwrap_or_default(),
            };
            account.sums.entry(key).or_default().add(&one).ok_or_else(overflow)?;
        }
        Ok(())
    }

    /// Adds what a day's movements come to, wallet by wallet.
    ///
    /// # Errors
    /// Overflow.
    pub(crate) fn add_wallets(&mut self, usage: DayUsage) -> Result<(), BillingError> {
        for (id, wallet) in usage {
            let so_far = self.account(&id.account_id).wallets.entry((id.wallet.clone(), id.unit.clone())).or_default();
            so_far.merge(wallet).ok_or_else(|| {
                let what = format!("wallet {} of {} in {} overflows", id.wallet, id.account_id, id.unit);
                BillingError::Overflow(what)
            })?;
        }
        Ok(())
    }

    /// Adds money that went in or out.
    pub(crate) fn add_payments(&mut self, payments: Vec<(Arc<str>, Payment)>) {
        for (account, payment) in payments {
            self.account(&account).payments.push(payment);
        }
    }

    pub(crate) fn add_covered(&mut self, covered: Vec<(String, String, Amount)>) {
        for (account, unit, amount) in covered {
            self.account(&account).covered.insert(unit, amount);
        }
    }

    /// Adds findings, once all debits are known; those of no account are nobody's bill.
    pub(crate) fn add_findings(&mut self, findings: Vec<Finding>) {
        for finding in findings {
            for other in self.call_debits.debited_instead(&finding) {
                self.account(&other).debited_for_others.push(finding.clone());
            }
            if let Some(account) = finding.account_id.clone() {
                self.account(&account).findings.push(finding);
            }
        }
    }
}

impl AccountMonth {
    /// The calls behind usage lines come to what the lines say.
    ///
    /// # Errors
    /// Law: they do not. Overflow.
    pub(crate) fn check_lines(&self, terms: &BillingTerms) -> Result<(), BillingError> {
        let tally = self.tallies.get(&Treatment::Invoice).cloned().unwrap_or_default();
        let lines: u64 = self.sums.values().map(|s| s.calls).sum();
        let mut sums: BTreeMap<&str, Amount> = BTreeMap::new();
        for (key, one) in &self.sums {
            let sum = sums.entry(&key.unit).or_default();
            *sum = sum.checked_add(one.amount).ok_or_else(|| BillingError::overflow("an invoice's lines"))?;
        }
        let same = sums.iter().all(|(unit, sum)| tally.amounts.get(*unit) == Some(sum));
        if lines != tally.calls || (terms.billed == Billed::Expected && !(same && sums.len() == tally.amounts.len())) {
            return Err(BillingError::law("what is expected of the calls behind the lines is what the lines bill"));
        }
        Ok(())
    }
}
