//! What calls are expected to cost at given prices, by themselves: nothing is matched or named.

use std::sync::Arc;

use super::assign_book::assign;
use super::expected_amounts::{RatedCalls, SourceTable, compare};
use crate::domain::call::Calls;
use crate::domain::ledger::Parties;
use crate::domain::money::Amount;
use crate::domain::rating::{Assignment, ChargeStatus, Charges, Rater, rate};
use crate::domain::reconcile::dedupe::identify;
use crate::domain::reconcile::error::PassError;
use crate::domain::reconcile::input::Rules;
use crate::domain::reconcile::row_view::Rows;
use crate::domain::reconcile::unit_rates::Ratios;

/// Calls at one set of prices, row by row.
#[derive(Clone, Debug)]
pub struct Expected {
    /// In which each is compared with what its source wrote.
    pub unit: Vec<Arc<str>>,
    /// As the source would have written it; `None` without a price or a conversion, 0 for a duplicate row.
    pub amount: Vec<Option<Amount>>,
    /// In the unit of each call's book; 0 for a duplicate row.
    pub charges: Charges,
    /// Which of the raters, and which group, hold for each.
    pub assignment: Assignment,
    /// Whether a row is the call of its identity, not a second logging of it.
    pub is_call: Vec<bool>,
}

impl Expected {
    /// Why a row has no amount: a code, and what it is about.
    pub fn lacks(&self, row: usize) -> Option<String> {
        if self.amount[row].is_some() {
            return None;
        }
        Some(match self.charges.status(row) {
            ChargeStatus::Unpriced(why) => why.reason(),
            ChargeStatus::NoUsage => "no_usage".to_owned(),
            ChargeStatus::Priced | ChargeStatus::Zero(_) => "no_conversion".to_owned(),
        })
    }
}

/// The figure a day's pass has for each call, at other prices. `calls` holds one row a call.
///
/// # Errors
/// [`PassError`]: a source or book that is not declared, an amount that does not fit.
pub fn expected(rules: &Rules, raters: &[Rater], parties: &Parties, calls: &Calls) -> Result<Expected, PassError> {
    expected_beside(rules, raters, parties, calls, &Calls::empty())
}

/// The figure a day's pass has for each of a day's rows, of which identical ones are dropped.
/// `context_calls` holds rows of other days that share an identity with them: one of those may be the call.
///
/// # Errors
/// As [`expected`].
pub(crate) fn expected_beside(
    rules: &Rules,
    raters: &[Rater],
    parties: &Parties,
    calls: &Calls,
    context_calls: &Calls,
) -> Result<Expected, PassError> {
    let rated = |calls| -> Result<RatedCalls, PassError> {
        let assignment = assign(rules, raters, parties, calls)?;
        let charges = rate(raters, calls, &assignment);
        Ok(RatedCalls { assignment, charges })
    };
    let (mut rated, beside) = (rated(calls)?, rated(context_calls)?);
    let mut rows = Rows::new(calls, context_calls);
    let table = SourceTable::new(&mut rows.names, rules, raters);
    let all: Vec<u32> = (0u32..).take(rows.len()).collect();
    let identities = identify(&rows, &all);
    let mut ratios = Ratios::new(&rules.units);
    let compared = compare(&rows, &table, &all, [&rated, &beside], &identities, &mut ratios)?;
    let unit = compared.unit[..calls.len()].iter().map(|u| rows.names.name(*u).clone()).collect();
    let is_call: Vec<bool> = (0..calls.len()).map(|row| identities.is_call(row)).collect();
    for (row, _) in is_call.iter().enumerate().filter(|(_, is_call)| !**is_call) {
        rated.charges.amount[row] = Amount::ZERO;
    }
    let mut amount = compared.expected;
    amount.truncate(calls.len());
    Ok(Expected { unit, amount, charges: rated.charges, assignment: rated.assignment, is_call })
}
