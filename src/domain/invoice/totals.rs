//! From exact amounts of lines to what is to be paid.

use super::allocate::{allocate, payable};
use super::discount::{DiscountStep, discounts};
use super::document::{Line, Totals};
use super::tax::{TaxRule, share, without};
use crate::domain::money::Amount;

/// What is agreed about a customer's money.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MoneyTerms {
    pub minor_units: u32,
    pub tax: TaxRule,
    pub discount: Vec<DiscountStep>,
    /// What a month costs at least, before tax.
    pub commitment: Option<Amount>,
}

/// A document's money.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Totalled {
    /// Of each exact amount: payable, before tax, and what rounding moved.
    pub lines: Vec<(Amount, Amount)>,
    pub totals: Totals,
}

/// A payable amount before tax that takes no part in discount and commitment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settled {
    pub net: Amount,
    /// Known where its prices had the tax in them.
    pub tax: Option<Amount>,
}

impl Settled {
    /// Of a line: where it was worth more than it bills before tax, the rest is its tax. `None` on overflow.
    pub fn of(line: &Line) -> Option<Settled> {
        let tax = line.usage_amount.checked_sub(line.net)?;
        Some(Settled { net: line.net, tax: (!tax.is_zero()).then_some(tax) })
    }
}

/// Lines, then discount, then commitment, then tax.
///
/// `exact` are the amounts of lines in the currency at the price list's prices, so with tax in them
/// where the rule says so. Tax is rounded once, on the sum of what does not know its own. `None` on overflow.
pub fn total_up(exact: &[Amount], settled: &[Settled], terms: &MoneyTerms, paid: Amount) -> Option<Totalled> {
    let places = terms.minor_units;
    let sum = Amount::sum(exact.iter().copied())?;
    let gross = payable(sum, places)?;
    let (subtotal, net): (Amount, Vec<Amount>) = if let TaxRule::Inclusive(percent) = terms.tax {
        let net = exact.iter().map(|e| without(*e, percent)).collect::<Option<Vec<_>>>()?;
        (payable(without(gross, percent)?, places)?, net)
    } else {
        (gross, exact.to_vec())
    };
    let parts = allocate(subtotal, &net, places)?;
    let lines: Vec<(Amount, Amount)> =
        parts.iter().zip(&net).map(|(part, exact)| Some((*part, part.checked_sub(*exact)?))).collect::<Option<_>>()?;
    let discounts = discounts(&terms.discount, subtotal, places)?;
    let taken = Amount::sum(discounts.iter().map(|d| d.amount))?;
    let reduced = subtotal.checked_sub(taken)?;
    let commitment = match terms.commitment {
        Some(least) => payable(least, places)?.checked_sub(reduced)?,
        None => Amount::ZERO,
    };
    let commitment = commitment.is_positive().then_some(commitment);
    let late = Amount::sum(settled.iter().map(|s| s.net))?;
    let known = Amount::sum(settled.iter().filter(|s| s.tax.is_some()).map(|s| s.net))?;
    let known_tax = Amount::sum(settled.iter().filter_map(|s| s.tax))?;
    let net = reduced.checked_add(commitment.unwrap_or_default())?.checked_add(late)?;
    let open = net.checked_sub(known)?;
    let tax = if let TaxRule::Inclusive(percent) = terms.tax {
        // The prices' own sum stands to the last unit; what is no price gets its tax on top.
        let beside = open.checked_sub(subtotal)?;
        gross.checked_sub(subtotal)?.checked_add(payable(share(beside, percent)?, places)?)?
    } else {
        payable(share(open, terms.tax.percent())?, places)?
    };
    let tax = tax.checked_add(known_tax)?;
    let total = net.checked_add(tax)?;
    let totals = Totals {
        subtotal: subtotal.checked_add(late)?,
        discounts,
        commitment,
        net,
        tax: vec![terms.tax.group(net, tax)],
        total,
        paid,
        payable: total.checked_sub(paid)?,
        rounding_drift: Amount::sum(lines.iter().map(|l| l.1))?,
    };
    Some(Totalled { lines, totals })
}
