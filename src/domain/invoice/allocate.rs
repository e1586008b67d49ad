//! Exact amounts into payable ones, without losing or inventing a cent.

use crate::domain::money::{Amount, Mode, SCALE};

/// 10^-`minor_units` in the count of an amount.
fn step(minor_units: u32) -> i128 {
    10i128.pow(SCALE - minor_units.min(SCALE))
}

/// To the currency's minor units, half away from zero.
pub fn payable(exact: Amount, minor_units: u32) -> Option<Amount> {
    exact.round(minor_units, Mode::HalfUp)
}

/// Splits a payable `total` into payable parts that stand for `exact` and sum to it: each is first
/// rounded down, then those with the largest remainder get one unit more; of equal remainders the
/// earlier. Where the parts' exact sum rounds to the total, no part is a whole unit off.
///
/// `None` when there is no part to take a total that is not zero, or on overflow.
pub fn allocate(total: Amount, exact: &[Amount], minor_units: u32) -> Option<Vec<Amount>> {
    let step = step(minor_units);
    let mut parts: Vec<i128> = exact.iter().map(|e| e.raw().div_euclid(step)).collect();
    let mut sum = 0i128;
    for part in &parts {
        sum = sum.checked_add(*part)?;
    }
    let short = total.raw().checked_div(step)?.checked_sub(sum)?;
    if parts.is_empty() {
        return (short == 0).then(Vec::new);
    }
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by_key(|i| std::cmp::Reverse(exact[*i].raw().rem_euclid(step)));
    let count = i128::try_from(parts.len()).ok()?;
    let (each, more) = (short.div_euclid(count), usize::try_from(short.rem_euclid(count)).ok()?);
    for (place, part) in order.iter().enumerate() {
        parts[*part] += each + i128::from(place < more);
    }
    parts.into_iter().map(|p| Amount::from_raw(p.checked_mul(step)?)).collect()
}
