//! What a month held for every account, put together from its sealed days.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use super::charged_calls::ChargedCalls;
use super::document::SourceRef;
use super::error::BillingError;
use super::payment::Payment;
use super::placement::{CallPlacer, Placed};
use super::posted_usage::DayUsage;
use super::proposals::CallDebits;
use super::statement::WalletUsage;
use super::treatment::{Tally, Treatment, Unbilled};
use super::usage::{UsageKey, UsageSum};
use crate::domain::call::Meter;
use crate::domain::ledger::{WalletDay, WalletId};
use crate::domain::money::Amount;
use crate::domain::period::{Instant, Period};
use crate::domain::reconcile::Finding;

/// Source, id and attempt of a call.
pub(crate) type CallName = (String, String, u32);

/// One account's month.
#[derive(Clone, Debug, Default)]
pub(crate) struct AccountMonth {
    /// Calls an invoice on usage would have.
    pub(crate) sums: BTreeMap<UsageKey, UsageSum>,
    /// Every call and every part of one, by where it goes; together they are `all`.
    pub(crate) tallies: BTreeMap<Treatment, Tally>,
    /// Every call, and what an invoice would have of it.
    pub(crate) all: Tally,
    /// Whether a row of the accounts file holds at the month's end.
    pub(crate) is_known: bool,
    /// Calls on an invoice of an account whose wallets get statements.
    pub(crate) invoiced: HashSet<CallName>,
    /// By wallet and unit.
    pub(crate) wallets: BTreeMap<(Arc<str>, Arc<str>), WalletUsage>,
    pub(crate) payments: Vec<Payment>,
    /// What gifts paid of `sums`, by unit and when its rates of that time began.
    pub(crate) given: BTreeMap<(String, Instant), Amount>,
    pub(crate) findings: Vec<Finding>,
    /// About calls of others that its wallets were debited for.
    pub(crate) debited_for_others: Vec<Finding>,
}

/// Use of an account that nobody is billed for, and nobody said that it should not be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LostUse {
    pub(crate) month: Period,
    pub(crate) account_id: String,
    /// In words.
    pub(crate) why: &'static str,
    pub(crate) tally: Tally,
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
            account.is_known = placed.is_known;
            let (unit, at) = (&*day.unit[row], day.calls.started(row));
            account.tally(&placed, unit).ok_or_else(overflow)?;
            if placed.treatment != Treatment::Invoice {
                continue;
            }
            let segment = rate_changes.partition_point(|change| *change <= at).saturating_sub(1);
            let rates_from = rate_changes[segment];
            if placed.has_statements {
                let source = day.calls.source().get(row).unwrap_or_default().to_owned();
                let name = (source, day.calls.call_id().value(row).to_owned(), day.calls.attempt().value(row));
                account.invoiced.insert(name);
            }
            if placed.given.is_positive() {
                let given = account.given.entry((unit.to_owned(), rates_from)).or_default();
                *given = given.checked_add(placed.given).ok_or_else(overflow)?;
            }
            let key = UsageKey {
                model: models.get(row).unwrap_or_default().to_owned(),
                endpoint: endpoints.get(row).unwrap_or_default().to_owned(),
                unit: unit.to_owned(),
                rates_from,
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

    /// Once every day is in: a call that a statement would propose to debit has none where the account has no
    /// wallet to make one of.
    ///
    /// # Errors
    /// Overflow.
    pub(crate) fn settle_places(&mut self) -> Result<(), BillingError> {
        let with_wallets: HashSet<&str> = self.rolled.iter().map(|w| &*w.wallet.account_id).collect();
        for (id, own) in self.accounts.iter_mut().filter(|(id, _)| !with_wallets.contains(id.as_str())) {
            let Some(tally) = own.tallies.remove(&Treatment::Proposed) else { continue };
            let why = if own.is_known { Unbilled::NoStatement } else { Unbilled::NoAccount };
            let there = own.tallies.entry(Treatment::Unbilled(why)).or_default();
            there.merge(&tally).ok_or_else(|| BillingError::overflow("the calls of an account").at(id))?;
        }
        Ok(())
    }

    /// Use that no document of the month takes, by account.
    pub(crate) fn lost(&self, month: Period) -> Vec<LostUse> {
        let mut lost = Vec::new();
        for (id, own) in &self.accounts {
            for (treatment, tally) in &own.tallies {
                if let Treatment::Unbilled(unbilled) = treatment
                    && let Some(why) = unbilled.lost()
                {
                    lost.push(LostUse { month, account_id: id.clone(), why, tally: tally.clone() });
                }
            }
        }
        lost
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
    /// Counts a call where it is, and its parts where they are. `None` on overflow.
    fn tally(&mut self, placed: &Placed, unit: &str) -> Option<()> {
        let billed = placed.billed.unwrap_or_default();
        self.all.add(unit, placed.on_statement.checked_add(billed)?)?;
        let is_whole = matches!(placed.treatment, Treatment::Statement | Treatment::Proposed);
        let own = if is_whole { placed.on_statement } else { billed.checked_sub(placed.given)? };
        self.tallies.entry(placed.treatment).or_default().add(unit, own)?;
        let parts = [
            (Treatment::Statement, if is_whole { Amount::ZERO } else { placed.on_statement }),
            (Treatment::Unbilled(Unbilled::Given), placed.given),
        ];
        for (treatment, amount) in parts.into_iter().filter(|(_, amount)| !amount.is_zero()) {
            self.tallies.entry(treatment).or_default().add_part(unit, amount)?;
        }
        Some(())
    }

    /// Whether a finding is about a call that an invoice bills, so that no statement proposes to debit it too.
    pub(crate) fn is_invoiced(&self, finding: &Finding) -> bool {
        let (Some(source), Some(call), Some(attempt)) = (&finding.source, &finding.call_id, finding.attempt) else {
            return false;
        };
        !self.invoiced.is_empty() && self.invoiced.contains(&(source.to_string(), call.to_string(), attempt))
    }

    /// The calls behind usage lines come to what the lines say, less what gifts paid.
    ///
    /// # Errors
    /// Law: they do not. Overflow.
    pub(crate) fn check_lines(&self) -> Result<(), BillingError> {
        let tally = self.tallies.get(&Treatment::Invoice).cloned().unwrap_or_default();
        let lines: u64 = self.sums.values().map(|s| s.calls).sum();
        let mut sums: BTreeMap<&str, Amount> = BTreeMap::new();
        let billed = self.sums.iter().map(|(key, one)| (key.unit.as_str(), one.amount));
        for (unit, amount) in billed.chain(self.given.iter().map(|((unit, _), given)| (unit.as_str(), -*given))) {
            let sum = sums.entry(unit).or_default();
            *sum = sum.checked_add(amount).ok_or_else(|| BillingError::overflow("an invoice's lines"))?;
        }
        let same = sums.iter().all(|(unit, sum)| tally.amounts.get(*unit) == Some(sum));
        if lines != tally.calls || !same || sums.len() != tally.amounts.len() {
            return Err(BillingError::law("what is expected of the calls behind the lines is what the lines bill"));
        }
        Ok(())
    }
}
