//! The receipt of one call, from the same prices and sums its charge is made of.

use super::arithmetic::{Finish, Prices, Quantities};
use super::effective_price::EffectivePrice;
use super::pricing_context::{PricingContext, edit_sum};
use super::types::{Edit, Line, Quote, Unpriced, Zero};
use crate::domain::call::{METERS, Meter};
use crate::domain::money::{Amount, Exact};
use crate::domain::price::{Book, PriceRow};

/// What a call is priced with, once everything is found and edited.
pub(super) struct Ingredients<'a> {
    pub(super) book: &'a Book,
    pub(super) version: usize,
    pub(super) row: usize,
    pub(super) price: &'a EffectivePrice,
    pub(super) prices: &'a Prices,
    pub(super) quantities: Quantities,
}

/// Every meter, in order.
pub(super) const ALL_METERS: [usize; METERS] = {
    let mut all = [0; METERS];
    let mut meter = 0;
    while meter < METERS {
        all[meter] = meter;
        meter += 1;
    }
    all
};

/// A receipt of nothing, and why.
pub(super) fn zero_quote(zero: Zero, book: &Book, version: Option<usize>, row: Option<usize>) -> Quote {
    let version = version.map(|v| &book.versions[v]);
    let place = version.zip(row).map(|(v, r)| v.rows[r].place.clone());
    Quote {
        amount: Amount::ZERO,
        zero: Some(zero),
        unit: book.header.unit.clone(),
        version: version.map(|v| v.id()),
        row: row.and_then(|r| u32::try_from(r).ok()),
        place,
        lines: Vec::new(),
        multipliers: Vec::new(),
        sum: Exact::ZERO,
        rounding: None,
        minimum_applied: false,
    }
}

/// The prices of an effective price, with what the row and the edits make of their sum.
pub(super) fn prices_of(price: &EffectivePrice, row: &PriceRow, pricing: &PricingContext<'_>) -> Prices {
    let keeps_minimum = pricing.minimum && !pricing.tokens_as_units && !row.free;
    let finish = Finish { rounding: pricing.rounding, minimum: row.minimum.filter(|_| keeps_minimum) };
    Prices::new(&price.rates(), &price.factors(), finish)
}

/// The charge and its lines.
pub(super) fn quote(of: Ingredients<'_>, pricing: &PricingContext<'_>, edits: &[Edit]) -> Result<Quote, Unpriced> {
    let version = &of.book.versions[of.version];
    let row = &version.rows[of.row];
    let prices = of.prices;
    let charged = prices.charge(&of.quantities, &ALL_METERS);
    let on_sum = |e: &Edit| matches!(e, Edit::Times(_) | Edit::Shift(_) | Edit::TokensAsUnits);
    let consumed = of.quantities.iter().any(|q| *q != 0);
    let totals = || -> Option<(Amount, Exact, bool)> {
        let sum = edit_sum(prices.sum(&of.quantities), &of.quantities, edits);
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
    let amount = if edits.iter().any(on_sum) { edited } else { charged? };
    Ok(Quote {
        amount,
        zero: None,
        unit: of.book.header.unit.clone(),
        version: Some(version.id()),
        row: u32::try_from(of.row).ok(),
        place: Some(row.place.clone()),
        lines: lines(of.price, prices, &of.quantities).ok_or(Unpriced::Overflow)?,
        multipliers: of.price.multipliers.clone(),
        sum,
        rounding: pricing.rounding,
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
