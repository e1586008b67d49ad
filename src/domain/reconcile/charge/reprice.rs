//! What calls are expected to cost at given prices, by themselves: nothing is matched or named.

use std::sync::Arc;

use super::assign_book::assign;
use super::expected_amounts::{RatedCalls, SourceTable, compare};
use crate::domain::call::Calls;
use crate::domain::ledger::Parties;
use crate::domain::money::Amount;
use crate::domain::rating::{ChargeStatus, Charges, Rater, rate};
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
    /// As the source would have written it; `None` without a price or a conversion.
    pub amount: Vec<Option<Amount>>,
    pub charges: Charges,
    /// Index into the raters.
    pub book: Vec<u16>,
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
    let assignment = assign(rules, raters, parties, calls)?;
    let charges = rate(raters, calls, &assignment);
    let rated = RatedCalls { assignment, charges };
    let none = Calls::empty();
    let mut rows = Rows::new(calls, &none);
    let table = SourceTable::new(&mut rows.names, rules, raters);
    let all: Vec<u32> = (0u32..).take(rows.len()).collect();
    let identities = identify(&rows, &all);
    let mut ratios = Ratios::new(&rules.units);
    let context = RatedCalls::default();
    let compared = compare(&rows, &table, &all, [&rated, &context], &identities, &mut ratios)?;
    let unit = compared.unit.iter().map(|u| rows.names.name(*u).clone()).collect();
    Ok(Expected { unit, amount: compared.expected, charges: rated.charges, book: rated.assignment.book })
}
