//! A sealed day's calls beside what the seal says of each.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::error::BillingError;
use super::treatment::Billable;
use crate::domain::call::Calls;
use crate::domain::money::Amount;
use crate::domain::period::Day;
use crate::domain::reconcile::Class;

/// Columns of one day, row by row; every column is as long as the calls. Debits positive.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ChargedCalls<'a> {
    pub(crate) day: Day,
    pub(crate) calls: &'a Calls,
    /// Of the amounts.
    pub(crate) unit: &'a [Arc<str>],
    pub(crate) expected: &'a [Option<Amount>],
    pub(crate) recorded: &'a [Option<Amount>],
    pub(crate) posted: &'a [Option<Amount>],
    /// Of the posting leg; a second logging of a call is no call.
    pub(crate) class: &'a [Class],
}

impl ChargedCalls<'_> {
    /// Rows that are calls, each once.
    pub(crate) fn call_rows(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.calls.len()).filter(|row| self.class[*row] != Class::DuplicateCall)
    }

    pub(crate) fn account(&self, row: usize) -> &str {
        self.calls.account_id().get(row).unwrap_or_default()
    }

    /// What of a row decides where it is billed.
    pub(crate) fn billable(&self, row: usize) -> Billable {
        let (expected, recorded, posted) = (self.expected[row], self.recorded[row], self.posted[row]);
        Billable { expected, recorded, posted }
    }

    /// The rows come to what the day was sealed with: so many calls, and so much expected in each unit.
    ///
    /// # Errors
    /// Law: they do not. Overflow.
    pub(crate) fn check(&self, sealed_calls: u64, sealed: impl Fn(&str) -> Amount) -> Result<(), BillingError> {
        let counted = self.call_rows().count() as u64;
        if counted != sealed_calls {
            let what = format!("every call is billed in one place: {counted} are, the day has {sealed_calls}");
            return Err(BillingError::law(what));
        }
        let mut expected: BTreeMap<&str, Amount> = BTreeMap::new();
        for (unit, amount) in self.unit.iter().zip(self.expected) {
            let sum = expected.entry(unit).or_default();
            let more = sum.checked_add(amount.unwrap_or_default());
            *sum = more.ok_or_else(|| BillingError::overflow("the charges"))?;
        }
        match expected.iter().find(|(unit, sum)| sealed(unit) != **sum) {
            Some((unit, sum)) => Err(BillingError::law(format!("the calls' sum in {unit} is {sum}, not the day's"))),
            None => Ok(()),
        }
    }
}
