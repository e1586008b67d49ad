//! Graduated discounts: each step's percent on what lies within it.

use super::allocate::{allocate, payable};
use super::document::Discount;
use super::tax::share;
use crate::domain::money::{Amount, Exact};

/// `percent` on what is above `from`, up to the next step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DiscountStep {
    pub from: Amount,
    pub percent: Exact,
}

impl DiscountStep {
    /// `1000:5;5000:10`, in rising order.
    pub fn parse_all(text: &str) -> Option<Vec<DiscountStep>> {
        let step = |text: &str| {
            let (from, percent) = text.trim().split_once(':')?;
            Some(DiscountStep { from: from.parse().ok()?, percent: percent.parse().ok()? })
        };
        let steps: Vec<DiscountStep> = text.split(';').map(step).collect::<Option<_>>()?;
        steps.is_sorted_by(|a, b| a.from < b.from).then_some(steps)
    }
}

/// The steps that `net` reaches, each with its base and what it takes off. The sum is rounded once;
/// the steps share it by largest remainder. `None` on overflow.
pub fn discounts(steps: &[DiscountStep], net: Amount, minor_units: u32) -> Option<Vec<Discount>> {
    let (mut found, mut exact) = (Vec::new(), Vec::new());
    for (place, step) in steps.iter().enumerate() {
        let until = steps.get(place + 1).map(|next| next.from);
        let base = until.map_or(net, |until| net.min(until)).checked_sub(step.from)?;
        if !base.is_positive() {
            continue;
        }
        exact.push(share(base, step.percent)?);
        found.push(Discount { from: step.from, until, percent: step.percent, base, amount: Amount::ZERO });
    }
    let total = payable(Amount::sum(exact.iter().copied())?, minor_units)?;
    for (discount, amount) in found.iter_mut().zip(allocate(total, &exact, minor_units)?) {
        discount.amount = amount;
    }
    Some(found)
}
