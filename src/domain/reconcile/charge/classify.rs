//! The charge leg: recorded against expected, one class a row.

use super::expected_amounts::{Compared, RatedCalls};
use crate::domain::rating::ChargeStatus;
use crate::domain::reconcile::dedupe::Identities;
use crate::domain::reconcile::error::{PassError, fits};
use crate::domain::reconcile::findings::finding::Class;
use crate::domain::reconcile::row_view::Rows;
use crate::domain::reconcile::tolerance::ToleranceBudget;

/// Classes of some of the day's own rows, in their order, as if the day's tolerance had no end: what it
/// lets pass is noted in the budget. Everything but the rows is aligned with `own`.
///
/// # Errors
/// [`PassError::Overflow`].
pub(crate) fn charge_leg<'d>(
    rows: &'d Rows<'d>,
    own: &[u32],
    compared: &Compared<'_>,
    rated: &RatedCalls,
    identities: &Identities,
    budget: &mut ToleranceBudget<'d>,
) -> Result<Vec<Class>, PassError> {
    let mut classes = Vec::with_capacity(own.len());
    for (at, row) in own.iter().map(|row| *row as usize).enumerate() {
        let class = match (rows.recorded(row), compared.expected[at]) {
            (None, _) => Class::NotCompared,
            (Some(_), _) if !identities.is_call(at) => Class::DuplicateCall,
            (Some(_), None) => match rated.charges.status(at) {
                ChargeStatus::Unpriced(_) => Class::Unpriced,
                _ => Class::NotCompared,
            },
            (Some(recorded), Some(expected)) if recorded == expected => Class::Matched,
            (Some(recorded), Some(expected)) => {
                let difference = fits(recorded.checked_sub(expected), "a difference")?;
                budget.judge(row, compared.unit[at], rows.started(row), rows.identity(row), difference)
            }
        };
        classes.push(class);
    }
    Ok(classes)
}
