//! The receipt of one call, from the same prices and sums its charge is made of.

use super::arithmetic::{ALL_METERS, Prices, Quantities, with_request};
use super::effective_price::EffectivePrice;
use super::pricing_context::PricingContext;
use super::row_match::{RowMatch, TierPrice};
use super::types::{Line, Quote, Unpriced, Zero};
use crate::domain::call::Meter;
use crate::domain::money::{Amount, Exact};
use crate::domain::price::{Header, Version};

/// What a call is priced with, once everything is found.
pub(super) struct Ingredients<'a> {
    pub(super) header: &'a Header,
    pub(super) context: &'a PricingContext<'a>,
    pub(super) row: RowMatch<'a>,
    pub(super) tier: &'a TierPrice,
    /// Quantities as the call has them.
    pub(super) found: &'a Quantities,
}

/// A receipt of nothing, and why.
pub(super) fn zero_quote(zero: Zero, header: &Header, version: Option<&Version>, row: Option<RowMatch<'_>>) -> Quote {
    Quote {
        amount: Amount::ZERO,
        zero: Some(zero),
        unit: header.unit.clone(),
        version: version.map(Version::id),
        row: row.and_then(|r| r.row_id()),
        place: row.map(|r| r.row().place.clone()),
        lines: Vec::new(),
        multipliers: Vec::new(),
        sum: Exact::ZERO,
        rounding: None,
        minimum_applied: false,
    }
}

/// The charge and its lines.
pub(super) fn quote(of: Ingredients<'_>) -> Result<Quote, Unpriced> {
    let Ingredients { header, context, row, tier: TierPrice { price, prices, implies_request }, found } = of;
    let counted = with_request(*found, *implies_request);
    let quantities = context.edit_quantities(&counted).ok_or(Unpriced::Overflow)?;
    let charged = prices.charge(&quantities, &ALL_METERS);
    let consumed = quantities.iter().any(|q| *q != 0);
    let totals = || -> Option<(Amount, Exact, bool)> {
        let sum = context.edit_sum(prices.sum(&quantities), &quantities);
        let shown = sum.to_exact()?;
        let unraised = prices.finish(sum.clone(), false).amount()?;
        let amount = prices.finish(sum, consumed).amount()?;
        Some((amount, shown, amount != unraised))
    };
    // A missing rate comes before anything that depends on it.
    let charged = match charged {
        Err(Unpriced::NoRate(meter)) => return Err(Unpriced::NoRate(meter)),
        charged => charged,
    };
    let (edited, sum, minimum_applied) = totals().ok_or(Unpriced::Overflow)?;
    let amount = if context.edits_sum() { edited } else { charged? };
    Ok(Quote {
        amount,
        zero: None,
        unit: header.unit.clone(),
        version: Some(row.version.id()),
        row: row.row_id(),
        place: Some(row.row().place.clone()),
        lines: lines(price, prices, &quantities).ok_or(Unpriced::Overflow)?,
        multipliers: price.multipliers.clone(),
        sum,
        rounding: context.rounding,
        minimum_applied,
    })
}

fn lines(price: &EffectivePrice, prices: &Prices, quantities: &Quantities) -> Option<Vec<Line>> {
    let used = Meter::ALL.into_iter().filter(|m| quantities[m.index()] != 0);
    let priced = used.filter_map(|meter| price.choices[meter.index()].as_ref().map(|choice| (meter, choice)));
    priced
        .map(|(meter, choice)| {
            let quantity = quantities[meter.index()];
            let (exact, amount) = prices.component(meter.index(), quantity);
            Some(Line {
                meter,
                quantity,
                rate: choice.rate,
                rate_of: choice.of,
                variant: choice.variant.clone(),
                exact: exact.to_exact()?,
                amount: amount.to_exact()?,
            })
        })
        .collect()
}

impl Quote {
    /// The sum of the lines of these meters; `None` beyond 38 digits.
    pub fn total_of(&self, meters: &[Meter]) -> Option<Exact> {
        let lines = self.lines.iter().filter(|l| meters.contains(&l.meter));
        lines.map(|l| l.amount).try_fold(Exact::ZERO, Exact::checked_add)
    }
}
