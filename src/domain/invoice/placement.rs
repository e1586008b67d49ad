//! The place of each call and of each part of it: under its account's row, and by what its debits took.

use std::collections::HashMap;

use super::charged_calls::ChargedCalls;
use super::debits::{DebitedCall, Debits, PaidBy};
use super::error::BillingError;
use super::terms::{BillingTerms, account_row, terms_of};
use super::treatment::{Treatment, treat};
use crate::domain::ledger::{Mode, Parties};
use crate::domain::money::{Amount, Units};
use crate::domain::period::Instant;

/// Where one call is billed. What it comes to is `on_statement` and `billed` together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Placed {
    /// Where the call is counted.
    pub(crate) treatment: Treatment,
    /// What wallets that were filled beforehand paid of it.
    pub(crate) on_statement: Amount,
    /// What is left of it for an invoice; absent where nobody knows.
    pub(crate) billed: Option<Amount>,
    /// Of `billed`, what given credit paid: it comes off again.
    pub(crate) given: Amount,
    /// Whether a row of the accounts file holds at the month's end.
    pub(crate) is_known: bool,
    /// Whether statements of the account's wallets are made beside its invoices.
    pub(crate) has_statements: bool,
}

/// Says of every call of a month where it is billed. Lines, tallies and files of calls are all made from
/// this one answer.
#[derive(Debug)]
pub(crate) struct CallPlacer<'a> {
    parties: &'a Parties,
    units: &'a Units,
    debits: Debits,
    /// The month's end, which decides the accounts' rows.
    end: Instant,
    terms: HashMap<String, (BillingTerms, bool)>,
}

impl<'a> CallPlacer<'a> {
    pub(crate) fn new(parties: &'a Parties, units: &'a Units, debits: Debits, end: Instant) -> CallPlacer<'a> {
        CallPlacer { parties, units, debits, end, terms: HashMap::new() }
    }

    /// Rows come once each, in the order of days.
    ///
    /// # Errors
    /// A column of the account's row that cannot be read. Overflow.
    pub(crate) fn place(&mut self, day: &ChargedCalls<'_>, row: usize) -> Result<Placed, BillingError> {
        let account = day.account(row);
        if !self.terms.contains_key(account) {
            let known = account_row(self.parties, account, self.end);
            self.terms.insert(account.to_owned(), (terms_of(known)?, known.is_some()));
        }
        let (terms, is_known) = &self.terms[account];
        let call = day.billable(row);
        let mut paid = PaidBy::default();
        if let Some(posted) = call.posted.filter(|p| p.is_positive() && terms.mode == Mode::Postpaid) {
            let debited = DebitedCall {
                account,
                key: day.calls.key().value(row),
                source: day.calls.source().get(row).unwrap_or_default(),
                attempt: day.calls.attempt().value(row),
                started_at: day.calls.started(row),
                unit: &day.unit[row],
                posted,
            };
            paid = self.debits.paid_by(&debited, day.day, self.units)?;
        }
        let treatment = treat(&call, paid.ahead, terms);
        let amount = call.amount(terms.billed);
        let is_whole = matches!(treatment, Treatment::Statement | Treatment::Proposed);
        let whole = amount.unwrap_or_default();
        let on_statement = if is_whole { whole } else { paid.ahead.min(whole).max(Amount::ZERO) };
        let rest = whole.checked_sub(on_statement).ok_or_else(|| BillingError::overflow("a call's parts"))?;
        let given = if treatment == Treatment::Invoice { paid.given.min(rest).max(Amount::ZERO) } else { Amount::ZERO };
        let has_statements = terms.mode == Mode::Prepaid || self.debits.pays_ahead(account);
        let (billed, is_known) = (amount.map(|_| rest), *is_known);
        Ok(Placed { treatment, on_statement, billed, given, is_known, has_statements })
    }
}
