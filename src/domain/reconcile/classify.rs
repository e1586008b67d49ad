//! The charge leg: recorded against expected, one class a row.

use super::compare::{Compared, RatedCalls};
use super::error::{PassError, fits};
use super::finding::Class;
use super::identity::Identities;
use super::pass::Rules;
use super::rows::{Interner, Rows};
use crate::domain::money::Amount;
use crate::domain::period::Instant;
use crate::domain::rating::ChargeStatus;

/// Classes of the day's rows, in their order.
///
/// # Errors
/// [`PassError::Overflow`].
pub(super) fn charge_leg(
    rows: &Rows<'_>,
    compared: &Compared<'_>,
    rated: &RatedCalls,
    identities: &Identities,
    rules: &Rules,
) -> Result<Vec<Class>, PassError> {
    let mut allowance = Allowance::new(rules, &rows.names);
    let mut classes = Vec::with_capacity(rows.day);
    for row in 0..rows.day {
        let class = match (rows.recorded(row), compared.expected[row]) {
            (None, _) => Class::NotCompared,
            (Some(_), _) if !identities.is_call(row) => Class::DuplicateCall,
            (Some(_), None) => match rated.charges.status(row) {
                ChargeStatus::Unpriced(_) => Class::Unpriced,
                _ => Class::NotCompared,
            },
            (Some(recorded), Some(expected)) if recorded == expected => Class::Matched,
            (Some(recorded), Some(expected)) => {
                let difference = fits(recorded.checked_sub(expected), "a difference")?;
                allowance.judge(row, compared.unit[row], rows.started(row), rows.identity(row), difference)
            }
        };
        classes.push(class);
    }
    for row in allowance.refused()? {
        classes[row] = Class::AmountMismatch;
    }
    Ok(classes)
}

/// What may differ: so much a row, and so much over a day. The day's sum is used up in the order of
/// time; from the first row that would pass it on, rows are mismatches again.
#[derive(Debug)]
pub(super) struct Allowance<'a> {
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

impl<'a> Allowance<'a> {
    pub(super) fn new(rules: &'a Rules, names: &'a Interner) -> Allowance<'a> {
        Allowance { rules, names, tolerated: Vec::new() }
    }

    /// The class of a row whose amounts differ; `slot` is how the caller knows it again.
    pub(super) fn judge(
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

    /// Slots that were within the tolerance of a row but not within that of the day.
    ///
    /// # Errors
    /// [`PassError::Overflow`].
    pub(super) fn refused(mut self) -> Result<Vec<usize>, PassError> {
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
