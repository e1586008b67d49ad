//! The place of each call: under its account's row, and whether a wallet that was filled beforehand paid it.

use std::collections::HashMap;

use super::charged_calls::ChargedCalls;
use super::error::BillingError;
use super::prepaid::PrepaidUsage;
use super::terms::{BillingTerms, account_row, terms_of};
use super::treatment::{Treatment, treat};
use crate::domain::ledger::{Mode, Parties};
use crate::domain::money::Amount;
use crate::domain::period::Instant;

/// Where one call is billed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Placed {
    pub(crate) treatment: Treatment,
    /// What an invoice would have of it; absent where nobody knows.
    pub(crate) billed: Option<Amount>,
}

/// Says of every call of a month where it is billed. Lines, tallies and files of calls are all made from
/// this one answer.
#[derive(Debug)]
pub(crate) struct CallPlacer<'a> {
    parties: &'a Parties,
    paid: &'a PrepaidUsage,
    /// The month's end, which decides the accounts' rows.
    end: Instant,
    terms: HashMap<String, BillingTerms>,
}

impl<'a> CallPlacer<'a> {
    pub(crate) fn new(parties: &'a Parties, paid: &'a PrepaidUsage, end: Instant) -> CallPlacer<'a> {
        CallPlacer { parties, paid, end, terms: HashMap::new() }
    }

    /// # Errors
    /// A column of the account's row that cannot be read.
    pub(crate) fn place(&mut self, day: &ChargedCalls<'_>, row: usize) -> Result<Placed, BillingError> {
        let account = day.account(row);
        if !self.terms.contains_key(account) {
            self.terms.insert(account.to_owned(), terms_of(account_row(self.parties, account, self.end))?);
        }
        let terms = &self.terms[account];
        let key = day.calls.key().value(row);
        let paid_ahead = terms.mode == Mode::Prepaid || self.paid.is_paid_ahead(account, key);
        let call = day.billable(row, paid_ahead);
        Ok(Placed { treatment: treat(&call, terms), billed: call.amount(terms.billed) })
    }
}
