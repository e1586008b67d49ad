//! The charge leg: recorded against expected, one class a row.

use super::expected_amounts::{Compared, RatedCalls};
use crate::domain::rating::ChargeStatus;
use crate::domain::reconcile::dedupe::Identities;
use crate::domain::reconcile::error::{PassError, fits};
use crate::domain::reconcile::findings::finding::Class;
use crate::domain::reconcile::input::Rules;
use crate::domain::reconcile::row_view::Rows;
use crate::domain::reconcile::tolerance::ToleranceBudget;

/// Classes of the day's rows, in their order.
///
/// # Errors
/// [`PassError::Overflow`].
pub(crate) fn charge_leg(
    rows: &Rows<'_>,
    compared: &Compared<'_>,
    rated: &RatedCalls,
    identities: &Identities,
    rules: &Rules,
) -> Result<Vec<Class>, PassError> {
    let mut budget = ToleranceBudget::new(rules, &rows.names);
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
                budget.judge(row, compared.unit[row], rows.started(row), rows.identity(row), difference)
            }
        };
        classes.push(class);
    }
    for row in budget.refused()? {
        classes[row] = Class::AmountMismatch;
    }
    Ok(classes)
}
