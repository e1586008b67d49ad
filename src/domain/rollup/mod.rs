//! Rollups: usage and money per day, ISO week or month along fixed dimensions.
//!
//! One grouping, three period specs: days are summed from calls, weeks and months from days.
//! Knows nothing of: prices, how amounts were found, file formats.

mod group;

#[cfg(test)]
mod tests;

pub use group::{Dimensions, Measures, Rollup, RollupOverflow, RollupRow, regroup};

use crate::domain::call::{Calls, METERS};
use crate::domain::money::Amount;
use crate::domain::period::Day;

/// What a day's pass knows of each call, row-aligned with the calls.
pub struct DayColumns<'a> {
    pub calls: &'a Calls,
    /// Rows that are a second logging of another row: their usage does not count, what they
    /// recorded does.
    pub duplicate: &'a dyn Fn(usize) -> bool,
    pub unit: &'a [std::sync::Arc<str>],
    pub expected: &'a [Option<Amount>],
    pub posted: &'a [Option<Amount>],
}

/// Sums one day's calls along the dimensions.
///
/// # Errors
/// When a sum leaves 38 digits or 64 bits.
pub fn roll_up_day(day: Day, input: &DayColumns<'_>) -> Result<Rollup, RollupOverflow> {
    let calls = input.calls;
    let (source, account, key) = (calls.source(), calls.account_id(), calls.api_key_id());
    let (model, supplier, endpoint, outcome) = (calls.model(), calls.provider(), calls.endpoint(), calls.outcome());
    let quantities = calls.quantities();
    let mut rollup = Rollup::default();
    let mut slots = group::Slots::default();
    for row in 0..calls.len() {
        let columns = [&source, &account, &model, &key, &supplier, &endpoint, &outcome];
        let entries = columns.map(|names| names.index(row).map_or(u32::MAX, |i| i as u32));
        let slot = slots.find(entries, &input.unit[row], || Dimensions {
            first: day,
            source: source.get(row).unwrap_or_default().to_owned(),
            unit: input.unit[row].to_string(),
            account_id: account.get(row).unwrap_or_default().to_owned(),
            model: model.get(row).unwrap_or_default().to_owned(),
            api_key_id: key.get(row).unwrap_or_default().to_owned(),
            supplier: supplier.get(row).unwrap_or_default().to_owned(),
            endpoint: endpoint.get(row).unwrap_or_default().to_owned(),
            outcome: outcome.get(row).unwrap_or_default().to_owned(),
        });
        let duplicate = (input.duplicate)(row);
        let mut quantity = [0i64; METERS];
        if !duplicate {
            for (total, column) in quantity.iter_mut().zip(&quantities) {
                *total = column.value(row);
            }
        }
        slots.measures(slot).add(&Measures {
            calls: u64::from(!duplicate),
            duplicate_rows: u64::from(duplicate),
            without_expected: u64::from(!duplicate && input.expected[row].is_none()),
            quantity,
            expected: input.expected[row].unwrap_or_default(),
            recorded: calls.recorded(row).unwrap_or_default(),
            posted: input.posted[row].unwrap_or_default(),
        })?;
    }
    slots.drain_into(&mut rollup)?;
    Ok(rollup)
}
