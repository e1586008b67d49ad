//! What one call is of the line that bills it.

use super::document::{Document, Line, LineKind};
use crate::domain::money::{Amount, Mode, mul_div_round};

/// A call's part of a line, in the document's currency and before tax, to 18 places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallShare {
    /// Before the discount.
    pub amount: Amount,
    /// What the discount takes off it; positive.
    pub discount: Amount,
}

/// What `amount`, in the line's unit, comes to of a line. `None` where the line bills nothing, or on overflow.
pub(crate) fn share_of_line(document: &Document, line: &Line, amount: Amount) -> Option<CallShare> {
    let of = |whole: Amount, part: Amount, all: Amount| {
        mul_div_round(whole.raw(), part.raw(), all.raw(), Mode::HalfEven).and_then(Amount::from_raw)
    };
    if line.usage_amount.is_zero() {
        return None;
    }
    let amount = of(line.net.checked_sub(line.drift)?, amount, line.usage_amount)?;
    let taken = Amount::sum(document.totals.as_ref()?.discounts.iter().map(|d| d.amount))?;
    // Late lines take no part in the discount.
    let base = Amount::sum(document.lines.iter().filter(|l| l.kind != LineKind::Late).map(|l| l.net))?;
    let discount = if base.is_zero() { Amount::ZERO } else { of(taken, amount, base)? };
    Some(CallShare { amount, discount })
}
