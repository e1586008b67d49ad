//! Differences that are let pass: so much a row, so much a day.

use super::error::{PassError, fits};
use super::findings::finding::Class;
use super::input::Rules;
use super::row_view::Interner;
use crate::domain::money::Amount;
use crate::domain::period::Instant;

/// What may differ: so much a row, and so much over a day. The day's sum is used up in the order of
/// time; from the first row that would pass it on, rows are mismatches again.
#[derive(Debug)]
pub(crate) struct ToleranceBudget<'a> {
    rules: &'a Rules,
    names: &'a Interner,
    tolerated: Vec<Tolerated<'a>>,
}

/// Ordered as the allowance of a unit is used up.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Tolerated<'a> {
    unit: u32,
    at: Instant,
    id: (&'a str, &'a str, u32),
    slot: usize,
    size: Amount,
}

impl<'a> ToleranceBudget<'a> {
    pub(crate) fn new(rules: &'a Rules, names: &'a Interner) -> ToleranceBudget<'a> {
        ToleranceBudget { rules, names, tolerated: Vec::new() }
    }

    /// The class of a row whose amounts differ; `slot` is how the caller knows it again.
    pub(crate) fn judge(
        &mut self,
        slot: usize,
        unit: u32,
        at: Instant,
        id: (&'a str, &'a str, u32),
        difference: Amount,
    ) -> Class {
        let size = difference.abs();
        if self.rules.tolerance.get(&**self.names.name(unit)).is_none_or(|t| size > t.row) {
            return Class::AmountMismatch;
        }
        self.tolerated.push(Tolerated { unit, at, id, slot, size });
        Class::WithinTolerance
    }

    /// Adds what another budget of the same rules let pass.
    pub(crate) fn append(&mut self, mut more: ToleranceBudget<'a>) {
        self.tolerated.append(&mut more.tolerated);
    }

    /// Slots that were within the tolerance of a row but not within that of the day.
    ///
    /// # Errors
    /// [`PassError::Overflow`].
    pub(crate) fn refused(mut self) -> Result<Vec<usize>, PassError> {
        self.tolerated.sort_unstable();
        let mut refused = Vec::new();
        for of_unit in self.tolerated.chunk_by(|a, b| a.unit == b.unit) {
            let tolerance = self.rules.tolerance.get(&**self.names.name(of_unit[0].unit));
            let cap = tolerance.map_or(Amount::ZERO, |t| t.sum);
            let mut sum = Amount::ZERO;
            for one in of_unit {
                sum = fits(sum.checked_add(one.size), "the sum of tolerated differences")?;
                if sum > cap {
                    refused.push(one.slot);
                }
            }
        }
        Ok(refused)
    }
}
